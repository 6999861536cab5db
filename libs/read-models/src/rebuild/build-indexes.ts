import type { PoolClient } from 'pg';
import { isRefusalOfValue } from '../projection/postgres-errors';
import { inSavepoint } from '../with-client';
import { type createIndexes, PURCHASE_TABLES } from '../tables';

/**
 * Creates keys and indexes over loaded rows, in the transaction of the caller. If a row does not fit into an index, the
 * rows are moved into indexed tables instead, by bisection over purchases, and purchases with refused rows are
 * excluded. @returns the excluded purchases
 */
export async function buildIndexes(
  client: PoolClient,
  schema: string,
  create: typeof createIndexes,
): Promise<string[]> {
  try {
    await inSavepoint(client, () => client.query(create(schema)));
    return [];
  } catch (error) {
    if (!isRefusalOfValue(error)) throw error;
  }
  const refused: string[] = [];
  for (const { name: table } of PURCHASE_TABLES)
    await client.query(`
      alter table ${schema}.${table} rename to ${table}_loaded;
      create table ${schema}.${table} (like ${schema}.${table}_loaded including all)`);
  await client.query(create(schema));
  for (const { name: table, key } of PURCHASE_TABLES) {
    await moveRows(client, schema, table, key, undefined, refused);
    await client.query(`drop table ${schema}.${table}_loaded`);
  }
  return refused;
}

interface Range {
  first: string;
  last: string;
}

/** Moves the rows of a range of purchases, all or in halves. */
async function moveRows(
  client: PoolClient,
  schema: string,
  table: string,
  column: string,
  range: Range | undefined,
  refused: string[],
): Promise<void> {
  const where = range === undefined ? '' : `where ${column} between $1 and $2`;
  const values = range === undefined ? [] : [range.first, range.last];
  try {
    await inSavepoint(client, () =>
      client.query(`insert into ${schema}.${table} select * from ${schema}.${table}_loaded ${where}`, values),
    );
  } catch (error) {
    if (!isRefusalOfValue(error)) throw error;
    const { rows } = await client.query<{ half: string; id: string; count: string }>(
      `select (row_number() over (order by id) - 1) * 2 / count(*) over () as half, id
       from (select distinct ${column} as id from ${schema}.${table}_loaded ${where}) as ids`,
      values,
    );
    const [only] = rows;
    if (only !== undefined && rows.length === 1) return void refused.push(only.id);
    for (const half of ['0', '1']) {
      const ids = rows.filter((row) => row.half === half).map(({ id }) => id);
      const [first, last] = [ids[0], ids.at(-1)];
      if (first !== undefined && last !== undefined)
        await moveRows(client, schema, table, column, { first, last }, refused);
    }
  }
}
