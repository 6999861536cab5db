import { existsSync, readFileSync } from 'node:fs';
import { Agent, get, type IncomingMessage, request } from 'node:http';
import { Sites } from '@app/sites/sites';
import { lineBody, orderBody } from '../bodies';
import { type Answer, authorised, call } from '../processes';
import { type RealService, startRealService } from '../real-service';

/** Allows for a slow or busy machine. */
jest.setTimeout(120_000);

const CART = { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] };
const MIB = 1_048_576;
const manyLines = (count: number): object =>
  orderBody([
    { type: 'processing', line_items: Array.from({ length: count }, (_, n) => lineBody(1, '2.50', `S-${n}`)) },
  ]);

describe('a site that uses all it can', () => {
  let service: RealService;
  let url: string;
  let other: Record<string, string>;
  const agent = new Agent({ maxSockets: Infinity });

  beforeAll(async () => {
    const more = { MAX_REQUESTS: '120', LARGE_BODIES: String(4 * MIB), UNREAD_ANSWERS: String(8 * MIB) };
    service = await startRealService({ projector: 'inside', more });
    ({ url } = service.apis[0]!);
    other = await authorised(url, 'other', await new Sites(service.store).issue('other'));
  });
  afterAll(async () => {
    agent.destroy();
    await service.stop();
  });

  const put = (headers: Record<string, string>, body: object, identifier = 'X-1'): Promise<Answer> =>
    call(`${url}/api/v1/purchases/internal/${identifier}`, { method: 'PUT', headers, body });

  /** Opens a feed that is streamed until the agent is destroyed. */
  const openFeed = (headers: Record<string, string>): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const sent = { agent, headers: { ...headers, accept: 'text/event-stream' } };
      get(`${url}/api/v1/feed`, sent, (response) => resolve(response.resume())).on('error', reject);
    });

  it('leaves half of the requests in flight to others', async () => {
    const feeds = await Promise.all(Array.from({ length: 120 }, () => openFeed(service.headers)));
    const statuses = feeds.map(({ statusCode }) => statusCode);
    expect([statuses.filter((status) => status === 200), statuses.filter((status) => status === 503)]).toEqual([
      Array(60).fill(200),
      Array(60).fill(503),
    ]);
    expect([(await put(service.headers, CART)).status, (await put(other, CART)).status]).toEqual([503, 201]);
    for (const feed of feeds) feed.destroy();
  });

  it('leaves memory for large bodies to others', async () => {
    const open = Array.from({ length: 8 }, (_, n) => {
      const headers = { ...service.headers, 'content-type': 'application/json', 'content-length': String(MIB) };
      const path = `${url}/api/v1/purchases/internal/SLOW-${n}`;
      const sent = request(path, { method: 'PUT', agent, headers }).on('error', () => {});
      sent.write('{'.padEnd(100_000));
      return sent;
    });
    await new Promise((resolve) => setTimeout(resolve, 500));
    const began = Date.now();
    expect((await put(other, manyLines(700), 'L-1')).status).toBe(201);
    expect(Date.now() - began).toBeLessThan(9_000);
    for (const each of open) each.destroy();
  });

  it('sends large lines of bulk calls no faster than they are written', async () => {
    const { pid } = service.apis[0]!;
    const peakMb = (): number =>
      existsSync(`/proc/${pid}/status`)
        ? Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024
        : 0;
    expect((await put(service.headers, manyLines(4_000), 'W-1')).status).toBe(201);
    const before = peakMb();
    const line = { lookupBy: 'internal', identifier: 'B-1', purchase: manyLines(6_000) };
    // One buffer for all calls, because this process holds what the service does not read.
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    const calls = Array.from({ length: 59 }, () => {
      const headers = { ...service.headers, 'content-type': 'application/x-ndjson' };
      const sent = request(`${url}/api/v1/purchases/bulk`, { method: 'POST', agent, headers }).on('error', () => {});
      for (let i = 0; i < 8; i++) sent.write(bytes);
      return sent;
    });
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    expect(peakMb() - before).toBeLessThan(280);
    expect((await put(other, CART, 'X-2')).status).toBe(201);
    for (const each of calls) each.destroy();
  });
});
