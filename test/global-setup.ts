import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { startPostgres } from '../libs/embedded/src/postgres/embedded-postgres';

/** One Postgres for all specifications of a run, each on a database of its own; and what is started as a process is compiled. */
export default async function globalSetup(): Promise<void> {
  execFileSync(process.execPath, ['tools/build.mjs'], { stdio: 'inherit' });
  const dataDir = mkdtempSync(join(tmpdir(), 'purchasing-test-'));
  // Nothing here outlives the run, so the disk need not be waited for.
  const postgres = await startPostgres({
    dataDir,
    log: () => {},
    args: ['-c', 'fsync=off', '-c', 'max_connections=200'],
  });
  process.env.TEST_DATABASE_URL = postgres.url;
  Object.assign(globalThis, { testPostgres: { postgres, dataDir } });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void postgres.stop().then(() => process.exit(130)));
}
