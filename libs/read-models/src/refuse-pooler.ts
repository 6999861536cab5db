import type { DataSource, QueryRunner } from 'typeorm';

/** DATABASE_URL points to a pooler that does not keep a session on one connection to Postgres. */
export class PoolerRefused extends Error {
  override name = 'PoolerRefused';
  constructor() {
    super(
      'DATABASE_URL leads to a pooler in transaction mode, which lets sessions share a connection; migrations, rebuilds and the projector hold ' +
        'locks of their session: name Postgres itself, or a pooler in session mode',
    );
  }
}

/** The number of checks: a pooler may return the same connection by chance. */
const ROUNDS = 3;

async function backendOf(session: QueryRunner): Promise<number | undefined> {
  const [row] = (await session.query('select pg_backend_pid() as pid')) as { pid: number }[];
  return row?.pid;
}

/**
 * Checks that each session has its own backend and keeps it. A second session holds a transaction meanwhile, so a pooler in transaction mode must
 * either give both the same backend or move the first one to another.
 * @throws PoolerRefused
 */
export async function refusePooler(dataSource: DataSource): Promise<void> {
  const [one, other] = [dataSource.createQueryRunner(), dataSource.createQueryRunner()];
  try {
    for (let round = 0; round < ROUNDS; round++) {
      const before = await backendOf(one);
      await other.query('begin');
      const isShared = (await backendOf(other)) === before;
      const isMoved = !isShared && (await backendOf(one)) !== before;
      await other.query('rollback');
      if (isShared || isMoved) throw new PoolerRefused();
    }
  } finally {
    await one.release();
    await other.release();
  }
}
