import { createHash } from 'node:crypto';
import { chmodSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Database, open, type RootDatabase } from 'lmdb';
import { decodePositions, encodePositions, positionAt } from './position-block';
import type { LoggedEvent } from './record';
import { foldHead, isMetastream, originalOf, type StreamHead, withMetadata } from './stream-head';

/** File name of the index, and of an earlier format, which is deleted: the index is rebuilt from the log. */
const [INDEX, EARLIER_INDEX] = ['index-2.lmdb', 'index.lmdb'];
/** Longest stream name stored as an LMDB key, in bytes; longer names are stored by their hash. */
const MAX_KEY_NAME_BYTES = 1_000;
/** Number of event positions stored in one value. */
const POSITIONS_PER_BLOCK = 64;

const nameKey = (name: string): string =>
  Buffer.byteLength(name) <= MAX_KEY_NAME_BYTES ? `=${name}` : `#${createHash('sha256').update(name).digest('hex')}`;

function blockKey(stream: number, block: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeUInt32BE(stream, 0);
  key.writeUInt32BE(block, 4);
  return key;
}

/** Positions of consecutive events of a stream. */
interface Run {
  first: number;
  positions: number[];
}

/** Index entries for a part of the log. */
class Layer {
  readonly heads = new Map<string, StreamHead>();
  readonly runs = new Map<number, Run>();
  events = 0;
  /** Position of the last event of the part, and the position after it. */
  last = 0;
  end = 0;

  positionOf(stream: number, revision: number): number | undefined {
    const run = this.runs.get(stream);
    return run?.positions[revision - run.first];
  }

  add(stream: number, revision: number, position: number): void {
    const run = this.runs.get(stream);
    if (run === undefined) this.runs.set(stream, { first: revision, positions: [position] });
    else run.positions.push(position);
  }
}

/** Encodes a head compactly: optional fields come last. */
type StoredHead = [number: number, last: number, more?: Omit<StreamHead, 'number' | 'last'>];

const toStored = ({ number, last, ...more }: StreamHead): StoredHead =>
  Object.values(more).every((value) => value === undefined) ? [number, last] : [number, last, more];

/** Number of puts per batch; other calls run between batches. */
const PUTS_PER_BATCH = 500;

/**
 * Index of the log: the positions of each stream's events, and the stream heads. It is derived from the log. The latest entries are in memory,
 * the others in LMDB, flushed periodically; entries lost in a crash are read again from the log.
 */
export class StreamIndex {
  private readonly root: RootDatabase;
  private readonly heads: Database<StoredHead, string>;
  private readonly blocks: Database<Buffer, Buffer>;
  private readonly counters: Database<number, string>;
  /** Entries being staged, committed since the last flush, and being flushed. Looked up in that order. */
  private staged = new Layer();
  private recent = new Layer();
  private flushing = new Layer();
  private readsStaged = false;
  private streams: number;
  private running?: Promise<void>;

  constructor(folder: string) {
    for (const file of [EARLIER_INDEX, `${EARLIER_INDEX}-lock`]) rmSync(join(folder, file), { force: true });
    this.root = open({ path: join(folder, INDEX), maxDbs: 4, noMemInit: true });
    // LMDB creates its files readable by every account.
    for (const file of [INDEX, `${INDEX}-lock`]) chmodSync(join(folder, file), 0o600);
    this.heads = this.root.openDB({ name: 'heads', encoding: 'msgpack' });
    this.blocks = this.root.openDB({ name: 'blocks', encoding: 'binary', keyEncoding: 'binary' });
    this.counters = this.root.openDB({ name: 'counters', encoding: 'msgpack' });
    this.streams = this.counters.get('streams') ?? 0;
  }

  /** Last event that is in LMDB, and the position after it. */
  indexed(): { last: number; end: number } {
    return { last: this.counters.get('last') ?? 0, end: this.counters.get('end') ?? 0 };
  }

  /** Number of events that are only in memory. */
  get unflushed(): number {
    return this.recent.events + this.flushing.events;
  }

  head(name: string): StreamHead | undefined {
    const unflushed =
      (this.readsStaged ? this.staged.heads.get(name) : undefined) ??
      this.recent.heads.get(name) ??
      this.flushing.heads.get(name);
    if (unflushed !== undefined) return unflushed;
    const stored = this.heads.get(nameKey(name));
    return stored && { number: stored[0], last: stored[1], ...stored[2] };
  }

