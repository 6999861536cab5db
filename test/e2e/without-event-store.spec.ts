import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, call, end, startNodeProcess } from '../processes';
import { type RealService, startRealService } from '../real-service';

/** Allows for a slow or busy machine. */
jest.setTimeout(300_000);

const CART = { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] };
const WRITERS = 16;
/** A write ends after 10 s; the rest is a margin for a slow machine. */
const WRITE_TIMEOUT_MS = 30_000;

describe('without the event store', () => {
  let service: RealService;
  const put = (id: string, more: Record<string, string> = {}): Promise<Answer> =>
    call(`${service.apis[0]!.url}/api/v1/purchases/internal/${id}`, {
      method: 'PUT',
      headers: { ...service.headers, ...more },
      body: CART,
    });

  beforeAll(async () => {
    service = await startRealService();
  });
  afterAll(() => service.stop());

  it('refuses every write in time with Retry-After, applies none of them later, and recovers when the event store returns', async () => {
    await put('before');
    await end(service.node.child, 'SIGKILL');
    const started = Date.now();
    const refused = await Promise.all(
      Array.from({ length: WRITERS }, (_, n) => put(n === 0 ? 'before' : `during-${n}`)),
    );
    expect(Date.now() - started).toBeLessThan(WRITE_TIMEOUT_MS);
    // The first body changes nothing, which needs a query of the event store.
    for (const { status, headers, text } of refused) {
      expect([status, headers['retry-after']]).toEqual([503, '2']);
      expect(JSON.parse(text)).toMatchObject({ type: 'urn:purchasing:problem:store-unavailable' });
    }
    const { url } = service.apis[0]!;
    expect((await call(`${url}/health/live`)).status).toBe(200);
    expect((await call(`${url}/health/ready`)).status).toBe(503);

    service.node = await startNodeProcess(join(service.dataDir, 'events'), service.node.port);
    while ((await put('after')).status >= 500) await pause(50);
    expect((await put('before')).headers['purchase-changed']).toBe('false');
    const late = await Promise.all(
      Array.from({ length: WRITERS - 1 }, (_, n) => put(`during-${n + 1}`, { 'if-none-match': '*' })),
    );
    expect(late.map(({ status }) => status)).toEqual(late.map(() => 201));
    expect(service.apis[0]!.complaints).toBe('');
  });
});
