import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { SqlRow } from '../projection/sql-values';
import type { Columns } from '../tables';

/** The size of one message in bytes. */
const CHUNK_BYTES = 2 ** 19;
const FIRST_CAPACITY = 2 ** 16;
/** The memory in bytes that is kept for the next rows. */
const MAX_SPARE = 2 ** 24;
/** A longer value is encoded separately, because joining and flattening it takes longer than encoding it. */
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
const JSON_COLUMNS: ReadonlySet<string> = new Set(['data', 'document', 'packages', 'remainder']);
const NUMBERS: ReadonlySet<string> = new Set(['bigint', 'numeric']);

const cellOf = ([name, type]: Columns[number]): Cell => {
  if (NUMBERS.has(type)) return (value) => value;
  return JSON_COLUMNS.has(name) ? escapedJson : escaped;
};

/**
 * Encodes rows of one table in the text format of COPY. The bytes are outside the heap: rows that wait there as text made garbage collection take a
 * quarter of the time of a rebuild.
 */
export class RowEncoder {
  private readonly cells: readonly (readonly [name: string, cell: Cell])[];
  private buffer: Buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  private length = 0;
  private spare?: Buffer;

  constructor(columns: Columns) {
    this.cells = columns.map((column) => [column[0], cellOf(column)]);
  }

  /** The number of bytes. */
  get size(): number {
    return this.length;
  }

  /** @throws RangeError, with nothing added, for a row that is longer than a buffer can be */
  add(row: SqlRow): void {
    const start = this.length;
    try {
      this.encode(row);
    } catch (error) {
      this.length = start;
      throw error;
    }
  }

  /** Removes the rows after the first `size` bytes. */
  truncate(size: number): void {
    this.length = size;
  }

  /** Returns the rows and clears the list. */
  take(): Buffer {
    const { buffer, length } = this;
    this.buffer = this.spare ?? Buffer.allocUnsafeSlow(FIRST_CAPACITY);
    this.spare = undefined;
    this.length = 0;
    return buffer.subarray(0, length);
  }

  /** Reuses the memory of written rows, because new memory costs a page fault for every 4 KiB. */
  reuse(rows: Buffer): void {
    if (rows.buffer.byteLength <= MAX_SPARE) this.spare = Buffer.from(rows.buffer);
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

/** Loads encoded rows by COPY. @throws the error of Postgres, with nothing loaded */
export async function copyRows(client: ClientBase, table: string, columns: Columns, rows: Buffer): Promise<void> {
  if (rows.length === 0) return;
  const stream = client.query(copyFrom(`copy ${table} (${columns.map(([name]) => name).join(', ')}) from stdin`));
  const ended = finished(stream);
  // Observed below; without a handler, a failure during a wait would be unhandled.
  ended.catch(() => {});
  for (let at = 0; at < rows.length; at += CHUNK_BYTES)
    if (!stream.write(rows.subarray(at, at + CHUNK_BYTES))) await Promise.race([once(stream, 'drain'), ended]);
  stream.end();
  await ended;
}