  positionOf(stream: number, revision: number): number | undefined {
    return (
      (this.readsStaged ? this.staged.positionOf(stream, revision) : undefined) ??
      this.recent.positionOf(stream, revision) ??
      this.flushing.positionOf(stream, revision) ??
      this.flushedPosition(stream, revision)
    );
  }

  /** Allocates the number of a new stream. */
  nextStream(): number {
    return ++this.streams;
  }

  /** Runs `work` with staged entries visible to it only. */
  seeingStaged<T>(work: () => T): T {
    this.readsStaged = true;
    try {
      return work();
    } finally {
      this.readsStaged = false;
    }
  }

  stage(event: LoggedEvent): void {
    this.fold(this.staged, event);
  }

  /** Makes the staged entries visible to all readers. Call it after they are on disk. */
  keepStaged(): void {
    const { staged, recent } = this;
    for (const [name, head] of staged.heads) recent.heads.set(name, head);
    for (const [stream, { first, positions }] of staged.runs)
      positions.forEach((position, index) => recent.add(stream, first + index, position));
    recent.events += staged.events;
    recent.last = staged.last;
    recent.end = staged.end;
    this.staged = new Layer();
  }

  dropStaged(): void {
    this.staged = new Layer();
  }

  /** Adds an event that is in the log but not in LMDB. */
  recover(event: LoggedEvent): void {
    this.streams = Math.max(this.streams, event.streamNumber);
    this.fold(this.recent, event);
  }

  /** Writes the entries since the last flush to LMDB. On failure they stay in memory and the next flush writes them first. */
  flush(): Promise<void> {
    this.running ??= this.writeLayer().finally(() => (this.running = undefined));
    return this.running;
  }

  async close(): Promise<void> {
    await this.running?.catch(() => {});
    await this.root.flushed;
    await this.root.close();
  }

  private fold(layer: Layer, event: LoggedEvent): void {
    const { stream, revision, streamNumber, position } = event;
    const head = this.head(stream);
    layer.heads.set(stream, foldHead(head, event));
    if (revision >= 0) layer.add(streamNumber, revision, position);
    if (isMetastream(stream)) {
      const original = originalOf(stream);
      layer.heads.set(original, withMetadata(this.head(original), event.data));
    }
    layer.events += 1;
    layer.last = position;
    layer.end = position + event.size;
  }

  private async writeLayer(): Promise<void> {
    if (this.flushing.events === 0) [this.flushing, this.recent] = [this.recent, new Layer()];
    const { heads, runs, last, end, events } = this.flushing;
    if (events === 0) return;
    const streams = this.streams;
    let puts = 0;
    for (const [name, head] of heads) {
      const put = this.heads.put(nameKey(name), toStored(head));
      if (++puts % PUTS_PER_BATCH === 0) await put;
    }
    for (const [stream, run] of runs)
      for (const [key, value] of this.blocksOf(stream, run)) {
        const put = this.blocks.put(key, value);
        if (++puts % PUTS_PER_BATCH === 0) await put;
      }
    // Written last, so that the checkpoint is never ahead of the entries.
    await Promise.all([
      this.counters.put('streams', streams),
      this.counters.put('last', last),
      this.counters.put('end', end),
    ]);
    this.flushing = new Layer();
  }

  private *blocksOf(stream: number, { first, positions }: Run): Iterable<[Buffer, Buffer]> {
    const last = first + positions.length - 1;
    for (let block = Math.floor(first / POSITIONS_PER_BLOCK); block * POSITIONS_PER_BLOCK <= last; block++) {
      const key = blockKey(stream, block);
      const start = block * POSITIONS_PER_BLOCK;
      const stored = start < first ? decodePositions(this.blocks.get(key) ?? Buffer.alloc(0), first - start) : [];
      const added = positions.slice(Math.max(0, start - first), start + POSITIONS_PER_BLOCK - first);
      yield [key, encodePositions([...stored, ...added])];
    }
  }

  private flushedPosition(stream: number, revision: number): number | undefined {
    if (revision < 0) return undefined;
    const block = this.blocks.getBinaryFast(blockKey(stream, Math.floor(revision / POSITIONS_PER_BLOCK)));
    return block && positionAt(block, revision % POSITIONS_PER_BLOCK);
  }
}
