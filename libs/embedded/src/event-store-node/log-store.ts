import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { EventRecord, LoggedEvent } from './event-record';
import type { StreamHead } from './stream-head';

const FORMAT = 1;
/** LMDB keys are short; a longer name stands in the index by its hash. */
const LONGEST_NAME_IN_KEY = 1_000;

const nameKey = (name: string): string =>
  Buffer.byteLength(name) <= LONGEST_NAME_IN_KEY ? `=${name}` : `#${createHash('sha256').update(name).digest('hex')}`;

type Stored = [
  stream: string,
  revision: number,
  id: string,
  type: string,
  contentType: string,
  data: Uint8Array,
  metadata: Uint8Array,
  created: number,
];

/**
 * The log in LMDB: events by position, positions by stream and revision, heads by stream name. Nothing of it is held in memory, so that opening
 * costs the same however long the log is.
 */
export class LogStore {
  private readonly root: RootDatabase;
  private readonly events: Database<Stored, number>;
  private readonly index: Database<number, [stream: number, revision: number]>;
  private readonly heads: Database<StreamHead, string>;
  private readonly counters: Database<number, string>;

  /** @throws Error when the folder was written by a newer format */
  constructor(folder: string, mapSize?: number) {
    this.root = open({
      path: join(folder, 'log.lmdb'),
      maxDbs: 8,
      noMemInit: true,
      ...(mapSize !== undefined && { mapSize }),
    });
    this.events = this.root.openDB({ name: 'events', encoding: 'msgpack' });
    this.index = this.root.openDB({ name: 'index', encoding: 'msgpack' });
    this.heads = this.root.openDB({ name: 'heads', encoding: 'msgpack' });
    this.counters = this.root.openDB({ name: 'counters', encoding: 'msgpack' });
    const format = this.counters.get('format');
    if (format !== undefined && format !== FORMAT)
      throw new Error(`${folder} is of format ${format}; this version reads format ${FORMAT}`);
    if (format === undefined) this.root.transactionSync(() => void this.counters.putSync('format', FORMAT));
  }

  /** Runs the writes of `work` in one transaction: all or none. Visible at once, on disk when `flushed` resolves. */
  write<T>(work: () => T): T {
    return this.root.transactionSync(work);
  }

  /** Resolves when all that was written is on disk. */
  async flushed(): Promise<void> {
    await this.root.flushed;
  }

  lastPosition(): number {
    return this.counters.get('position') ?? 0;
  }

  head(name: string): StreamHead | undefined {
    return this.heads.get(nameKey(name));
  }

  setHead(name: string, head: StreamHead): void {
    this.heads.putSync(nameKey(name), head);
  }

  nextStreamNumber(): number {
    const next = (this.counters.get('streams') ?? 0) + 1;
    this.counters.putSync('streams', next);
    return next;
  }

  /** Adds one event at the end of the log; the caller keeps the head. Its position. */
  add(stream: number, event: EventRecord): number {
    const position = this.lastPosition() + 1;
    const { revision, id, type, contentType, data, metadata, created } = event;
    this.events.putSync(position, [event.stream, revision, id, type, contentType, data, metadata, created]);
    if (revision >= 0) this.index.putSync([stream, revision], position);
    this.counters.putSync('position', position);
    return position;
  }

  at(position: number): LoggedEvent | undefined {
    const stored = this.events.get(position);
    return stored === undefined ? undefined : logged(position, stored);
  }

  positionOf(stream: number, revision: number): number | undefined {
    return this.index.get([stream, revision]);
  }

  /** Events from `from` to `to` (both inclusive, downwards where from > to), read lazily. */
  *range(from: number, to: number): Iterable<LoggedEvent> {
    const reverse = from > to;
    for (const { key, value } of this.events.getRange({ start: from, end: reverse ? to - 1 : to + 1, reverse }))
      yield logged(key, value);
  }

  /** The events of a stream from one revision to another (both inclusive, downwards where from > to), read lazily. */
  *streamRange(stream: number, from: number, to: number): Iterable<LoggedEvent> {
    const reverse = from > to;
    const end: [number, number] = [stream, reverse ? to - 1 : to + 1];
    for (const { value } of this.index.getRange({ start: [stream, from], end, reverse })) {
      const event = this.at(value);
      if (event !== undefined) yield event;
    }
  }

  async close(): Promise<void> {
    await this.root.flushed;
    await this.root.close();
  }
}

function logged(position: number, stored: Stored): LoggedEvent {
  const [stream, revision, id, type, contentType, data, metadata, created] = stored;
  return { position, stream, revision, id, type, contentType, data, metadata, created };
}
