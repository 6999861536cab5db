import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { call } from '../processes';
import { type RealService, startRealService } from '../real-service';

/** Allows for a slow or busy machine. */
jest.setTimeout(300_000);

const BODY = JSON.stringify({ type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] });

describe('shutdown of the API', () => {
  let service: RealService;
  beforeAll(async () => {
    service = await startRealService();
  });
  afterAll(() => service.stop());

  it('refuses new connections, answers requests in progress, closes idle connections and exits with code 0', async () => {
    const [api] = service.apis;
    const { url } = api!;
    const idle = new Agent({ keepAlive: true });
    await call(`${url}/health/live`, { agent: idle });
    const slow = request(`${url}/api/v1/purchases/internal/slow`, {
      method: 'PUT',
      headers: {
        ...service.headers,
        'content-type': 'application/json',
        'content-length': BODY.length,
        expect: '100-continue',
      },
    });
    slow.flushHeaders();
    await once(slow, 'continue');

    const ended = api!.end('SIGTERM');
    const isRefused = (): Promise<boolean> =>
      call(`${url}/health/live`, { agent: new Agent() }).then(
        () => false,
        () => true,
      );
    while (!(await isRefused())) await pause(10);
    const answered = once(slow, 'response');
    slow.end(BODY);
    const [response] = (await answered) as [IncomingMessage];
    response.resume();

    expect([response.statusCode, response.headers.connection]).toEqual([201, 'close']);
    expect(await ended).toBe(0);
    expect(api!.complaints).toBe('');
    idle.destroy();

    await api!.start();
    const again = await call(`${api!.url}/api/v1/purchases/internal/slow`, {
      method: 'PUT',
      headers: service.headers,
      body: JSON.parse(BODY),
    });
    expect([again.status, again.headers['purchase-changed']]).toEqual([200, 'false']);
  });
});
