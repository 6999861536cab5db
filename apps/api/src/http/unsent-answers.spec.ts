import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { UnsentAnswers } from './unsent-answers';

const MIB = 2 ** 20;
/** More than the buffers of the operating system hold. */
const LARGE = 16 * MIB;

describe('answers that clients do not read', () => {
  let server: Server;
  let port: number;
  const sockets: Socket[] = [];

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.close();
  });

  /** A response to a client that does not read. */
  const answer = async (bytes: number): Promise<ServerResponse> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket.pause());
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
    response.end(Buffer.alloc(bytes));
    return response;
  };

  it('stay while they are below the limit', async () => {
    const answers = new UnsentAnswers(3.5 * LARGE);
    const kept = [await answer(LARGE), await answer(LARGE)];
    for (const each of kept) answers.add(each, 'a');
    expect(answers.close()).toEqual([]);
    expect(kept.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  });

  it('are closed above the limit: the oldest of the site that holds the most', async () => {
    const answers = new UnsentAnswers(3.5 * LARGE);
    const [other, ...own] = [await answer(LARGE), await answer(LARGE), await answer(LARGE), await answer(LARGE)];
    const small = await answer(10);
    answers.add(other, 'b');
    for (const each of [...own, small]) answers.add(each, 'a');
    const [closed, ...more] = answers.close();
    expect([closed, more]).toEqual([{ site: 'a', connections: 1, bytes: expect.any(Number) }, []]);
    expect([other, ...own, small].map((each) => each?.destroyed)).toEqual([false, true, false, false, false]);
  });

  it('are not counted after their end', async () => {
    const answers = new UnsentAnswers(1);
    const ended = await answer(LARGE);
    answers.add(ended, 'a');
    answers.remove(ended);
    expect(answers.close()).toEqual([]);
  });
});
