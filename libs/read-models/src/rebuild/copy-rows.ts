import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { isRefusalOfValue } from '../projection/postgres-errors';
import type { SqlRow } from '../projection/sql-values';
import type { Columns } from '../tables';

/** Bytes that are sent at once. */
const CHUNK_BYTES = 2 ** 19;
const FIRST_CAPACITY = 2 ** 16;
/** A longer value is encoded on its own: joining and flattening it takes longer than encoding it. */
const LONG_VALUE = 256;
const MAX_BYTES_PER_CHAR = 3;

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

/** Rows in the text format of COPY. */
export interface EncodedRows {
  bytes: Buffer;
  /** The offset after each row. */
  ends: readonly number[];
  /** The purchase of each row. */
  purchases: readonly string[];
}

/**
 * Encodes rows of one table as they are added. The bytes are outside the heap: rows that wait there as text made garbage collection take a quarter of
 * the time of a rebuild.
 */
export class RowEncoder {
  private readonly cells: readonly (readonly [name: string, cell: Cell])[];
  private buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  private length = 0;
  private ends: number[] = [];
  private purchases: string[] = [];

  constructor(columns: Columns) {
    this.cells = columns.map((column) => [column[0], cellOf(column)]);
  }

  /** The number of bytes. */
  get size(): number {
    return this.length;
  }

  /** @throws RangeError, with nothing added, for a row that is longer than a buffer can be */
  add(purchaseId: string, row: SqlRow): void {
    const start = this.length;
    try {
      this.encode(row);
    } catch (error) {
      this.length = start;
      throw error;
    }
    this.ends.push(this.length);
    this.purchases.push(purchaseId);
  }

  /** Returns the rows and starts anew. */
  take(): EncodedRows {
    const { buffer, length, ends, purchases } = this;
    this.buffer = Buffer.allocUnsafeSlow(buffer.length);
    this.length = 0;
    [this.ends, this.purchases] = [[], []];
    return { bytes: buffer.subarray(0, length), ends, purchases };
  }

  private encode(row: SqlRow): void {
    let text = '';
    let separator = '';
    for (const [name, cell] of this.cells) {
      const value = row[name];
      text += separator;
      separator = '\t';
      if (value === null || value === undefined) text += '\\N';
      else if (value.length < LONG_VALUE) text += cell(value);
      else {
        this.write(text);
        this.write(cell(value));
        text = '';
      }
    }
    this.write(`${text}\n`);
  }

  private write(text: string): void {
    const needed = this.length + text.length * MAX_BYTES_PER_CHAR;
    if (needed > this.buffer.length) this.grow(needed);
    this.length += this.buffer.write(text, this.length);
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

async function copy(client: ClientBase, table: string, columns: Columns, bytes: Buffer): Promise<void> {
  const sql = `copy ${table} (${columns.map(([name]) => name).join(', ')}) from stdin`;
  const stream = client.query(copyFrom(sql));
  const ended = finished(stream);
  // Observed below; without a handler, a failure during a wait would be unhandled.
  ended.catch(() => {});
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    if (!stream.write(bytes.subarray(at, at + CHUNK_BYTES))) await Promise.race([once(stream, 'drain'), ended]);
  stream.end();
  await ended;
}

/** A part of encoded rows, by their numbers. */
function part({ bytes, ends, purchases }: EncodedRows, from: number, to: number): EncodedRows {
  const start = ends[from - 1] ?? 0;
  return {
    bytes: bytes.subarray(start, ends[to - 1]),
    ends: ends.slice(from, to).map((end) => end - start),
    purchases: purchases.slice(from, to),
  };
}

/**
 * Loads rows by COPY, each COPY in a transaction of its own. When Postgres refuses rows, bisection finds them and the others are loaded.
 * @returns the purchases of the refused rows
 */
export async function copyRows(
  client: ClientBase,
  table: string,
  columns: Columns,
  rows: EncodedRows,
): Promise<string[]> {
  const { length } = rows.purchases;
  if (length === 0) return [];
  try {
    await copy(client, table, columns, rows.bytes);
    return [];
  } catch (error) {
    if (!isRefusalOfValue(error)) throw error;
    if (length === 1) return [...rows.purchases];
    const middle = Math.ceil(length / 2);
    return [
      ...(await copyRows(client, table, columns, part(rows, 0, middle))),
      ...(await copyRows(client, table, columns, part(rows, middle, length))),
    ];
  }
}
