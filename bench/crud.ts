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

/** Compares this service with two CRUD services (crud-peer.ts) in one run, in turns, with the same bodies. */

const LINES = 14;
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
const SECONDS = Number(process.env.BENCH_SECONDS ?? 5);
const WARM_UP_PUTS = 30;
/** CPU time is counted in ticks of 10 ms, and background work ends after the last response. */
const SETTLE_MS = 2_000;
/** Tolerated deviation of a ratio from its target. */
const TOLERANCE = 0.25;

type ServiceName = 'service' | 'lean' | 'typical';
type Operation = 'create' | 'change' | 'silent' | 'get';

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

const put = (service: RunningService, id: string, reference: string): Promise<Answer> =>
  send(
    `${service.url}/api/v1/purchases/internal/${id}`,
    'PUT',
    service.headers,
    JSON.stringify(orderBody(LINES, reference)),
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

async function measureAll(services: Record<ServiceName, RunningService>): Promise<Map<string, Measured[]>> {
  const results = new Map<string, Measured[]>();
  const run = async (who: ServiceName, what: Operation, call: (index: number) => Promise<Answer>): Promise<number> => {
    const measured = await load(services[who], call);
    const key = `${what} ${who}`;
    results.set(key, [...(results.get(key) ?? []), measured]);
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

/** Prints the medians, and the ratios to *lean* with their targets. Sets exit code 1 when a ratio misses its target by more than a quarter. */
function report(results: Map<string, Measured[]>): void {
  const of = (what: Operation, who: ServiceName): Measured[] => results.get(`${what} ${who}`) ?? [];
  const mid = (what: Operation, who: ServiceName, value: (each: Measured) => number): number =>
    median(of(what, who).map(value));
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

export async function benchCrud(): Promise<void> {
  const services: Record<ServiceName, RunningService> = {
    service: await startService({
      LOG_LEVEL: 'error',
      NODE_OPTIONS: `--require ${join(__dirname, 'thread-names.js')}`,
    }),
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
    agent.destroy();
    for (const service of Object.values(services)) await service.stop();
  }
}
