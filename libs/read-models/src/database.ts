import { setTimeout as pause } from 'node:timers/promises';
import { Pool, type QueryConfig } from 'pg';
import { parse } from 'pg-connection-string';
import { DataSource, type QueryRunner } from 'typeorm';
import { ReadModel1764000000000 } from './migrations/1764000000000-read-model';
import { Rebuilds1764200000000 } from './migrations/1764200000000-rebuilds';
import { Operations1764300000000 } from './migrations/1764300000000-operations';
import { prepared } from './queries/prepared';
import { refusePooler } from './refuse-pooler';
import type { Queryable } from './projection/batch-writer';
import { createIndexes, createTables, LIVE } from './tables';

const CONNECT_TIMEOUT_MS = 3_000;
/** Statement timeout in Postgres of calls, for example when a statement waits for a lock. */
export const READ_TIMEOUT_MS = 10_000;
/** The client gives up this much later when Postgres does not respond. */
const RESPONSE_MARGIN_MS = 2_000;

/** TypeORM data source for migrations and reads. Connects at `initialize()`. */
export function createDataSource(url: string, readTimeoutMs = READ_TIMEOUT_MS): DataSource {
  const { host, port, user, password, database, ssl } = parse(url);
  return new DataSource({
    type: 'postgres',
    host: host ?? 'localhost',
    port: Number(port ?? 5432),
    username: user,
    password,
    database: database ?? 'purchasing',
    ssl: ssl === undefined || ssl === false ? false : (ssl as object),
    migrations: [ReadModel1764000000000, Rebuilds1764200000000, Operations1764300000000],
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolSize: 10,
    extra: { statement_timeout: readTimeoutMs, query_timeout: readTimeoutMs + RESPONSE_MARGIN_MS },
    // An idle connection that breaks must not end the process; the next query opens another one.
    poolErrorHandler: () => {},
  });
}

/** Queries through a data source. They fail while it has never been connected. */
export const queryableOf = (dataSource: DataSource): Queryable => ({
  query: async (sql, values) => {
    if (!dataSource.isInitialized) throw new Error('Postgres has not answered yet');
    return { rows: await prepared(dataSource, { text: sql }, values) };
  },
});

/** Queries through a pool, each of which fails when Postgres does not answer it in time, for instance because its host is gone. */
export const boundedQueries = (pool: Pool, timeoutMs = READ_TIMEOUT_MS): Queryable => ({
  query: (text, values) => pool.query({ text, values, query_timeout: timeoutMs } as QueryConfig),
});

/**
 * Connection pool for raw SQL.
 * @param timeoutMs the time that a statement may take. Absent: any time, for a projector, which has limits of its own, and for long operations
 */
export function createPool(url: string, timeoutMs?: number): Pool {
  const limits =
    timeoutMs === undefined ? {} : { statement_timeout: timeoutMs, query_timeout: timeoutMs + RESPONSE_MARGIN_MS };
  const pool = new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: CONNECT_TIMEOUT_MS, ...limits });
  pool.on('error', () => {});
  return pool;
}

const MIGRATION_LOCK = `hashtext('purchasing migrations')`;
const LOCK_RETRY_MS = 100;
/** A longer wait is reported: large tables are migrated for minutes. */
const REPORT_AFTER_MS = 3_000;

/**
 * Runs the migrations and creates missing tables. Returns the names of the migrations that ran. A lock serialises processes that start at the same
 * time.
 * @param log gets one line when the process waits for another one
 * @throws PoolerRefused
 */
export async function migrate(dataSource: DataSource, log: (line: string) => void = () => {}): Promise<string[]> {
  await refusePooler(dataSource);
  // A session lock belongs to one connection, so it has its own. It is polled, because waiting would exceed the statement timeout.
  const lock = dataSource.createQueryRunner();
  try {
    for (let waited = 0; !(await tryLock(lock)); waited += LOCK_RETRY_MS) {
      if (waited === REPORT_AFTER_MS) log('another process is migrating the read model: waiting until it is done');
      await pause(LOCK_RETRY_MS);
    }
    const run = await dataSource.runMigrations({ transaction: 'each' });
    await ensureTables(dataSource);
    await lock.query(`select pg_advisory_unlock(${MIGRATION_LOCK})`);
    return run.map(({ name }) => name);
  } catch (error) {
    await lock.query('select pg_advisory_unlock_all()').catch(() => {});
    throw error;
  } finally {
    await lock.release();
  }
}

async function tryLock(lock: QueryRunner): Promise<boolean> {
  const [row] = (await lock.query(`select pg_try_advisory_lock(${MIGRATION_LOCK}) as locked`)) as { locked: boolean }[];
  return row?.locked === true;
}

async function ensureTables(dataSource: DataSource): Promise<void> {
  const [found] = await dataSource.query<{ ok: boolean }[]>(
    `select to_regclass('${LIVE}.checkpoints') is not null as ok`,
  );
  if (found?.ok === true) return;
  await dataSource.transaction(async (manager) => {
    await manager.query(`drop schema if exists ${LIVE} cascade`);
    await manager.query(createTables(LIVE));
    await manager.query(createIndexes(LIVE));
  });
}
