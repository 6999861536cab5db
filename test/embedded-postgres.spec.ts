import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { startPostgres } from '@app/embedded/postgres/embedded-postgres';
import { clusterFolder } from '@app/embedded/postgres/cluster';

/** The first start creates a cluster. */
jest.setTimeout(120_000);

async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => {});
  return client
    .connect()
    .then(() => client.query('select 1'))
    .then(() => true)
    .catch(() => false)
    .finally(() => client.end().catch(() => {}));
}

describe('the process of the embedded Postgres', () => {
  it('is started again until it answers, and not when it is stopped', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'postgres-'));
    const lines: string[] = [];
    const server = await startPostgres({ dataDir, log: (line) => lines.push(line) });
    const file = join(clusterFolder(dataDir), 'postgresql.conf');
    const failures = (): number => lines.filter((line) => line.includes('did not start')).length;
    renameSync(file, `${file}.away`);
    process.kill(server.pid() ?? 0, 'SIGKILL');
    while (failures() < 2) await pause(10);
    expect(await answers(server.url)).toBe(false);
    renameSync(`${file}.away`, file);
    while (!(await answers(server.url))) await pause(10);

    const last = server.pid();
    process.kill(last ?? 0, 'SIGKILL');
    const count = lines.length;
    while (lines.length === count) await pause(1);
    await server.stop();
    await pause(500);
    expect(server.pid()).toBe(last);
    expect(readdirSync(clusterFolder(dataDir))).not.toContain('postmaster.pid');
    rmSync(dataDir, { recursive: true, force: true });
  });
});
