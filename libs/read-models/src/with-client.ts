import type { Pool, PoolClient } from 'pg';

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
