import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { memoryOf } from './process-usage';
import { type RunningService, startService } from './service';
import { printTable, quantile, type Row } from './table';

const MIB = 1_048_576;
const SMALL = JSON.stringify({ type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] });

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const gbp = (number: string): object => ({ number, currency: 'GBP' });
const lines = (count: number, name: string, price = '1.00'): object[] =>
  upTo(count).map((n) => ({
    ...{ identifiers: { sku: `S${n}` }, name_parent: `${name} ${n}`, quantity: 1 },
    line_total: { total_net: gbp(price) },
  }));
const order = (...packages: object[]): string => JSON.stringify({ type: 'order', currency_code: 'GBP', packages });
const SHIPPED = { type: 'shipment', identifiers: { visible: 'S' }, dates: { shipped_at: '2026-11-02T10:00:00Z' } };
const tracked = (count: number, carrier: string): string =>
  order({
    ...{ type: 'processing', identifiers: { visible: 'P' }, line_items: lines(1, 'Lantern') },
    shipments: upTo(count).map((n) => ({ tracking_number: `${carrier}${n}` })),
  });
const repeated = (bytes: number, before: string, element: string, after: string): string =>
  before + upTo(Math.floor((bytes - before.length - after.length) / (element.length + 1))).fill(0).map(() => element).join() + after; // prettier-ignore

interface Sent {
  method: string;
  path: string;
  body?: string | Buffer;
  headers?: Record<string, string>;
}
type Send = (sent: Sent) => Promise<number>;

/** Wall and processor time in ms that the main event loop of the service was held, per 200 ms. */
const heldIn = (file: string): { wall: number; cpu: number }[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(' ').map(Number))
    .map(([wall = 0, cpu = 0]) => ({ wall, cpu }));

const folder = mkdtempSync(join(tmpdir(), 'heavy-'));
const delays = join(folder, 'delays');

/** One kind of hostile or heavy load. Resolves to the statuses of its requests. */
interface Load {
  name: string;
  run: (send: Send, path: (id: string) => string) => Promise<number[]>;
}

const allAtOnce = (count: number, sent: (n: number) => Sent): Load['run'] => {
  return (send) => Promise.all(upTo(count).map((n) => send(sent(n))));
};
const puts = (count: number, body: string | Buffer, headers = {}): Load['run'] => {
  let run = 0;
  return (send, path) => {
    run++;
    const bytes = Buffer.from(body);
    return allAtOnce(count, (n) => ({ method: 'PUT', path: path(`L${run}-${n}`), body: bytes, headers }))(send, path);
  };
};
const oneByOne =
  (name: string, bodies: () => string[], reads: string[] = []): Load['run'] =>
  async (send, path) => {
    const statuses: number[] = [];
    const timed = async (sent: Sent): Promise<void> => {
      const [begunAt, before] = [performance.now(), heldIn(delays).length];
      statuses.push(await send(sent));
      const ms = Math.round(performance.now() - begunAt);
      await pause(250);
      const cpu = Math.max(
        ...heldIn(delays)
          .slice(before)
          .map((each) => each.cpu),
      );
      console.log(`  ${sent.method} ${sent.path} ${statuses.at(-1)} ${ms} ms, event loop: ${cpu} ms CPU`);
    };
    for (const body of bodies()) await timed({ method: 'PUT', path: path(name), body });
    for (const query of reads) await timed({ method: 'GET', path: path(name) + query });
    return statuses;
  };

/** A token call with wrong credentials. */
const token = (wrong: object): Sent => ({
  method: 'POST',
  path: '/api/auth/token',
  body: JSON.stringify({ grant_type: 'client_credentials', client_id: 'someone', client_secret: 'wrong', ...wrong }),
});

