import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, call, end, startNodeProcess } from '../processes';
import { type RealService, startRealService } from '../real-service';

/** For a machine that is busy with other things. */
jest.setTimeout(300_000);

const CART = { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] };
const WRITERS = 16;
/** A write gives up after 10 s; what is more is for a machine that is busy. */
const PATIENCE_MS = 30_000;

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

  it('every write is refused in time with when to come back, none is done behind its back, and all goes on when it is there again', async () => {
    await put('before');
    await end(service.node.child, 'SIGKILL');
    const started = Date.now();
    const refused = await Promise.all(
      Array.from({ length: WRITERS }, (_, n) => put(n === 0 ? 'before' : `during-${n}`)),
    );
    expect(Date.now() - started).toBeLessThan(PATIENCE_MS);
    // The first says nothing new, which needs a look at the store.
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
