import fc from 'fast-check';
import type { LightMyRequestResponse } from 'fastify';
import { type Service, startService } from '../e2e/service';
import { arbitraryRequest, type FuzzRequest } from './requests';

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 300);
const seed = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const BATCH = 200;
const AT_ONCE = 8;

/** Describes what is wrong with a response; undefined when it is correct. */
function faultOf({ statusCode, headers, body }: LightMyRequestResponse): string | undefined {
  if (statusCode >= 500) return `status ${statusCode}`;
  if (statusCode >= 400) {
    if (!String(headers['content-type']).startsWith('application/problem+json')) return 'not a problem';
    const problem = JSON.parse(body) as { type?: string; status?: number; errors?: unknown[] };
    if (problem.status !== statusCode || problem.type === undefined) return 'not a problem of this status';
    if ((problem.errors?.length ?? 0) > 100) return 'more than 100 errors';
  } else if (body !== '') JSON.parse(body);
  return undefined;
}

describe('the API under requests with mutations', () => {
  let service: Service;

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  /** The path of each purchase that a PUT stored. */
  const stored = new Map<string, string>();
  const statuses = new Map<number, number>();

  /** A read that gets `Retry-After`, because the read model is behind, is repeated after that time. */
  async function answerTo({ method, url, headers, body }: FuzzRequest): Promise<LightMyRequestResponse> {
    for (;;) {
      const response = await service.call(method, url, { headers, body });
      const isBehind = response.statusCode === 503 && response.body.includes('"read-model-behind"');
      if (!isBehind || response.headers['retry-after'] === undefined) return response;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async function send({ method, url, headers, body }: FuzzRequest): Promise<void> {
    const response = await answerTo({ method, url, headers, body });
    const fault = faultOf(response);
    if (fault !== undefined)
      throw new Error(
        `${fault} (seed ${seed}): ${JSON.stringify({ method, url, headers, body })} → ${response.body.slice(0, 1_000)}`,
      );
    statuses.set(response.statusCode, (statuses.get(response.statusCode) ?? 0) + 1);
    const id = response.headers['purchase-id'];
    if (typeof id !== 'string') return;
    if (response.statusCode === 204) stored.delete(id);
    else if (method === 'PUT' && response.headers.etag !== undefined && /^[^?]*\/P-\d+$/.test(url)) stored.set(id, url);
  }

  it(`answers ${REQUESTS} of them correctly (seed ${seed})`, async () => {
    for (let done = 0; done < REQUESTS; done += BATCH) {
      const batch = fc.sample(arbitraryRequest, { numRuns: Math.min(BATCH, REQUESTS - done), seed: seed + done });
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let next = batch.pop(); next !== undefined; next = batch.pop()) await send(next);
        }),
      );
    }
    // The test would be worthless if all mutations, or none, were refused.
    for (const status of [200, 201, 400, 404]) expect([...statuses.keys()]).toContain(status);
  }, 3_600_000);

  it('then catches up; every stored purchase is returned alike and unchanged when it is sent back', async () => {
    let compared = 0;
    for (const url of new Set(stored.values())) {
      const read = await answerTo({ method: 'GET', url, headers: {} });
      if (read.statusCode === 404) continue;
      expect(read.statusCode).toBe(200);
      const written = await service.call('PUT', url, { body: read.body });
      expect([url, written.statusCode, written.headers['purchase-changed'], written.body]).toEqual([
        url,
        200,
        'false',
        read.body,
      ]);
      await service.eventually(url, ({ headers, body }) => headers.etag === written.headers.etag && body === read.body);
      compared++;
    }
    expect(compared).toBeGreaterThan(0);
    await service.eventually('/health/ready', ({ statusCode }) => statusCode === 200);
  }, 3_600_000);
});
