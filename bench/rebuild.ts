import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '@app/embedded/embedded';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { createDataSource, createPool, migrate } from '@app/read-models/database';
import { rebuild, type RebuildReport, THREADS } from '@app/read-models/rebuild/rebuild';
import { fillHistory, type History } from './histories';
import { cpuMs, endedChildrenCpuMs, memoryOf, threadCpuMs } from './process-usage';
import { descendants, partOf } from './service';
import { printTable, type Row } from './table';

const SAMPLE = join(__dirname, '../../data/online-retail-sample.csv.gz');
const EVENTS = 100_000;

interface Result extends RebuildReport {
  cpuSeconds: number;
  peakMb: number | string;
  /** CPU seconds of the main thread, then of the other threads in descending order. */
  threads: number[];
}

/** Samples the CPU time of the threads of this process; a thread that has ended keeps its last value. */
function watchThreads(): () => number[] {
  const used = new Map<number, number>();
  const sample = (): void => threadCpuMs(process.pid).forEach((ms, thread) => used.set(thread, ms));
  const timer = setInterval(sample, 100);
  return () => {
    clearInterval(timer);
    sample();
    const main = used.get(process.pid) ?? 0;
    used.delete(process.pid);
    return [main, ...[...used.values()].sort((a, b) => b - a)].map((ms) => Math.round(ms / 100) / 10);
  };
}

/** Builds the read model of an event store. */
export async function rebuildOnce(eventStoreUrl: string, databaseUrl: string): Promise<Result> {
  const eventStore = connectEventStoreDb(eventStoreUrl);
  const dataSource = await createDataSource(databaseUrl).initialize();
  await migrate(dataSource);
  await dataSource.destroy();
  const pool = createPool(databaseUrl);
  const threads = watchThreads();
  const report = await rebuild({ pool, eventStore, threads: Number(process.env.BENCH_THREADS ?? THREADS) });
  await pool.end();
  await eventStore.close();
  const cpuSeconds = (cpuMs(process.pid) ?? 0) / 1_000;
  return { ...report, cpuSeconds, threads: threads(), peakMb: memoryOf(process.pid)['peak MB'] };
}

/** The rebuild has a process of its own, so that its memory and processor time are known. */
async function measure(eventStoreUrl: string, databaseUrl: string): Promise<Result> {
  const execArgv = process.env.BENCH_NODE_FLAGS?.split(' ') ?? [];
  const child = fork(__filename, [eventStoreUrl, databaseUrl], { execArgv });
  const [[result]] = (await Promise.all([once(child, 'message'), once(child, 'exit')])) as [[Result], unknown];
  return result;
}

/** Processor seconds that the embedded servers have used so far, by server. */
function serverSeconds(): Record<string, number> {
  const used: Record<string, number> = { 'event store': 0, postgres: 0 };
  for (const pid of descendants(process.pid)) {
    const part = partOf(pid, process.pid);
    if (part in used) used[part] = (used[part] ?? 0) + ((cpuMs(pid) ?? 0) + endedChildrenCpuMs(pid)) / 1_000;
  }
  return used;
}

async function row(what: string, history: History): Promise<Row> {
  const kept = process.env.BENCH_DATA_DIR;
  const dataDir = kept ?? mkdtempSync(join(tmpdir(), 'bench-rebuild-'));
  const log = join(dataDir, 'event-store', 'events.log');
  if (!existsSync(log)) await fillHistory(join(dataDir, 'event-store'), history);
  const servers = await startEmbedded({ dataDir, eventStore: true, postgres: true, log: () => {} });
  try {
    const before = serverSeconds();
    const { events, seconds, cpuSeconds, threads, peakMb } = await measure(
      servers.eventStoreUrl ?? '',
      servers.databaseUrl ?? '',
    );
    const after = serverSeconds();
    const mb = statSync(log).size / 1e6;
    const used = (part: string): number => Math.round(((after[part] ?? 0) - (before[part] ?? 0)) * 10) / 10;
    return {
      what,
      events,
      MB: Math.round(mb),
      seconds: Math.round(seconds * 10) / 10,
      'events/s': Math.round(events / seconds),
      'MB/s': Math.round(mb / seconds),
      'peak MB': peakMb,
      'rebuild, CPU s': Math.round(cpuSeconds * 10) / 10,
      'its threads': threads.filter((each) => each >= 0.1).join(' '),
      'event store, CPU s': used('event store'),
      'Postgres, CPU s': used('postgres'),
    };
  } finally {
    await servers.stop();
    if (kept === undefined) rmSync(dataDir, { recursive: true, force: true });
  }
}

/**
 * The speed and memory of a rebuild on embedded servers. `rebuild` measures the sample of invoices and 100,000 small
 * events; `rebuild FILE [LIMIT]` another invoice file, or its first invoices; `rebuild COUNT` a number of small events.
 * BENCH_DATA_DIR names a folder that keeps the history and the tables for the next run.
 */
export async function benchRebuild(which?: string, limit?: number): Promise<void> {
  const count = Number(which);
  const rows: Row[] = [];
  if (which === undefined || Number.isNaN(count))
    rows.push(await row('invoices', { invoices: which === undefined ? SAMPLE : which, limit }));
  if (which === undefined || !Number.isNaN(count))
    rows.push(await row('small events', { events: which === undefined ? EVENTS : count }));
  printTable('Rebuild', rows);
}

if (require.main === module)
  void rebuildOnce(process.argv[2] ?? '', process.argv[3] ?? '').then((result) =>
    process.send?.(result, () => process.disconnect()),
  );
