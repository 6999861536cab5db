import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';
import { parse } from 'pg-connection-string';
import { DataSource, type QueryRunner } from 'typeorm';
import { ReadModel1764000000000 } from './migrations/1764000000000-read-model';
import { Rebuilds1764200000000 } from './migrations/1764200000000-rebuilds';
import { createIndexes, createTables, LIVE } from './tables';

/** Long enough for a busy machine, short enough for a caller who waits. */
const CONNECT_TIMEOUT_MS = 3_000;
/** Longer than any read takes. Postgres itself ends a statement that waits so long, behind a lock say; if it is silent, the caller gives up. */
const READ_TIMEOUT_MS = 10_000;
const RESPONSE_MARGIN_MS = 2_000;

/** Postgres as TypeORM sees it: for migrations and reads. Connects at `initialize()`. */
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
    migrations: [ReadModel1764000000000, Rebuilds1764200000000],
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolSize: 10,
    extra: { statement_timeout: readTimeoutMs, query_timeout: readTimeoutMs + RESPONSE_MARGIN_MS },
    // A connection that breaks while idle is not the end of the process; the next query takes another.
    poolErrorHandler: () => {},
  });
}

/** Postgres for the projector: raw SQL in transactions of its own. */
export function createPool(url: string): Pool {
  const pool = new Pool({ connectionString: url, max: 4, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  pool.on('error', () => {});
  return pool;
}

const MIGRATION_LOCK = `hashtext('purchasing migrations')`;
const LOCK_RETRY_MS = 100;

/**
 * Brings the tables to this version; makes them anew where somebody dropped them. Returns the names of the migrations that were run. Processes that
 * start at the same time do it one after the other.
 */
export async function migrate(dataSource: DataSource): Promise<string[]> {
  // A session lock belongs to its connection, so that connection is kept aside. It is tried for, because waiting would run into the time-out.
  const lock = dataSource.createQueryRunner();
  try {
    while (!(await tryLock(lock))) await pause(LOCK_RETRY_MS);
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
