import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { type Service, startService } from './service';

describe('clients that leave while their token is checked', () => {
  const MAX_REQUESTS = 4;
  let service: Service;

  beforeAll(async () => {
    service = await startService({ maxRequestsInFlight: MAX_REQUESTS });
    await service.app.listen(0, '127.0.0.1');
  });
  afterAll(() => service.stop());

  it('do not count as requests in flight afterwards', async () => {
    const token = await service.tokenFor('demo', ['read']);
    const { port } = (service.app.getHttpServer() as { address: () => AddressInfo }).address();
    const find = service.sites.find.bind(service.sites);
    let [asked, answer] = [0, (): void => {}];
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const spy = jest.spyOn(service.sites, 'find').mockImplementation(async (...args) => {
      asked += 1;
      await answered;
      return find(...args);
    });
    const sockets = Array.from({ length: MAX_REQUESTS }, () => connect(port, '127.0.0.1'));
    for (const socket of sockets)
      socket.write(
        `GET /api/v1/purchases HTTP/1.1\r\nHost: a\r\nSite-Id: demo\r\nAuthorization: Bearer ${token}\r\n\r\n`,
      );
    while (asked < MAX_REQUESTS) await pause(5);
    await Promise.all(sockets.map((socket) => once(socket.destroy(), 'close')));
    // The server notices the end of the connections.
    await pause(200);
    answer();
    spy.mockRestore();
    await pause(200);
    expect((await service.call('GET', '/api/v1/purchases', { token })).statusCode).toBe(200);
  });
});
