import { type BulkLine, PurchasingClient } from '@app/client/client';
import { Sites } from '@app/sites/sites';
import { call } from '../processes';
import { type RealService, startRealService } from '../real-service';

/** `npm run test:bulk` sends 1,000,000 lines. */
const LINES = Number(process.env.BULK_LINES ?? 500);
/** Number of connections that send single PUTs, for the comparison. */
const SINGLE = Math.min(LINES, 5_000);
const AT_ONCE = 32;
/** The number of lines between two measurements of memory. */
const SAMPLE_LINES = 1_000;
const MAX_API_MB = 800;
const MAX_CLIENT_GROWTH_MB = 150;

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
  let service: RealService;
  let client: PurchasingClient;
  beforeAll(async () => {
    service = await startRealService({ projector: 'inside', more: { METRICS_PORT: '0', CREDENTIAL_RATE: '0' } });
    const { clientId, clientSecret } = await new Sites(service.store).issue('bulk');
    client = new PurchasingClient(service.apis[0]?.url ?? '', { site: 'bulk', clientId, clientSecret });
  }, 60_000);
  afterAll(() => service.stop());

  /** Resident memory of the API process, its projector included. */
  async function apiMb(): Promise<number> {
    const { text } = await call(service.apis[0]?.metricsUrl ?? '');
    const bytes = /^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1];
    if (bytes === undefined) throw new Error('the metrics have no resident memory');
    return Number(bytes) / 1e6;
  }

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
    function* lines(): Iterable<BulkLine> {
      for (let n = 0; n < LINES; n++) yield lineOf('B', n);
    }
    const before = process.memoryUsage().rss;
    const started = process.hrtime.bigint();
    const memory = [await apiMb()];
    let [clientBytes, results] = [before, 0];
    for await (const { line, status } of client.putMany(lines())) {
      results += 1;
      if (line !== results || status !== 201) throw new Error(`result ${results} is ${status} for line ${line}`);
      if (results % SAMPLE_LINES !== 0) continue;
      memory.push(await apiMb());
      clientBytes = Math.max(clientBytes, process.memoryUsage().rss);
    }
    const rate = LINES / (Number(process.hrtime.bigint() - started) / 1e9);
    expect(results).toBe(LINES);
    // Measured last, because the first requests of a process are slower.
    const single = await singlePuts();
    const clientMb = (clientBytes - before) / 1e6;
    if (LINES > SAMPLE_LINES) report(rate, single, memory, clientMb);
    // The caches of the API reach their limits, which do not depend on the number of lines.
    expect(Math.max(...memory)).toBeLessThan(MAX_API_MB);
    expect(clientMb).toBeLessThan(MAX_CLIENT_GROWTH_MB);
  }, 7_200_000);
});

/** Prints rates, and the largest memory of the API in each tenth of the lines. */
function report(rate: number, single: number, memory: readonly number[], clientMb: number): void {
  const tenth = Math.ceil(memory.length / 10);
  const largest = Array.from({ length: 10 }, (_, n) => memory.slice(n * tenth, (n + 1) * tenth))
    .filter((values) => values.length > 0)
    .map((values) => Math.max(...values).toFixed(0));
  console.log(
    `${LINES} lines: ${rate.toFixed(0)}/s, single PUTs on ${AT_ONCE} connections ${single.toFixed(0)}/s, ` +
      `ratio ${(rate / single).toFixed(2)}; memory of the API in MB by tenths ${largest.join(' ')}; ` +
      `the client grew by ${clientMb.toFixed(0)} MB`,
  );
}
