import { rmSync } from 'node:fs';
import type { EmbeddedPostgres } from '../libs/embedded/src/postgres/embedded-postgres';

export default async function globalTeardown(): Promise<void> {
  // Once nothing is open any more: without it, Node.js 20 releases its environment before it ends, and was seen to loop there forever after all tests
  // had passed.
  process.once('beforeExit', () => process.exit());
  const { testPostgres } = globalThis as unknown as { testPostgres: { postgres: EmbeddedPostgres; dataDir: string } };
  await testPostgres.postgres.stop();
  rmSync(testPostgres.dataDir, { recursive: true, force: true });
}
