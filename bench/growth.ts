import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '@app/embedded/embedded';
import { bodyOf, fillHistory, identifiersOf, numberOfLong } from './histories';
import { rebuildOnce } from './rebuild';
import { agent, type Answer, endChild, type RunningService, send, startService } from './service';
import { printTable, quantile, type Row } from './table';

/**
 * The same calls, one at a time and in turns, to a service with few purchases and to one with many, and for purchases of few and of many revisions.
 * Ratios of medians, so that the speed of the machine does not matter.
 */

const FEW = Number(process.env.BENCH_FEW ?? 10_000);
const MANY = 100_000;
const LENGTHS = (process.env.BENCH_LENGTHS ?? '10,1000,10000').split(',').map(Number);
const OF_EACH_LENGTH = 10;
const CALLS = Number(process.env.BENCH_CALLS ?? 200);
const PAGE = 50;
/** The page of a list that is read by cursor. */
const FAR_PAGE = Math.min(1_000, Math.floor(FEW / PAGE) - 2);

interface Filled {
  service: RunningService;
  dataDir: string;
  purchases: number;
  filledSeconds: number;
  builtSeconds: number;
  mb: Record<string, number>;
}

function megabytes(folder: string): number {
  const sizes = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => statSync(join(entry.parentPath, entry.name)).size);
  return sizes.reduce((sum, size) => sum + size, 0) / 1e6;
}

/** Copies a generated history into a log, builds the read model, and starts the service on both. */
async function start(purchases: number): Promise<Filled> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-growth-'));
  let at = performance.now();
  const lap = (): number => (-at + (at = performance.now())) / 1_000;
  await fillHistory(join(dataDir, 'event-store'), { purchases, lengths: LENGTHS, ofEachLength: OF_EACH_LENGTH });
  const filledSeconds = lap();
  const servers = await startEmbedded({ dataDir, eventStore: true, postgres: true, log: () => {} });
  await rebuildOnce(servers.eventStoreUrl ?? '', servers.databaseUrl ?? '');
  await servers.stop();
  const builtSeconds = lap();
  const mb = { log: megabytes(join(dataDir, 'event-store')), postgres: megabytes(join(dataDir, 'postgres')) };
  const service = await startService({ LOG_LEVEL: 'error' }, dataDir);
  return { service, dataDir, purchases, filledSeconds, builtSeconds, mb };
}

const read = ({ url, headers }: RunningService, path: string): Promise<Answer> => send(`${url}${path}`, 'GET', headers);
const put = ({ url, headers }: RunningService, n: number, reference?: string): Promise<Answer> =>
  send(`${url}${pathOf(n)}`, 'PUT', headers, JSON.stringify(bodyOf(n, reference)));
const pathOf = (n: number, kind: keyof ReturnType<typeof identifiersOf> = 'internal'): string =>
  `/api/v1/purchases/${kind}/${encodeURIComponent(identifiersOf(n)[kind])}`;

/** The path of a page of the list, by following the links from the first. @throws Error when the list is shorter */
async function farPage(service: RunningService): Promise<string> {
  let path = `/api/v1/purchases?limit=${PAGE}`;
  for (let page = 1; page < FAR_PAGE; page++) {
    const [, next] = /^<([^>]+)>/.exec(String((await read(service, path)).headers.link)) ?? [];
    if (next === undefined) throw new Error(`the list ends at page ${page}`);
    path = next;
  }
  return path;
}

type Call = (call: number) => Promise<Answer>;

/** The median milliseconds of each call; the calls run in turns. @throws Error for an error answer */
async function medians(calls: readonly Call[], count = CALLS, warmUp = 20): Promise<number[]> {
  const times = calls.map((): number[] => []);
  for (let call = -warmUp; call < count; call++)
    for (const [index, run] of calls.entries()) {
      const begun = performance.now();
      const { status, text } = await run(call + warmUp);
      if (status >= 300) throw new Error(`${status} ${text}`);
      if (call >= 0) times[index]?.push(performance.now() - begun);
    }
  return times.map((each) =>
    quantile(
      each.sort((a, b) => a - b),
      0.5,
    ),
  );
}

const rowOf = (what: string, names: readonly string[], times: readonly number[]): Row => ({
  what,
  ...Object.fromEntries(names.map((name, index) => [name, (times[index] ?? NaN).toFixed(2)])),
  ...Object.fromEntries(
    names.slice(1).map((name, index) => [`× ${name}`, ((times[index + 1] ?? NaN) / (times[0] ?? NaN)).toFixed(2)]),
  ),
});

/** A purchase that was not called before, spread over all of them, so that neither cache nor pages of the disk are warm by chance. */
const nth = (purchases: number, call: number): number => (call * 7_919 + 13) % purchases;

/** Purchases that are called in turn, so that they stay cached. */
const warm = (call: number): number => call % 20;

