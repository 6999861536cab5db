import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '@app/embedded/embedded';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { createDataSource, createPool, migrate } from '@app/read-models/database';
import { verify, type VerifyReport } from '@app/read-models/operations/verify';
import { rebuild, THREADS } from '@app/read-models/rebuild/rebuild';
import { fillHistory } from './histories';
import { cpuMs, memoryOf } from './process-usage';
import { printTable } from './table';

const EVENTS = 100_000;

type Result = VerifyReport & { cpuSeconds: number; peakMb: number | string };

/** Fills the tables, unless they are filled, or verifies them. */
async function work(what: string, eventStoreUrl: string, databaseUrl: string): Promise<Result | undefined> {
  const eventStore = connectEventStoreDb(eventStoreUrl);
  const pool = createPool(databaseUrl);
  try {
    if (what === 'verify') {
      const report = await verify({ pool, eventStore });
      return { ...report, cpuSeconds: (cpuMs(process.pid) ?? 0) / 1_000, peakMb: memoryOf(process.pid)['peak MB'] };
    }
    const dataSource = await createDataSource(databaseUrl).initialize();
    await migrate(dataSource);
    await dataSource.destroy();
    await rebuild({ pool, eventStore, threads: THREADS });
    return undefined;
  } finally {
    await pool.end();
    await eventStore.close();
  }
}

/** Works in a process of its own, so that its memory and CPU time are known. @throws Error when it fails */
async function inProcess(what: string, eventStoreUrl: string, databaseUrl: string): Promise<Result | undefined> {
  const child = fork(__filename, [what, eventStoreUrl, databaseUrl]);
  let result: Result | undefined;
  child.on('message', (message: Result) => (result = message));
  const [code] = (await once(child, 'exit')) as number[];
  if (code !== 0) throw new Error(`${what} ended with ${code}`);
  return result;
}

/** Time and memory of `verify` over so many small events, on embedded servers. */
export async function benchVerify(count = EVENTS): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-verify-'));
  await fillHistory(join(dataDir, 'event-store'), { events: count });
  const servers = await startEmbedded({ dataDir, eventStore: true, postgres: true, log: () => {} });
  const urls = [servers.eventStoreUrl ?? '', servers.databaseUrl ?? ''] as const;
  try {
    await inProcess('rebuild', ...urls);
    const result = await inProcess('verify', ...urls);
    if (result === undefined) throw new Error('verify gave no result');
    const { verified, differences, seconds, cpuSeconds, peakMb } = result;
    printTable(`Verify: ${count} small events`, [
      {
        purchases: verified,
        differences,
        seconds: seconds.toFixed(1),
        'events/s': Math.round(count / seconds),
        'CPU s': cpuSeconds.toFixed(1),
        'peak MB': peakMb,
      },
    ]);
  } finally {
    await servers.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

if (require.main === module)
  void work(process.argv[2] ?? '', process.argv[3] ?? '', process.argv[4] ?? '').then((result) =>
    process.send?.(result ?? null, () => process.disconnect()),
  );