const GZIP = { 'content-encoding': 'gzip' };
const LOADS: Load[] = [
  { name: 'nothing', run: () => pause(3_000).then(() => []) },
  { name: '64 PUTs of 1 MiB of {} as lines', run: puts(64, repeated(MIB - 10, '{"type":"order","packages":[{"type":"processing","line_items":[', '{}', ']}]}')) },
  { name: '64 PUTs of 0.9 MiB with 100 wrong values', run: puts(64, repeated(0.9 * MIB, '{"type":"order","currency_code":"GBP","packages":[{"type":"processing","line_items":[', '{"quantity":-1}', ']}]}')) },
  { name: '64 PUTs of 8 KB that inflate to 8 MiB', run: puts(64, gzipSync(repeated(8 * MIB, '{"packages":[', '{}', ']}')), GZIP) },
  { name: '64 GETs with Content-Encoding: gzip', run: allAtOnce(64, () => ({ method: 'GET', path: '/health/live', headers: GZIP })) },
  {
    name: '4,500 lines: created, shipped, renamed, repriced; past states',
    run: oneByOne(
      'lines',
      () => [
        order({ type: 'processing', identifiers: { visible: 'P' }, line_items: lines(4_500, 'Lantern') }),
        order({ ...SHIPPED, line_items: lines(4_500, 'Lantern') }),
        order({ ...SHIPPED, line_items: lines(4_500, 'Lamp') }),
        order({ ...SHIPPED, line_items: lines(4_500, 'Lamp', '2.00') }),
      ],
      ['', '?revision=4501', '?as_of=2099-01-01T00:00:00Z', '/compare?from=4501', '/history', '/timeline?limit=200'],
    ),
  },
  { name: '10,000 trackings: created, all changed', run: oneByOne('trackings', () => [tracked(10_000, 'a'), tracked(10_000, 'b')]) },
  { name: '3,500 trackings in 64 KB: created, all changed', run: oneByOne('small', () => [tracked(2_300, 'a'), tracked(2_300, 'b')]) },
  {
    name: '4,500 lines, then changed by small bodies',
    run: oneByOne('shrunk', () => [
      order({ type: 'processing', identifiers: { visible: 'P' }, line_items: lines(4_500, 'Lantern') }),
      order({ type: 'processing', identifiers: { visible: 'P' }, line_items: lines(2, 'Lantern') }),
    ]),
  },
  {
    name: '64 GETs of the size of 200 purchases of 0.74 MB',
    run: async (send, path) => {
      const body = order({ type: 'processing', line_items: lines(6_000, 'Lantern') });
      for (const n of upTo(200)) await send({ method: 'PUT', path: path(`page-${n}`), body });
      console.log('  200 purchases are stored');
      return allAtOnce(64, () => ({ method: 'GET', path: '/api/v1/purchases?limit=200' }))(send, path);
    },
  },
  { name: '2,000 wrong secrets', run: allAtOnce(2_000, () => token({ client_secret: 'wrong' })) },
  { name: '128 unknown clients, 20 calls each', run: async (send, path) => (await Promise.all(upTo(128).map(async (client) => {
    const statuses: number[] = [];
    for (const n of upTo(20)) statuses.push(...await allAtOnce(1, () => token({ client_id: `unknown-${client}-${n}` }))(send, path));
    return statuses;
  }))).flat() },
  { name: '300 PUTs of 0.74 MB', run: puts(300, order({ type: 'processing', line_items: lines(6_000, 'Lantern') })) },
]; // prettier-ignore

/** Sends over one connection per request, so that a load does not wait for a free one. */
function sender({ url, headers }: RunningService, agent: Agent): Send {
  return ({ method, path, body, headers: more }) =>
    new Promise((resolve, reject) => {
      const sized =
        body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const call = request(
        `${url}${path}`,
        { agent, method, headers: { ...headers, ...sized, ...more } },
        (response) => {
          response.resume().on('end', () => resolve(response.statusCode ?? 0));
        },
      );
      call.on('error', reject).end(body);
    });
}

const counted = (statuses: readonly number[]): string =>
  [...new Set(statuses)].map((status) => `${statuses.filter((each) => each === status).length} × ${status}`).join(', ');

/** Small PUTs of another client during heavy loads, the delay of the event loop of the API, and its memory. */
export async function benchHeavy(wanted?: string): Promise<void> {
  const rows: Row[] = [];
  for (const { name, run } of LOADS.filter((load) => wanted === undefined || load.name.includes(wanted))) {
    writeFileSync(delays, '');
    const service = await startService({
      NODE_OPTIONS: `--require ${join(__dirname, 'loop-delay.js')}`,
      LOOP_DELAY_FILE: delays,
      LOG_LEVEL: 'error',
    });
    const [others, agent] = [new Agent({ keepAlive: true, maxSockets: 1 }), new Agent({ keepAlive: false })];
    const [small, heavy] = [sender(service, others), sender(service, agent)];
    const path = (id: string): string => `/api/v1/purchases/internal/${id}`;
    const smallPut = (n: number): Promise<number> => small({ method: 'PUT', path: path(`small-${n}`), body: SMALL });
    for (const n of upTo(50)) await smallPut(-n);
    await pause(1_000);
    writeFileSync(delays, '');
    let isRunning = true;
    const startedAt = performance.now();
    const load = run(heavy, path).finally(() => (isRunning = false));
    const [times, refused]: [number[], number[]] = [[], []];
    for (let n = 1; isRunning; n++) {
      const begunAt = performance.now();
      const status = await smallPut(n);
      times.push(performance.now() - begunAt);
      if (status !== 201) refused.push(status);
      await pause(20);
    }
    const statuses = await load;
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    await pause(300);
    times.sort((a, b) => a - b);
    const held = heldIn(delays);
    rows.push({
      load: name,
      answers: counted(statuses),
      seconds,
      'small PUT p50 ms': quantile(times, 0.5).toFixed(0),
      'max ms': (times.at(-1) ?? 0).toFixed(0),
      'small refused': refused.length,
      'event loop max ms': Math.max(0, ...held.map(({ wall }) => wall)),
      'of it CPU ms': Math.max(0, ...held.map(({ cpu }) => cpu)),
      'peak MB': memoryOf(service.child.pid ?? 0)['peak MB'],
    });
    console.log(rows.at(-1));
    agent.destroy();
    others.destroy();
    await service.stop();
  }
  rmSync(folder, { recursive: true, force: true });
  printTable('Heavy loads of one client', rows);
}
