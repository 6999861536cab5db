import type { Pool, QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';

/**
 * Runs a statement that each connection plans once, under a name of its own. TypeORM prepares no statement, so Postgres would plan a lookup for
 * longer than it runs it. The text of a name must not change: a connection keeps each.
 */
export async function prepared<T extends QueryResultRow>(
  dataSource: DataSource,
  statement: { name: string; text: string },
  values: unknown[],
): Promise<T[]> {
  // The pool of TypeORM's driver for Postgres, with its time-outs.
  const { master } = dataSource.driver as unknown as { master: Pool };
  const { rows } = await master.query<T>({ ...statement, values });
  return rows;
}
