import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EventRecord } from './event-record';
import { FORMAT, isOutOfSpace, LogFile } from './log-file';
import { encodeRecord, LoggedEvent, seal } from './record';
import { DiskFull } from './refusal';
import type { StreamHead } from './stream-head';
import { StreamIndex } from './stream-index';

/** So many events may be in the log alone before the index is written: as many are read again at the start after a kill. */
const FLUSH_EVERY = 20_000;
/** Appends wait for the index when it is so far behind, or cannot be written. */
const MOST_UNFLUSHED = 200_000;
/** A disk counts as full until no write failed for so long. */
const SPACE_AGAIN_MS = 10_000;

/** The log and its index as one: events are staged, then written together. Readers see only what is on disk. */
export class LogStore {
  private staged: Buffer[] = [];
  private stagedAt = new Map<number, Buffer>();
  private stagedBytes = 0;
  private writing?: Promise<void>;
  /** So many events have come since the start. */
  added = 0;
  /** Called when the disk is found to be full, and when writes succeed again and have done so for a while. */
  onFull?: (isFull: boolean) => void;
  private fullAt?: number;

  private constructor(
    private readonly file: LogFile,
    private readonly index: StreamIndex,
  ) {}

  /** @throws Error when the folder was written in another format, or the log is not the one of its index */
  static async open(folder: string, maxBytes?: number): Promise<LogStore> {
    if (existsSync(join(folder, 'log.lmdb')))
      throw new Error(`${folder} is of format 1; this version reads format ${FORMAT}`);
    const file = new LogFile(join(folder, 'events.log'), maxBytes);
    const index = new StreamIndex(folder);
    const store = new LogStore(file, index);
    try {
      await store.recover(folder);
      return store;
    } catch (error) {
      await store.close(false);
      throw error;
    }
  }

  private async recover(folder: string): Promise<void> {
    const { last, end } = this.index.indexed();
    if (last > 0 && !this.file.holds(last, end))
      throw new Error(`the log in ${folder} is not whole: it ends before byte ${end}, where its index says it was`);
    await this.file.recover(end, last, (event) => {
      this.index.recover(event);
      return this.index.unflushed < FLUSH_EVERY ? undefined : this.index.flush();
    });
  }

  /** The position of the last event that is on disk; 0: there is none. */
  lastPosition(): number {
    return this.file.last;
  }

  /** Behind that event: where the next will begin. */
  end(): number {
    return this.file.end;
  }

  head(name: string): StreamHead | undefined {
    return this.index.head(name);
  }

  positionOf(stream: number, revision: number): number | undefined {
    return this.index.positionOf(stream, revision);
  }

  nextStreamNumber(): number {
    return this.index.nextStream();
  }

  /** The event at a position; undefined where none begins there. */
  at(position: number): LoggedEvent | undefined {
    const staged = this.stagedAt.get(position);
    return staged === undefined ? this.file.at(position) : new LoggedEvent(staged);
  }

  /** Events from a position to another (both inclusive), read lazily. */
  range(from: number, to: number): Iterable<LoggedEvent> {
    return this.file.forwards(from, to);
  }

  /** Events before a position, downwards, read lazily. */
  rangeBefore(position: number): Iterable<LoggedEvent> {
    return this.file.backwards(position);
  }

  /** The events of a stream from one revision to another (both inclusive, downwards where from > to), read lazily. */
  *streamRange(stream: number, from: number, to: number): Iterable<LoggedEvent> {
    const step = from > to ? -1 : 1;
    for (let revision = from; revision !== to + step; revision += step) {
      const position = this.positionOf(stream, revision);
      const event = position === undefined ? undefined : this.at(position);
      if (event !== undefined) yield event;
    }
  }

  /** Runs a write: what it adds is stored whole or not at all, and seen by the next one at once. Not on disk before `commit`. */
  stage<T>(write: () => T): T {
    const first = this.staged.length;
    const result = this.index.seeingStaged(write);
    for (let index = first; index < this.staged.length; index++) {
      const record = this.staged[index];
      if (record !== undefined) seal(record, index === this.staged.length - 1);
    }
    return result;
  }

  /** Adds one event to the write that is being staged. Its position. */
  add(stream: number, event: EventRecord): number {
    const position = this.file.end + this.stagedBytes;
    const record = encodeRecord(event, stream, position);
    this.staged.push(record);
    this.stagedAt.set(position, record);
    this.stagedBytes += record.length;
    this.index.stage(new LoggedEvent(record));
    return position;
  }

  /** Writes what is staged; resolves when it is on disk. `alone`: nothing waits to be staged. @throws DiskFull: none of it is stored */
  async commit(alone = false): Promise<void> {
    const [records, bytes] = [this.staged, this.stagedBytes];
    this.staged = [];
    this.stagedAt = new Map();
    this.stagedBytes = 0;
    if (records.length === 0) return;
    this.writing = this.write(records, bytes, alone);
    await this.writing;
    this.added += records.length;
    // One that fails is tried again with the next group, and is waited for when too much of it is left.
    if (this.index.unflushed >= FLUSH_EVERY) this.index.flush().catch(() => {});
  }

  private async write(records: readonly Buffer[], bytes: number, alone: boolean): Promise<void> {
    try {
      if (this.index.unflushed >= MOST_UNFLUSHED) await this.index.flush();
      await this.file.append(records, bytes, alone);
      this.index.keepStaged();
      this.noteSpace();
    } catch (error) {
      this.index.dropStaged();
      const isFull = error instanceof DiskFull || isOutOfSpace(error);
      if (isFull) this.noteFull();
      throw isFull ? new DiskFull() : error;
    }
  }

  private noteFull(): void {
    if (this.fullAt === undefined) this.onFull?.(true);
    this.fullAt = Date.now();
  }

  /** On a disk that is nearly full small appends succeed between large ones that do not. */
  private noteSpace(): void {
    if (this.fullAt === undefined || Date.now() - this.fullAt < SPACE_AGAIN_MS) return;
    this.fullAt = undefined;
    this.onFull?.(false);
  }

  async close(flush = true): Promise<void> {
    await this.writing?.catch(() => {});
    if (flush) await this.index.flush().catch(() => {});
    await this.index.close();
    await this.file.close();
  }
}
