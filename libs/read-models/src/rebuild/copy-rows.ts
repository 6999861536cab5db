import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { isRefusalOfValue } from '../projection/postgres-errors';
import type { SqlRow } from '../projection/sql-values';
import type { Columns } from '../tables';

/** Characters of COPY text that are encoded and sent at once. */
const CHUNK_LENGTH = 2 ** 19;

const SPECIAL = /[\\\n\r\t]/;
const EVERY_SPECIAL = /[\\\n\r\t]/g;
const ESCAPES: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

const escaped = (text: string): string =>
  SPECIAL.test(text) ? text.replace(EVERY_SPECIAL, (char) => ESCAPES[char] ?? char) : text;

/** JSON text has no control characters. A search for one character is several times as fast as the regular expression. */
const escapedJson = (text: string): string => (text.includes('\\') ? text.replaceAll('\\', '\\\\') : text);

type Cell = (value: string) => string;
const JSON_COLUMNS: ReadonlySet<string> = new Set(['before', 'after', 'document', 'packages', 'state']);
const NUMBERS: ReadonlySet<string> = new Set(['bigint', 'numeric']);

const cellOf = ([name, type]: Columns[number]): Cell => {
  if (NUMBERS.has(type)) return (value) => value;
  return JSON_COLUMNS.has(name) ? escapedJson : escaped;
};

/** Rows in the text format of COPY, in chunks. */
function* chunksOf(columns: Columns, rows: readonly SqlRow[]): Iterable<Buffer> {
  const cells = columns.map((column) => [column[0], cellOf(column)] as const);
  let text = '';
  for (const row of rows) {
    let separator = '';
    for (const [name, cell] of cells) {
      const value = row[name];
      text += separator;
      text += value === null || value === undefined ? '\\N' : cell(value);
      separator = '\t';
    }
    text += '\n';
    if (text.length < CHUNK_LENGTH) continue;
    yield Buffer.from(text);
    text = '';
  }
  if (text !== '') yield Buffer.from(text);
}

async function copy(client: ClientBase, table: string, columns: Columns, rows: readonly SqlRow[]): Promise<void> {
  const sql = `copy ${table} (${columns.map(([name]) => name).join(', ')}) from stdin`;
  const stream = client.query(copyFrom(sql));
  const ended = finished(stream);
  // Observed below; without a handler, a failure during a wait would be unhandled.
  ended.catch(() => {});
  for (const chunk of chunksOf(columns, rows))
    if (!stream.write(chunk)) await Promise.race([once(stream, 'drain'), ended]);
  stream.end();
  await ended;
}

/**
 * Loads rows by COPY, each COPY in a transaction of its own. When Postgres refuses rows, bisection finds them and the others are loaded.
 * @returns the refused rows
 */
export async function copyRows(
  client: ClientBase,
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
