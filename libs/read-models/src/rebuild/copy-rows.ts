import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PoolClient } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { isRefusalOfValue } from '../projection/postgres-errors';
import type { SqlRow } from '../projection/sql-values';
import type { Columns } from '../tables';

const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escaped = (text: string): string => text.replace(/[\\\n\r\t]/g, (char) => ESCAPES[char] ?? char);

const cell = (value: string | null | undefined): string =>
  value === null || value === undefined ? '\\N' : escaped(value);

async function copy(client: PoolClient, table: string, columns: Columns, rows: readonly SqlRow[]): Promise<void> {
  const lines = function* (): Iterable<string> {
    for (const row of rows) yield `${columns.map(([name]) => cell(row[name])).join('\t')}\n`;
  };
  const sql = `copy ${table} (${columns.map(([name]) => name).join(', ')}) from stdin`;
  await pipeline(Readable.from(lines()), client.query(copyFrom(sql)));
}

/**
 * Loads rows by COPY; where Postgres refuses some, finds them by halving and loads the others. Each COPY is a transaction of its own.
 * @returns the refused rows
 */
export async function copyRows(
  client: PoolClient,
  table: string,
  columns: Columns,
  rows: readonly SqlRow[],
): Promise<SqlRow[]> {
  if (rows.length === 0) return [];
  try {
    await copy(client, table, columns, rows);
    return [];
  } catch (error) {
    if (!isRefusalOfValue(error)) throw error;
    if (rows.length === 1) return [...rows];
    const middle = Math.ceil(rows.length / 2);
    return [
      ...(await copyRows(client, table, columns, rows.slice(0, middle))),
      ...(await copyRows(client, table, columns, rows.slice(middle))),
    ];
  }
}
