import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { EventRecord } from './event-record';
import { FORMAT, isOutOfSpace, LogFile } from './log-file';
import { encodeRecord, LoggedEvent, seal } from './record';
import { DiskFull } from './refusal';
import type { StreamHead } from './stream-head';
import { StreamIndex } from './stream-index';

/** Number of unindexed events that triggers a flush of the index; as many are read again when the node starts after a crash. */
const FLUSH_THRESHOLD = 20_000;
/** Number of unindexed events above which appends wait for the flush, or fail if it cannot be written. */
const MAX_UNFLUSHED = 200_000;
/** Time without a failed write after which the disk is reported to have space again. */
const SPACE_RECOVERY_MS = 10_000;

/** The log and its index: events are staged, then written together. Readers see committed events only. */
export class LogStore {
  private staged: Buffer[] = [];
  private stagedAt = new Map<number, Buffer>();
  private stagedBytes = 0;
  private writing?: Promise<void>;
  /** Number of events added since the start. */
  added = 0;
  /** Called when the disk becomes full, and when writes have succeeded again for SPACE_RECOVERY_MS. */
  onFull?: (isFull: boolean) => void;
  private fullAt?: number;

  private constructor(
    private readonly file: LogFile,
    private readonly index: StreamIndex,
  ) {}

  /** @throws Error when the folder has another format, or the log does not match its index */
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
    if (last > 0 && !this.file.contains(last, end))
      throw new Error(`the log in ${folder} is not whole: it ends before byte ${end}, where its index says it was`);
    await this.file.recover(end, last, (event) => {
      this.index.recover(event);
      return this.index.unflushed < FLUSH_THRESHOLD ? undefined : this.index.flush();
    });
  }

  /** Position of the last committed event; 0 when the log is empty. */
  lastPosition(): number {
    return this.file.last;
  }

  /** Position of the next event. */
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

  /** Returns the event at a position; undefined when none begins there. */
  at(position: number): LoggedEvent | undefined {
    const staged = this.stagedAt.get(position);
    return staged === undefined ? this.file.at(position) : new LoggedEvent(staged);
  }

  /** Events between two positions, both inclusive, read lazily. */
  range(from: number, to: number): Iterable<LoggedEvent> {
    return this.file.forwards(from, to);
  }

  /** Events before a position, in descending order, read lazily. */
  rangeBefore(position: number): Iterable<LoggedEvent> {
    return this.file.backwards(position);
  }

  /** Events of a stream between two revisions, both inclusive, read lazily; in descending order when from > to. */
  *streamRange(stream: number, from: number, to: number): Iterable<LoggedEvent> {
    const step = from > to ? -1 : 1;
    for (let revision = from; revision !== to + step; revision += step) {
      const position = this.positionOf(stream, revision);
      const event = position === undefined ? undefined : this.at(position);
      if (event !== undefined) yield event;
    }
  }

  /** Runs a write atomically. Later writes see its events at once; they are on disk after `commit`. */
  stage<T>(write: () => T): T {
    const first = this.staged.length;
    const result = this.index.seeingStaged(write);
    for (let index = first; index < this.staged.length; index++) {
      const record = this.staged[index];
      if (record !== undefined) seal(record, index === this.staged.length - 1);
    }
    return result;
  }

  /** Adds one event to the staged write. Returns its position. */
  add(stream: number, event: EventRecord): number {
    const position = this.file.end + this.stagedBytes;
    const record = encodeRecord(event, stream, position);
    this.staged.push(record);
    this.stagedAt.set(position, record);
    this.stagedBytes += record.length;
    this.index.stage(new LoggedEvent(record));
    return position;
  }

  /** Writes the staged events; resolves when they are on disk. `alone`: nothing else is queued. @throws DiskFull: none is stored */
  async commit(alone = false): Promise<void> {
    const [records, bytes] = [this.staged, this.stagedBytes];
    this.staged = [];
    this.stagedAt = new Map();
    this.stagedBytes = 0;
    if (records.length === 0) return;
    this.writing = this.write(records, bytes, alone);
    await this.writing;
    this.added += records.length;
    // A failed flush is retried with the next group; appends wait for it when too many events are unflushed.
    if (this.index.unflushed >= FLUSH_THRESHOLD) this.index.flush().catch(() => {});
  }

  private async write(records: readonly Buffer[], bytes: number, alone: boolean): Promise<void> {
    try {
      if (this.index.unflushed >= MAX_UNFLUSHED) await this.index.flush();
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

  /** The delay avoids alternating reports: on a nearly full disk small appends succeed between large ones that fail. */
  private noteSpace(): void {
    if (this.fullAt === undefined || Date.now() - this.fullAt < SPACE_RECOVERY_MS) return;
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
