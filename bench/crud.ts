import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { orderBody } from './bodies';
import {
  agent,
  type Answer,
  CONNECTIONS,
  cpuByPart,
  endChild,
  type RunningService,
  send,
  startService,
} from './service';
import { printTable, quantile } from './table';

/**
 * Compares this service with two CRUD services (crud-peer.ts) in one run, in turns, with the same bodies; then measures its lists and timelines, which
 * those services do not have.
 */

const LINES = 14;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const WARM_UP_PUTS = 30;
/** CPU time is counted in ticks of 10 ms, and background work ends after the last response. */
const SETTLE_MS = 2_000;
/** Tolerated deviation of a ratio from its target. */
const TOLERANCE = 0.25;

type ServiceName = 'service' | 'lean' | 'typical';
type Operation = 'create' | 'change' | 'silent' | 'get' | 'list' | 'timeline';

interface Measured {
  perSecond: number;
  p99: number;
  cpuMs: number;
  byPart: Record<string, number>;
}

async function startPeer(level: 'lean' | 'typical'): Promise<RunningService> {
  const child = spawn(process.execPath, [join(__dirname, 'crud-peer.js'), level], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    child.once('exit', (code) => reject(new Error(`the ${level} service ended with ${code}`)));
  });
  const { url, token } = JSON.parse(line) as { url: string; token: string };
  return { child, url, headers: { authorization: `Bearer ${token}` }, stop: () => endChild(child) };
}

const put = (service: RunningService, id: string, reference: string, type?: string): Promise<Answer> =>
  send(
    `${service.url}/api/v1/purchases/internal/${id}`,
    'PUT',
    service.headers,
    JSON.stringify(orderBody(LINES, reference, type)),
  );

/** Calls over all connections for SECONDS; each connection sends its next call after the previous response. */
async function load(
  service: RunningService,
  call: (index: number) => Promise<Answer>,
): Promise<Measured & { calls: number }> {
  const times: number[] = [];
  let next = 0;
  const before = cpuByPart(service);
  const started = performance.now();
  const end = started + SECONDS * 1_000;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < end) {
        const begun = performance.now();
        const { status, text } = await call(next++);
        if (status >= 300) throw new Error(`${status} ${text}`);
        times.push(performance.now() - begun);
      }
    }),
  );
  const seconds = (performance.now() - started) / 1_000;
  await pause(SETTLE_MS);
  const after = cpuByPart(service);
  const byPart = Object.fromEntries(
    Object.entries(after).map(([part, ms]) => [part, (ms - (before[part] ?? 0)) / times.length]),
  );
  times.sort((a, b) => a - b);
  return {
    calls: times.length,
    perSecond: times.length / seconds,
    p99: quantile(times, 0.99),
    cpuMs: Object.values(byPart).reduce((sum, ms) => sum + ms, 0),
    byPart,
  };
}

const median = (values: readonly number[]): number =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.5,
  );

interface Target {
  what: Operation;
  /** The operation of *lean* to compare with. */
  against: Operation;
  /** Minimum ratio of the rate to that of lean. */
  rate: number;
  /** Maximum ratio of the p99 to that of lean. */
  p99: number;
}

const TARGETS: readonly Target[] = [
  { what: 'create', against: 'create', rate: 1, p99: 1 },
  { what: 'change', against: 'change', rate: 1.8, p99: 1 / 2 },
  { what: 'silent', against: 'change', rate: 3, p99: 1 / 3 },
  { what: 'get', against: 'get', rate: 1, p99: 1 },
];

type Results = Map<string, Measured[]>;

function add(results: Results, what: Operation, who: ServiceName, measured: Measured): void {
  const key = `${what} ${who}`;
  results.set(key, [...(results.get(key) ?? []), measured]);
}

async function measureAll(services: Record<ServiceName, RunningService>): Promise<Results> {
  const results: Results = new Map();
  const run = async (who: ServiceName, what: Operation, call: (index: number) => Promise<Answer>): Promise<number> => {
    const measured = await load(services[who], call);
    add(results, what, who, measured);
    return measured.calls;
  };
  const all = Object.keys(services) as ServiceName[];
  for (let round = 0; round < ROUNDS; round++) {
    const created: Partial<Record<ServiceName, number>> = {};
    const id = (who: ServiceName, index: number): string => `c${round}-${index % (created[who] ?? 1)}`;
    for (const who of all)
      created[who] = await run(who, 'create', (index) => put(services[who], `c${round}-${index}`, 'PO 1'));
    for (const who of all)
      await run(who, 'change', (index) =>
        put(services[who], id(who, index), `PO 2-${Math.floor(index / (created[who] ?? 1))}`),
      );
    await run('service', 'silent', (index) =>
      put(services.service, `w-${index % CONNECTIONS}-${index % WARM_UP_PUTS}`, 'PO 0'),
    );
    for (const who of all)
      await run(who, 'get', (index) =>
        send(`${services[who].url}/api/v1/purchases/internal/${id(who, index)}`, 'GET', services[who].headers),
      );
  }
  return results;
}

/** Maximum CPU milliseconds of a page, of all processes. */
const PAGE_CPU_MS = 1.5;
const PAGE_PURCHASES = 50;

