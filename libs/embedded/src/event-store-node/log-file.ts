import {
  closeSync,
  constants,
  fdatasync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  write,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { lengthAt, LoggedEvent, RECORD_HEAD, RECORD_TAIL } from './record';
import { DiskFull } from './refusal';

const writeFile = promisify(write);
const syncFile = promisify(fdatasync);

export const FORMAT = 2;
const MAGIC = 'EVENTLOG';
/** Size of the file header: magic word and format version. */
const FILE_HEADER_BYTES = 16;

/** Chunk sizes of a sequential scan, in bytes: small first, for a scan of a few events, then doubled. */
const [FIRST_CHUNK_BYTES, MAX_CHUNK_BYTES] = [16 * 1024, 256 * 1024];
/** Size of the first read of a record, in bytes; most records fit. */
const FIRST_READ_BYTES = 2_048;
/** Bounds of the space preallocated after the end, in bytes (a quarter of the log): a synced write to it allocates no blocks. */
const MIN_PREALLOCATED_BYTES = 256 * 1024;
const MAX_PREALLOCATED_BYTES = 8 * 1024 * 1024;
const ZEROS = Buffer.alloc(1024 * 1024);

/**
 * A small append with nothing queued behind it is written synchronously if the last write took less than this, in milliseconds: handing it to
 * another thread takes nearly as long. It blocks the event loop meanwhile.
 */
const FAST_WRITE_MS = 1;
const MAX_SYNC_WRITE_BYTES = 64 * 1024;

/** On Linux a write returns when it is on disk: one call instead of two. */
const SYNC_FLAG = process.platform === 'linux' ? constants.O_DSYNC : 0;

export const isOutOfSpace = (error: unknown): boolean =>
  ['ENOSPC', 'EDQUOT', 'EFBIG'].includes((error as NodeJS.ErrnoException).code ?? '');

/**
 * The log: an append-only file of records, followed by zeros. The position of a record is its byte offset. No record is cached
 * in memory.
 */
export class LogFile {
  private readonly fd: number;
  private readonly scratch = Buffer.allocUnsafe(FIRST_READ_BYTES);
  private allocated: number;
  private preallocation?: Promise<void>;
  private lastWriteWasFast = true;
  /** Offset after the last record on disk. */
  end = FILE_HEADER_BYTES;
  /** Position of the last record; 0 when the log is empty. */
  last = 0;

  /** @throws Error when the file has another format */
  constructor(
    private readonly file: string,
    private readonly maxBytes = Infinity,
  ) {
    this.fd = openSync(file, constants.O_RDWR | constants.O_CREAT | SYNC_FLAG, 0o600);
    this.allocated = fstatSync(this.fd).size;
    const head = this.bytes(0, FILE_HEADER_BYTES);
    if (head.every((byte) => byte === 0)) {
      this.writeHeader();
      return;
    }
    const format = head.toString('latin1', 0, MAGIC.length) === MAGIC ? head.readUInt32LE(MAGIC.length) : 'unknown';
    if (format === FORMAT) return;
    closeSync(this.fd);
    throw new Error(`${file} is of format ${format}; this version reads format ${FORMAT}`);
  }

  private writeHeader(): void {
    const head = Buffer.alloc(FILE_HEADER_BYTES);
    head.write(MAGIC);
    head.writeUInt32LE(FORMAT, MAGIC.length);
    writeSync(this.fd, head, 0, head.length, 0);
    this.allocated = Math.max(this.allocated, FILE_HEADER_BYTES);
  }

  /** True when a valid record begins at `last` and ends at `end`. */
  contains(last: number, end: number): boolean {
    if (end > this.allocated) return false;
    const event = this.read(last, end);
    return event !== undefined && event.isValid(last) && last + event.size === end;
  }

  /**
   * Finds the end of the log: scans complete writes after a known record (0: from the start) and truncates the file after the last one, which
   * removes a partial write. Calls `onEvent` for each event found and awaits its result.
   */
  async recover(end: number, last: number, onEvent: (event: LoggedEvent) => Promise<void> | undefined): Promise<void> {
    this.end = Math.max(end, FILE_HEADER_BYTES);
    this.last = last;
    let write: LoggedEvent[] = [];
    let position = this.end;
    for (const event of this.walk(this.end, this.allocated, this.allocated)) {
      if (!event.isValid(position)) break;
      write.push(event);
      position += event.size;
      if (!event.endsWrite) continue;
      for (const each of write) await onEvent(each);
      this.last = event.position;
      this.end = position;
      write = [];
    }
    // A record left after a gap would be read as valid once later writes filled the gap.
    this.truncate();
  }

  /** Appends records; resolves when they are on disk. `alone`: nothing is queued behind them. @throws DiskFull: nothing was appended */
  async append(records: readonly Buffer[], bytes: number, alone: boolean): Promise<void> {
    const end = this.end;
    if (end + bytes > this.maxBytes) throw new DiskFull();
    try {
      await this.reserve(bytes);
      await this.writeAll(Buffer.concat(records, bytes), end, alone);
    } catch (error) {
      await this.preallocation;
      this.truncate();
      throw isOutOfSpace(error) ? new DiskFull() : error;
    }
    const lastLength = records.at(-1)?.length ?? 0;
    this.last = end + bytes - lastLength;
    this.end = end + bytes;
    if (this.allocated - this.end < this.preallocatedBytes() / 2) this.preallocate();
  }

  /** Returns the event at a position; undefined when no record begins there. */
  at(position: number): LoggedEvent | undefined {
    return position < FILE_HEADER_BYTES || position >= this.end ? undefined : this.read(position, this.end);
  }

  /** Events between two positions, both inclusive. */
  forwards(from: number, to: number): Iterable<LoggedEvent> {
    return this.walk(Math.max(from, FILE_HEADER_BYTES), Math.min(to + 1, this.end), this.end);
  }

  /** Events before a position, in descending order. */
  *backwards(before: number): Iterable<LoggedEvent> {
    for (let at = Math.min(before, this.end); at > FILE_HEADER_BYTES;) {
      const event = this.at(at - this.bytes(at - RECORD_TAIL, RECORD_TAIL).readUInt32LE(0));
      if (event === undefined) return;
      yield event;
      at = event.position;
    }
  }

  async close(): Promise<void> {
    await this.preallocation;
    closeSync(this.fd);
  }

  private read(position: number, limit: number): LoggedEvent | undefined {
    const read = readSync(this.fd, this.scratch, 0, FIRST_READ_BYTES, position);
    const length = lengthAt(this.scratch.subarray(0, read), 0);
    if (length < RECORD_HEAD || position + length > limit) return undefined;
    const record = length <= read ? Buffer.from(this.scratch.subarray(0, length)) : this.bytes(position, length);
    const event = new LoggedEvent(record);
    return event.position === position ? event : undefined;
  }

  /** Records that begin at `from` or later and before `to`, and end at or before `limit`. */
  private *walk(from: number, to: number, limit: number): Iterable<LoggedEvent> {
    let chunk: Buffer = Buffer.alloc(0);
    let start = from;
    let size = FIRST_CHUNK_BYTES;
    for (let position = from; position < to;) {
      let length = lengthAt(chunk, position - start);
      if (length === 0 || position - start + length > chunk.length) {
        start = position;
        chunk = this.bytes(start, Math.min(Math.max(size, length), limit - start));
        size = Math.min(size * 2, MAX_CHUNK_BYTES);
        length = lengthAt(chunk, 0);
        if (length > chunk.length && start + length <= limit) chunk = this.bytes(start, length);
      }
      const record = chunk.subarray(position - start, position - start + length);
      if (length < RECORD_HEAD || record.length < length) return;
      yield new LoggedEvent(record);
      position += length;
    }
  }

  private bytes(from: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafe(length);
    let read = 0;
    while (read < length) {
      const more = readSync(this.fd, buffer, read, length - read, from + read);
      if (more === 0) return buffer.fill(0, read);
      read += more;
    }
    return buffer;
  }

  /** Resolves when all bytes are on disk. */
  private async writeAll(buffer: Buffer, at: number, alone: boolean): Promise<void> {
    const isSync = alone && this.lastWriteWasFast && buffer.length <= MAX_SYNC_WRITE_BYTES && SYNC_FLAG !== 0;
    const started = performance.now();
    for (let written = 0; written < buffer.length;) {
      const rest = [this.fd, buffer, written, buffer.length - written, at + written] as const;
      written += isSync ? writeSync(...rest) : (await writeFile(...rest)).bytesWritten;
    }
    if (SYNC_FLAG === 0) await syncFile(this.fd);
    this.lastWriteWasFast = performance.now() - started < FAST_WRITE_MS;
  }

  private readonly preallocatedBytes = (): number =>
    Math.min(Math.max(Math.floor(this.end / 4), MIN_PREALLOCATED_BYTES), MAX_PREALLOCATED_BYTES);

  /** Allocates space for `bytes` more bytes and preallocates more if the disk allows it. */
  private async reserve(bytes: number): Promise<void> {
    if (this.end + bytes > this.allocated) await this.preallocation;
    if (this.end + bytes <= this.allocated) return;
    try {
      await this.fill(this.end + bytes + this.preallocatedBytes());
    } catch (error) {
      if (!isOutOfSpace(error)) throw error;
      this.truncate();
      await this.fill(this.end + bytes);
    }
  }

  /** Preallocates space in the background. A failure is ignored: the write that needs the space will report it. */
  private preallocate(): void {
    const from = this.allocated;
    this.preallocation ??= this.fill(from + this.preallocatedBytes())
      .catch(() => ftruncateSync(this.fd, from))
      .finally(() => (this.preallocation = undefined));
  }

  /** Extends the file with zeros to a size and syncs it. */
  private async fill(size: number): Promise<void> {
    const fd = openSync(this.file, constants.O_RDWR);
    try {
      for (let at = this.allocated; at < size;) {
        const { bytesWritten } = await writeFile(fd, ZEROS, 0, Math.min(ZEROS.length, size - at), at);
        at += bytesWritten;
      }
      await syncFile(fd);
      this.allocated = size;
    } finally {
      closeSync(fd);
    }
  }

  private truncate(): void {
    ftruncateSync(this.fd, this.end);
    this.allocated = this.end;
  }
}
