import { existsSync, readFileSync } from 'node:fs';
import { Agent, type ClientRequest, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
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
    const more = { MAX_REQUESTS: '800', LARGE_BODIES: String(4 * MIB), UNREAD_ANSWERS: String(8 * MIB) };
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

  /** Sends the head of a PUT whose body does not follow. */
  const openPut = (n: number, length: number): ClientRequest => {
    const headers = { ...service.headers, 'content-type': 'application/json', 'content-length': String(length) };
    const path = `${url}/api/v1/purchases/internal/OPEN-${n}`;
    const sent = request(path, { method: 'PUT', agent, headers }).on('error', () => {});
    sent.flushHeaders();
    return sent;
  };

  it('leaves half of the requests in flight to others', async () => {
    const open = Array.from({ length: 410 }, (_, n) => openPut(n, 1_000));
    const refused: (number | undefined)[] = [];
    for (const each of open) each.on('response', ({ statusCode }) => refused.push(statusCode));
    while (refused.length < 10) await pause(10);
    expect([(await put(service.headers, CART)).status, (await put(other, CART)).status]).toEqual([503, 201]);
    expect(refused).toEqual(Array(10).fill(503));
    for (const each of open) each.destroy();
  });

  it('leaves memory for large bodies to others', async () => {
    const open = Array.from({ length: 8 }, (_, n) => openPut(n, MIB));
    await pause(500);
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
    const calls = Array.from({ length: 90 }, () => {
      const headers = { ...service.headers, 'content-type': 'application/x-ndjson' };
      const sent = request(`${url}/api/v1/purchases/bulk`, { method: 'POST', agent, headers }).on('error', () => {});
      for (let i = 0; i < 8; i++) sent.write(bytes);
      return sent;
    });
    await pause(5_000);
    expect(peakMb() - before).toBeLessThan(280);
    expect((await put(other, CART, 'X-2')).status).toBe(201);
    for (const each of calls) each.destroy();
  });
});
