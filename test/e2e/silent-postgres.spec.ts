import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { parse } from 'pg-connection-string';
import type { DataSource } from 'typeorm';
import { createDataSource, createPool, migrate, queryableOf } from '@app/read-models/database';
import { operationsHere } from '@app/read-models/operations/operations';
import { RebuildRuns } from '@app/read-models/operations/rebuild-runs';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { ReadModelPosition } from '@app/read-models/queries/read-model-position';
import { LIVE } from '@app/read-models/tables';
import { toProblem } from '../../apps/api/src/http/problems/problem.filter';
import { MemoryEventStore } from '../memory-event-store';
import { TcpProxy } from '../network/tcp-proxy';
import { createDatabase } from '../postgres';

/** Reads end with 503 and Retry-After when Postgres does not respond. */
describe('reads while Postgres does not respond', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let dataSource: DataSource;
  let queries: PurchaseQueries;
  let pool: Pool;

  beforeEach(async () => {
    database = await createDatabase();
    dataSource = await createDataSource(database.url, 200).initialize();
    await migrate(dataSource);
    queries = new PurchaseQueries(dataSource);
    pool = new Pool({ connectionString: database.url });
  });
  afterEach(async () => {
    await pool.end();
    await dataSource.destroy();
    await database.drop();
  });

  const list = async (): Promise<unknown[]> => {
    const { chunks } = await queries.list('demo', {}, { limit: 1, offset: 0 });
    const rows: unknown[] = [];
    for await (const chunk of chunks) rows.push(...chunk);
    return rows;
  };
  const read = (): Promise<unknown> => list().catch((error: unknown) => toProblem(error).code);

  it('end with 503 when a table is locked', async () => {
    const holder = await pool.connect();
    await holder.query(`begin; lock table ${LIVE}.purchases in access exclusive mode`);
    expect(await read()).toBe('read-model-unavailable');
    await holder.query('rollback');
    holder.release();
    expect(await read()).toEqual([]);
  });

  it('end with 503 when the server hangs', async () => {
    expect(await read()).toEqual([]);
    const { rows } = await pool.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
    );
    for (const { pid } of rows) process.kill(pid, 'SIGSTOP');
    const answer = await read();
    for (const { pid } of rows) process.kill(pid, 'SIGCONT');
    expect(answer).toBe('read-model-unavailable');
    expect(await read()).toEqual([]);
  });

  async function throughProxy(): Promise<{ proxy: TcpProxy; url: string }> {
    const { host, user, database: name } = parse(database.url);
    const proxy = await TcpProxy.to(`${host}/.s.PGSQL.5432`);
    return { proxy, url: `postgresql://${user}@127.0.0.1:${proxy.port}/${name}` };
  }

  it.each([
    ['of a page', () => queries.siteTimeline('demo', 'oldest-first', {}, { limit: 1 })],
    ['of the position', () => new ReadModelPosition(dataSource).waitFor({ commit: 0n, prepare: 0n }, 0)],
    ['of the state', () => queryableOf(dataSource).query('select 1')],
    ['of readiness', () => queries.isReady()],
  ])('use no connection again on which a read %s was not answered', async (_, readOnce) => {
    const { proxy, url } = await throughProxy();
    await dataSource.destroy();
    dataSource = await createDataSource(url, 200).initialize();
    queries = new PurchaseQueries(dataSource);
    await readOnce();
    proxy.halfOpen();
    await expect(readOnce()).rejects.toThrow('Query read timeout');
    await expect(readOnce()).resolves.toBeDefined();
    await proxy.close();
  });

  it('end the operations of calls too, and leave their pool usable', async () => {
    const { proxy, url } = await throughProxy();
    const operations = createPool(url, 200);
    const runs = new RebuildRuns(operations, operationsHere(operations, new MemoryEventStore()));
    const finds = (): Promise<unknown>[] => Array.from({ length: 4 }, () => runs.find(randomUUID()));
    await Promise.all(finds());
    proxy.halfOpen();
    for (const find of finds()) await expect(find).rejects.toThrow('Query read timeout');
    await expect(runs.find(randomUUID())).resolves.toBeUndefined();
    await operations.end();
    await proxy.close();
  });
});
