import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '@app/embedded/embedded';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { createPool } from '@app/read-models/database';
import { verify, type VerifyReport } from '@app/read-models/operations/verify';
import { fillHistory } from './histories';
import { cpuMs, memoryOf } from './process-usage';
import { rebuildOnce } from './rebuild';
import { printTable } from './table';

const EVENTS = 100_000;

type Result = VerifyReport & { cpuSeconds: number; peakMb: number | string };

async function verifyOnce(eventStoreUrl: string, databaseUrl: string): Promise<Result> {
  const eventStore = connectEventStoreDb(eventStoreUrl);
  const pool = createPool(databaseUrl);
  const report = await verify({ pool, eventStore });
  await pool.end();
  await eventStore.close();
  return { ...report, cpuSeconds: (cpuMs(process.pid) ?? 0) / 1_000, peakMb: memoryOf(process.pid)['peak MB'] };
}

/** Verifies in a process of its own, so that its memory and CPU time are known. @throws Error when it fails */
async function measure(urls: readonly string[]): Promise<Result> {
  const child = fork(__filename, urls);
  let result: Result | undefined;
  child.on('message', (message: Result) => (result = message));
  const [code] = (await once(child, 'exit')) as number[];
  if (result === undefined) throw new Error(`verify ended with ${code}`);
  return result;
}

/**
 * Time and memory of `verify` over a number of small events, on embedded servers. BENCH_DATA_DIR names a folder with the history of that number and its
 * tables, as `rebuild COUNT` leaves them.
 */
export async function benchVerify(count = EVENTS): Promise<void> {
  const kept = process.env.BENCH_DATA_DIR;
  const dataDir = kept ?? mkdtempSync(join(tmpdir(), 'bench-verify-'));
  if (kept === undefined) await fillHistory(join(dataDir, 'event-store'), { events: count });
  const servers = await startEmbedded({ dataDir, eventStore: true, postgres: true, log: () => {} });
  const urls = [servers.eventStoreUrl ?? '', servers.databaseUrl ?? ''] as const;
  try {
    if (kept === undefined) await rebuildOnce(...urls);
    const { verified, differences, seconds, cpuSeconds, peakMb } = await measure(urls);
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
    if (kept === undefined) rmSync(dataDir, { recursive: true, force: true });
  }
}

if (require.main === module)
  void verifyOnce(process.argv[2] ?? '', process.argv[3] ?? '').then((result) =>
    process.send?.(result, () => process.disconnect()),
  );
