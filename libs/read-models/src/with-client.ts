import type { Pool, PoolClient } from 'pg';

/**
 * Lends a connection of the pool for some work. One on which the work failed is closed, not used again.
 * @param keep false: it is closed in any case, and with it what the session holds, locks and temporary tables
 */
export async function withClient<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  { keep = true } = {},
): Promise<T> {
  const client = await pool.connect();
  // Without a listener, a connection that Postgres ends would end the process; the next query fails.
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
