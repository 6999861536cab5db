import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { UnsentAnswers } from './unsent-answers';

const MIB = 2 ** 20;
/** More than the buffers of the operating system hold. */
const LARGE = 16 * MIB;

describe('connections of clients that do not read', () => {
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

  /** The connection of a client that does not read its answer. */
  const answer = async (bytes: number): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1').on('error', () => {});
    sockets.push(socket.pause());
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
    response.end(Buffer.alloc(bytes));
    return response.socket as Socket;
  };

  it('stay while they are below the limit', async () => {
    const answers = new UnsentAnswers(3.5 * LARGE);
    const kept = [await answer(LARGE), await answer(LARGE)];
    for (const each of kept) answers.watch(each, 'a');
    expect(answers.close()).toEqual([]);
    expect(kept.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  });

  it('are closed above the limit: the largest of the site that holds the most', async () => {
    const answers = new UnsentAnswers(4 * LARGE);
    const [other, small, large, last] = [
      await answer(1.5 * LARGE),
      await answer(0.5 * LARGE),
      await answer(2 * LARGE),
      await answer(LARGE),
    ];
    answers.watch(other, 'b');
    for (const each of [small, large, last]) answers.watch(each, 'a');
    const closed = answers.close();
    expect(closed).toEqual([{ site: 'a', connections: 1, bytes: expect.any(Number) }]);
    expect([other, small, large, last].map(({ destroyed }) => destroyed)).toEqual([false, false, true, false]);
  });

  it('belong to the site of the last request of their connection', async () => {
    const answers = new UnsentAnswers(1);
    const connection = await answer(LARGE);
    for (const site of ['a', 'b']) answers.watch(connection, site);
    expect(answers.close()).toEqual([{ site: 'b', connections: 1, bytes: expect.any(Number) }]);
  });

  it('are not counted after the end of their connection', async () => {
    const answers = new UnsentAnswers(1);
    const connection = await answer(LARGE);
    answers.watch(connection, 'a');
    await once(connection.destroy(), 'close');
    expect(answers.close()).toEqual([]);
  });
});
