import type { ClientBase, Pool, PoolClient } from 'pg';

/**
 * Lends a connection of the pool to `work`. A connection on which the work failed is closed.
 * @param keep false: the connection is always closed, which ends the locks and temporary tables of its session
 */
export async function withClient<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  { keep = true } = {},
): Promise<T> {
  const client = await pool.connect();
  // Without a listener, a connection that Postgres closes would end the process; the next query fails instead.
  const ignore = (): void => {};
  client.on('error', ignore);
  let broken = true;
  try {
    const result = await work(client);
    broken = !keep;
    return result;
  } finally {
    client.off('error', ignore);
    client.release(broken);
  }
}

/** Runs `work` in a transaction, which is rolled back if it fails. */
export async function inTransaction<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    const result = await work();
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  }
}

/** Runs `work` in a savepoint of the current transaction, which is rolled back if it fails. */
export async function inSavepoint<T>(client: ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('savepoint part');
  try {
    const result = await work();
    await client.query('release savepoint part');
    return result;
  } catch (error) {
    await client.query('rollback to savepoint part; release savepoint part');
    throw error;
  }
}

/** Runs `work`. When the signal aborts, Postgres cancels the statement that runs then, which fails. */
export async function withCancelling<T>(
  pool: Pool,
  client: ClientBase,
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  let cancelled: Promise<unknown> | undefined;
  const cancel = (): void => {
    cancelled = pool.query('select pg_cancel_backend($1)', [rows[0]?.pid]).catch(() => {});
  };
  signal.addEventListener('abort', cancel);
  try {
    return await work();
  } finally {
    signal.removeEventListener('abort', cancel);
    // A later statement must not be cancelled.
    await cancelled;
  }
}
