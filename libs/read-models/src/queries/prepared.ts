import type { Pool, QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';

/** Without a name, the statement is planned for its values each time. */
export interface Statement {
  name?: string;
  text: string;
}

/**
 * Runs a statement; each connection plans one with a name once. TypeORM prepares no statements, so Postgres would plan a lookup for longer than
 * it runs it. Each name must always have the same text, because connections keep prepared statements. A connection on which a statement failed is
 * closed: TypeORM would lend one again that did not answer.
 */
export async function prepared<T extends QueryResultRow>(
  dataSource: DataSource,
  statement: Statement,
  values?: unknown[],
): Promise<T[]> {
  // The pool of TypeORM's Postgres driver, with its timeouts.
  const { master } = dataSource.driver as unknown as { master: Pool };
  const { rows } = await master.query<T>({ ...statement, values });
  return rows;
}