async function compareSizes(services: readonly Filled[]): Promise<Row[]> {
  const far = await Promise.all(services.map(({ service }) => farPage(service)));
  const calls: Record<string, (filled: Filled, index: number) => Call> = {
    'PUT, creation':
      ({ service, purchases }) =>
      (call) =>
        put(service, purchases + call),
    'PUT, change, not cached':
      ({ service, purchases }) =>
      (call) =>
        put(service, nth(purchases, call), `new ${call}`),
    'PUT, change, cached':
      ({ service }) =>
      (call) =>
        put(service, warm(call), `changed ${call}`),
    'PUT, unchanged':
      ({ service }) =>
      (call) =>
        put(service, 100 + warm(call), 'unchanged'),
    ...Object.fromEntries(
      (['sparklayer', 'platform', 'internal', 'visible'] as const).map((kind) => [
        `GET by ${kind}`,
        ({ service, purchases }: Filled): Call =>
          (call) =>
            read(service, pathOf(nth(purchases, call + 5_000), kind)),
      ]),
    ),
    'list, first page':
      ({ service }) =>
      () =>
        read(service, `/api/v1/purchases?limit=${PAGE}`),
    [`list, page ${FAR_PAGE} by cursor`]:
      ({ service }, index) =>
      () =>
        read(service, far[index] ?? ''),
    'list of one customer':
      ({ service, purchases }) =>
      (call) =>
        read(service, `/api/v1/purchases?customer_identifiers[sparklayer]=cu_${Math.floor(nth(purchases, call) / 10)}`),
    search:
      ({ service, purchases }) =>
      (call) =>
        read(service, `/api/v1/purchases?search=ERP-${nth(purchases, call)}`),
    timeline:
      ({ service, purchases }) =>
      (call) =>
        read(service, `${pathOf(nth(purchases, call))}/timeline`),
  };
  const rows: Row[] = [];
  for (const [what, callOf] of Object.entries(calls))
    rows.push(
      rowOf(
        what,
        services.map(({ purchases }) => purchases.toLocaleString('en')),
        await medians(services.map(callOf)),
      ),
    );
  return rows;
}

/** Starts the service again on its data, with empty caches. */
async function restart(filled: Filled): Promise<void> {
  await endChild(filled.service.child);
  rmSync(join(filled.dataDir, 'demo.json'));
  Object.assign(filled.service, await startService({ LOG_LEVEL: 'error' }, filled.dataDir));
}

async function compareLengths(filled: Filled): Promise<Row[]> {
  const { service } = filled;
  const names = LENGTHS.map((length) => `${length} revisions`);
  const forEach = async (what: string, callOf: (length: number) => Call, count = CALLS): Promise<Row> =>
    rowOf(what, names, await medians(LENGTHS.map(callOf), count, count === CALLS ? 20 : 0));
  /** A purchase whose history has snapshots. */
  const long = (length: number, call: number): number => numberOfLong(length, 2 * (call % (OF_EACH_LENGTH / 2)));
  const moment = new Date().toISOString();
  /** The times at which the long purchases had half of their revisions. */
  const halfway = new Map<number, string[]>();
  for (const length of LENGTHS)
    for (let call = 0; call < OF_EACH_LENGTH / 2; call++) {
      const { text } = await read(service, `${pathOf(long(length, call))}/timeline?limit=1&cursor=${length / 2 - 1}`);
      const [entry] = JSON.parse(text) as [{ recorded_at: string }];
      halfway.set(length, [...(halfway.get(length) ?? []), entry.recorded_at]);
    }
  const notCached = (what: string, reference: string, of = long): Promise<Row> =>
    forEach(what, (length) => (call) => put(service, of(length, call), reference), OF_EACH_LENGTH / 2);
  const first = await notCached(
    'PUT, change, not cached, no snapshot yet',
    'first',
    (length, call) => long(length, call) + 1,
  );
  await restart(filled);
  for (let call = 0; call < 50; call++) await put(service, call, 'warm up');
  return [
    first,
    await notCached('PUT, change, not cached', 'second'),
    await forEach('PUT, change, cached', (length) => (call) => put(service, long(length, call % 2), `changed ${call}`)),
    await forEach('GET', (length) => (call) => read(service, pathOf(long(length, call)))),
    await forEach(
      'timeline, first page',
      (length) => (call) => read(service, `${pathOf(long(length, call))}/timeline?limit=${PAGE}`),
    ),
    await forEach(
      'GET as_of now',
      (length) => (call) => read(service, `${pathOf(long(length, call))}?as_of=${moment}`),
    ),
    await forEach('GET as_of halfway', (length) => {
      const moments = halfway.get(length) ?? [];
      return (call) => read(service, `${pathOf(long(length, call))}?as_of=${moments[call % moments.length]}`);
    }),
  ];
}

export async function benchGrowth(many = MANY): Promise<void> {
  const services: Filled[] = [];
  try {
    for (const purchases of [FEW, many]) services.push(await start(purchases));
    printTable(
      'Histories',
      services.map(({ purchases, filledSeconds, builtSeconds, mb }) => ({
        purchases,
        'written in s': Math.round(filledSeconds),
        'read model built in s': Math.round(builtSeconds),
        ...Object.fromEntries(
          Object.entries(mb).map(([part, size]) => [`${part} KB a purchase`, ((size * 1e3) / purchases).toFixed(1)]),
        ),
      })),
    );
    printTable(`Median ms of ${CALLS} calls, by number of purchases`, await compareSizes(services));
    const [few] = services;
    if (few !== undefined) printTable('Median ms, by number of revisions', await compareLengths(few));
  } finally {
    agent.destroy();
    for (const { service } of services) await service.stop();
  }
}
