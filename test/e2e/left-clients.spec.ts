import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Service, startService } from './service';

const MAX_REQUESTS = 4;
/** The limit of turn-of-connection.ts. */
const MAX_WAITING = 100;

describe('clients on connections of their own', () => {
  let service: Service;
  let request: string;
  let sockets: Socket[] = [];

  beforeAll(async () => {
    service = await startService({ maxRequestsInFlight: MAX_REQUESTS });
    await service.app.listen(0, '127.0.0.1');
    const token = await service.tokenFor('demo', ['read']);
    request = `GET /api/v1/purchases HTTP/1.1\r\nHost: a\r\nSite-Id: demo\r\nAuthorization: Bearer ${token}\r\n\r\n`;
  });
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
  });
  afterAll(() => service.stop());

  const open = (): Socket => {
    const { port } = (service.app.getHttpServer() as { address: () => AddressInfo }).address();
    const socket = connect(port, '127.0.0.1').setEncoding('latin1');
    sockets.push(socket);
    return socket.on('error', () => {});
  };

  /** Holds requests while their token is checked, until `answer` is called. `asked` tells how many are held. */
  const holdChecks = (): { asked: () => number; answer: () => void } => {
    const find = service.sites.find.bind(service.sites);
    let [asked, answer] = [0, (): void => {}];
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const spy = jest.spyOn(service.sites, 'find').mockImplementation(async (...args) => {
      asked += 1;
      await answered;
      return find(...args);
    });
    return {
      asked: () => asked,
      answer: () => {
        answer();
        spy.mockRestore();
      },
    };
  };

  it.each([
    ['one request each', MAX_REQUESTS, 1],
    ['several requests on a connection', 1, 3 * MAX_REQUESTS],
  ])('do not count as in flight after they left: %s', async (_name, connections, requests) => {
    const checks = holdChecks();
    const opened = Array.from({ length: connections }, open);
    for (const socket of opened) socket.write(request.repeat(requests));
    while (checks.asked() < connections) await pause(5);
    await Promise.all(opened.map((socket) => once(socket.destroy(), 'close')));
    // The server notices the end of the connections.
    await pause(200);
    checks.answer();
    await pause(200);
    const socket = open();
    socket.write(request);
    const [answer] = (await once(socket, 'data')) as [string];
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });

  it('get the answers of pipelined requests one after another, not all at once', async () => {
    const socket = open();
    const requests = 3 * MAX_REQUESTS;
    let text = '';
    socket.on('data', (chunk: string) => (text += chunk));
    socket.write(request.repeat(requests));
    while (text.split('HTTP/1.1 ').length <= requests) await pause(5);
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(Array.from({ length: requests }, () => 'HTTP/1.1 200'));
  });

  it('may let as many requests wait as the limit allows', async () => {
    const checks = holdChecks();
    const [kept, closed] = [open(), open()];
    let isClosed = false;
    closed.on('close', () => (isClosed = true));
    kept.write(request.repeat(1 + MAX_WAITING));
    closed.write(request.repeat(2 + MAX_WAITING));
    while (!isClosed) await pause(5);
    checks.answer();
    const [answer] = (await once(kept, 'data')) as [string];
    expect(answer).toMatch(/^HTTP\/1.1 200 /);
  });
});
