import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { startPostgres } from '../libs/embedded/src/postgres/embedded-postgres';

/** Starts one Postgres for the test run (each test file uses its own database) and compiles the programs that tests start. */
export default async function globalSetup(): Promise<void> {
  execFileSync(process.execPath, ['tools/build.mjs'], { stdio: 'inherit' });
  const dataDir = mkdtempSync(join(tmpdir(), 'purchasing-test-'));
  // The data is discarded after the run, so writes need not be synced to disk.
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
