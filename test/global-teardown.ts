import { rmSync } from 'node:fs';
import type { EmbeddedPostgres } from '../libs/embedded/src/postgres/embedded-postgres';

export default async function globalTeardown(): Promise<void> {
  const { testPostgres } = globalThis as unknown as { testPostgres: { postgres: EmbeddedPostgres; dataDir: string } };
  await testPostgres.postgres.stop();
  rmSync(testPostgres.dataDir, { recursive: true, force: true });
}
