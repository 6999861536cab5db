import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbedded } from '@app/embedded/embedded';
import { forkEventStore } from '@app/embedded/event-store-node/embedded-event-store';
import { orderBody } from './bodies';
import { cpuMs } from './process-usage';
import { agent, CONNECTIONS, descendants, endChild, type RunningService, send, startService } from './service';
import { printTable, quantile, type Row } from './table';

const LINES = 14;
const PURCHASES = 400;
const WARM_UP_MS = 2_000;
const ROUND_MS = 4_000;
const ROUNDS = 3;
const SETTLE_MS = 1_000;

/** Whether all changes of a purchase go to one process, or each to the next one. */
type Routing = 'by purchase' | 'round robin';

interface Round {
  refused: number;
  times: number[];
  seconds: number;
  cpuMs: Record<string, number>;
}

/**
 * Changes of purchases through one, two and four API processes that share an event-store node and Postgres. Routed by purchase, every process has the
 * purchase cached; in turns, its cached state is old, because another process wrote since.
 */
export async function benchProcesses(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-processes-'));
  const servers = await startEmbedded({ dataDir, eventStore: false, postgres: true, log: () => {} });
  const node = forkEventStore(join(dataDir, 'event-store'), 0, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const apis: RunningService[] = [];
  try {
    const [{ ready }] = (await once(node, 'message')) as [{ ready: { url: string } }];
    const urls = { EVENTSTORE_URL: ready.url, DATABASE_URL: servers.databaseUrl ?? '' };
    const rows: Row[] = [];
    for (const count of [1, 2, 4]) {
      while (apis.length < count) apis.push(await startApi(urls));
      const routings: Routing[] = count === 1 ? ['by purchase'] : ['by purchase', 'round robin'];
      for (const routing of routings) await load(apis, routing, WARM_UP_MS);
      const rounds = new Map<Routing, Round[]>(routings.map((routing) => [routing, []]));
      for (let n = 0; n < ROUNDS; n++)
        for (const [routing, done] of rounds) done.push(await load(apis, routing, ROUND_MS));
      for (const [routing, done] of rounds) rows.push(rowOf(count, routing, done));
    }
    printTable(`Changes of ${PURCHASES} purchases over ${CONNECTIONS} connections, ${ROUNDS} rounds`, rows);
  } finally {
    agent.destroy();
    for (const api of apis) await api.stop();
    await endChild(node);
    await servers.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const secret = randomBytes(32).toString('hex');

const startApi = (urls: Record<string, string>): Promise<RunningService> =>
  startService({ ...urls, TOKEN_SECRET: secret, DEMO_SITE: 'true', LOG_LEVEL: 'error' });

let version = 0;

async function load(apis: readonly RunningService[], routing: Routing, ms: number): Promise<Round> {
  let refused = 0;
  const times: number[] = [];
  const headers = apis[0]?.headers ?? {};
  const change = async (sent: number): Promise<void> => {
    const purchase = sent % PURCHASES;
    const turn = routing === 'by purchase' ? purchase : purchase + Math.floor(sent / PURCHASES);
    const url = `${apis[turn % apis.length]?.url}/api/v1/purchases/internal/p-${purchase}`;
    const startedAt = performance.now();
    const { status } = await send(url, 'PUT', headers, JSON.stringify(orderBody(LINES, `PO ${++version}`)));
    times.push(performance.now() - startedAt);
    if (status >= 300) refused++;
  };
  const used = (): Record<string, number> => {
    const pids = new Set(apis.map(({ child }) => child.pid ?? 0));
    const others = descendants(process.pid).filter((pid) => !pids.has(pid));
    return { api: sum([...pids].map(cpuMs)), stores: sum(others.map(cpuMs)) };
  };
  const before = used();
  const startedAt = performance.now();
  let sent = 0;
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      while (performance.now() < startedAt + ms) await change(sent++);
    }),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  await pause(SETTLE_MS);
  const after = used();
  return {
    refused,
    times,
    seconds,
    cpuMs: Object.fromEntries(Object.entries(after).map(([part, total]) => [part, total - (before[part] ?? 0)])),
  };
}

const sum = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0);

function rowOf(count: number, routing: Routing, rounds: readonly Round[]): Row {
  const times = rounds.flatMap((each) => each.times).sort((a, b) => a - b);
  const each = (part: string): string => (sum(rounds.map(({ cpuMs }) => cpuMs[part])) / times.length).toFixed(2);
  return {
    processes: count,
    routing,
    'a second': Math.round(times.length / sum(rounds.map(({ seconds }) => seconds))),
    'p99 ms': quantile(times, 0.99).toFixed(0),
    'APIs, CPU ms a PUT': each('api'),
    'node and Postgres': each('stores'),
    refused: sum(rounds.map(({ refused }) => refused)),
  };
}
