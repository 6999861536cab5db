import { type BulkLine, PurchasingClient } from '@app/client/client';
import { type Service, startService } from '../e2e/service';

/** `npm run test:bulk` sends 1,000,000 lines. */
const LINES = Number(process.env.BULK_LINES ?? 500);
/** Number of connections that send single PUTs, for the comparison. */
const SINGLE = Math.min(LINES, 1_000);
const AT_ONCE = 32;

const lineOf = (name: string, n: number): BulkLine => ({
  lookupBy: 'internal',
  identifier: `${name}-${n}`,
  purchase: {
    type: 'order',
    currency_code: 'GBP',
    packages: [
      {
        type: 'processing',
        line_items: [
          { name_parent: 'LANTERN', quantity: 6, line_total: { total_net: { number: '20.34', currency: 'GBP' } } },
        ],
      },
    ],
  },
});

describe('bulk', () => {
  let service: Service;
  let client: PurchasingClient;
  beforeAll(async () => {
    service = await startService();
    await service.app.listen(0, '127.0.0.1');
    const { clientId, clientSecret } = await service.sites.issue('bulk');
    client = new PurchasingClient(await service.app.getUrl(), { site: 'bulk', clientId, clientSecret });
  });
  afterAll(() => service.stop());

  async function singlePuts(): Promise<number> {
    const started = process.hrtime.bigint();
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < SINGLE) {
        const { identifier, purchase: body } = lineOf('S', next++);
        await client.call('putPurchase', { path: { lookupBy: 'internal', identifier }, body });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return SINGLE / (Number(process.hrtime.bigint() - started) / 1e9);
  }

  it(`${LINES} lines take bounded memory`, async () => {
    const single = await singlePuts();
    function* lines(): Iterable<BulkLine> {
      for (let n = 0; n < LINES; n++) yield lineOf('B', n);
    }
    global.gc?.();
    const started = process.hrtime.bigint();
    const before = process.memoryUsage().rss;
    let [largest, results] = [before, 0];
    for await (const { line, status } of client.putMany(lines())) {
      results += 1;
      if (line !== results || status !== 201) throw new Error(`result ${results} is ${status} for line ${line}`);
      if (results % 1_000 === 0) largest = Math.max(largest, process.memoryUsage().rss);
    }
    expect(results).toBe(LINES);
    const rate = LINES / (Number(process.hrtime.bigint() - started) / 1e9);
    const grownMb = Math.round((largest - before) / 1e6);
    if (LINES > 1_000)
      console.log(
        `${LINES} lines: ${Math.round(rate)}/s, single PUTs on ${AT_ONCE} connections ${Math.round(single)}/s, ` +
          `ratio ${(rate / single).toFixed(2)}; memory grew by ${grownMb} MB (store, service, projector and client in one process)`,
      );
    // Caches and the projector of this process reach their limits, which do not depend on the number of lines.
    expect(grownMb).toBeLessThan(700);
  }, 3_600_000);
});