/** The life of an order: it is created, its reference changes, it is put on hold, released and shipped. */
const LIFE = [
  ['PO 1', 'processing'],
  ['PO 2', 'processing'],
  ['PO 3', 'processing'],
  ['PO 3', 'on_hold'],
  ['PO 3', 'processing'],
  ['PO 4', 'processing'],
  ['PO 4', 'shipment'],
  ['PO 5', 'shipment'],
] as const;

/** Starts this service with named threads, so that the CPU time of the projector is measured apart. */
const startNamed = (): Promise<RunningService> =>
  startService({ LOG_LEVEL: 'error', NODE_OPTIONS: `--require ${join(__dirname, 'thread-names.js')}` });

/** Measures pages of the list, and of the timelines of its purchases, on a service that has no other purchases. */
async function measurePages(): Promise<void> {
  const service = await startNamed();
  const results: Results = new Map();
  const get = (path: string): Promise<Answer> => send(`${service.url}/api/v1/purchases${path}`, 'GET', service.headers);
  const pages: readonly [Operation, (index: number) => Promise<Answer>][] = [
    ['list', () => get(`?limit=${PAGE_PURCHASES}`)],
    ['timeline', (index) => get(`/internal/p-${index % PAGE_PURCHASES}/timeline`)],
  ];
  try {
    for (let n = 0; n < 2 * PAGE_PURCHASES; n++)
      for (const [reference, type] of LIFE) await put(service, `p-${n}`, reference, type);
    for (let round = 0; round < ROUNDS; round++)
      for (const [what, call] of pages) add(results, what, 'service', await load(service, call));
    printMedians(results);
    const answers = await Promise.all(pages.map(([, call]) => call(0)));
    printTable(
      'Pages',
      pages.map(([what], index) => {
        const { text = '[]' } = answers[index] ?? {};
        const cpu = median((results.get(`${what} service`) ?? []).map(({ cpuMs }) => cpuMs));
        return {
          what,
          items: (JSON.parse(text) as unknown[]).length,
          KB: (Buffer.byteLength(text) / 1e3).toFixed(1),
          'CPU ms': cpu.toFixed(2),
          'goal, CPU ms': PAGE_CPU_MS,
          met: cpu <= PAGE_CPU_MS ? 'yes' : 'no',
        };
      }),
    );
  } finally {
    await service.stop();
  }
}

function printMedians(results: Results): void {
  printTable(
    `Medians of ${ROUNDS} rounds of ${SECONDS} s, ${CONNECTIONS} connections`,
    [...results].map(([name, rounds]) => ({
      what: name,
      'a second': Math.round(median(rounds.map(({ perSecond }) => perSecond))),
      'p99 ms': median(rounds.map(({ p99 }) => p99)).toFixed(0),
      'CPU ms': median(rounds.map(({ cpuMs }) => cpuMs)).toFixed(2),
      ...Object.fromEntries(
        Object.keys(rounds[0]?.byPart ?? {}).map((part) => [
          part,
          median(rounds.map(({ byPart }) => byPart[part] ?? 0)).toFixed(2),
        ]),
      ),
    })),
  );
}

/** Prints the medians, and the ratios to *lean* with their targets. Sets exit code 1 when a ratio misses its target by more than a quarter. */
function report(results: Results): void {
  const of = (what: Operation, who: ServiceName): Measured[] => results.get(`${what} ${who}`) ?? [];
  const mid = (what: Operation, who: ServiceName, value: (each: Measured) => number): number =>
    median(of(what, who).map(value));
  printMedians(results);
  const ratios = TARGETS.map(({ what, against, rate, p99 }) => {
    const rateRatio = mid(what, 'service', (each) => each.perSecond) / mid(against, 'lean', (each) => each.perSecond);
    const p99Ratio = mid(what, 'service', (each) => each.p99) / mid(against, 'lean', (each) => each.p99);
    const isMet = rateRatio >= rate * (1 - TOLERANCE) && p99Ratio <= p99 * (1 + TOLERANCE);
    return {
      what,
      'rate / lean': rateRatio.toFixed(2),
      'rate target': rate,
      'p99 / lean': p99Ratio.toFixed(2),
      'p99 target': p99.toFixed(2),
      'within 25 %': isMet ? 'yes' : 'no',
    };
  });
  printTable('Ratios to lean', ratios);
  if (ratios.some((each) => each['within 25 %'] === 'no')) process.exitCode = 1;
}

/** @param only `pages`: without the other services, and without writes */
export async function benchCrud(only?: string): Promise<void> {
  try {
    if (only !== 'pages') await compare();
    await measurePages();
  } finally {
    agent.destroy();
  }
}

async function compare(): Promise<void> {
  const services: Record<ServiceName, RunningService> = {
    service: await startNamed(),
    lean: await startPeer('lean'),
    typical: await startPeer('typical'),
  };
  try {
    for (const service of Object.values(services))
      await Promise.all(
        Array.from({ length: CONNECTIONS }, async (_, worker) => {
          for (let index = 0; index < WARM_UP_PUTS; index++) await put(service, `w-${worker}-${index}`, 'PO 0');
        }),
      );
    report(await measureAll(services));
  } finally {
    for (const service of Object.values(services)) await service.stop();
  }
}
