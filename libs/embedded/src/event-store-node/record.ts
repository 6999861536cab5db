import { crc32 } from 'node:zlib';
import { type EventRecord, TOMBSTONE_REVISION } from './event-record';
import { fieldSize, varintSize, writeBytes, writeFieldHead, writeVarint } from './protobuf';

/*
 * Record format of the log, little-endian: a fixed-size header, the event as a protobuf RecordedEvent (sent to clients unchanged), and the record
 * length again, for reading backwards.
 */
const LENGTH = 0;
const CRC = 4;
const POSITION = 8;
const CREATED = 16;
const REVISION = 24;
const STREAM = 32;
const NAME_LENGTH = 36;
const TYPE_LENGTH = 40;
const DATA_LENGTH = 44;
const ENDS_WRITE = 48;
export const RECORD_HEAD = 52;
export const RECORD_TAIL = 4;

const ID_LENGTH = 36;
/** Number of 100 ns ticks, the time unit of the protocol. */
const ticks = (created: number): string => `${created}0000`;
const HIGHEST_REVISION_VARINT = Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 255, 127);

const [TYPE, CONTENT_TYPE, CREATED_AT] = ['type', 'content-type', 'created'].map((key) => Buffer.from(key)) as [
  Buffer,
  Buffer,
  Buffer,
];

const entrySize = (key: Buffer, value: Buffer): number => fieldSize(key.length) + fieldSize(value.length);

function writeEntry(target: Buffer, at: number, key: Buffer, value: Buffer): number {
  const start = writeFieldHead(target, at, 6, entrySize(key, value));
  return writeBytes(target, writeBytes(target, start, 1, key), 2, value);
}

const optionalSize = (bytes: Uint8Array): number => (bytes.length === 0 ? 0 : fieldSize(bytes.length));

function writeRevision(target: Buffer, at: number, revision: number): number {
  target[at] = 3 << 3;
  if (revision !== TOMBSTONE_REVISION) return writeVarint(target, at + 1, revision);
  target.set(HIGHEST_REVISION_VARINT, at + 1);
  return at + 1 + HIGHEST_REVISION_VARINT.length;
}

function writePosition(target: Buffer, at: number, field: number, position: number): number {
  target[at] = field << 3;
  return writeVarint(target, at + 1, position);
}

/** Encodes an event as a log record without checksum and end-of-write flag; `seal` sets them. */
export function encodeRecord(event: EventRecord, stream: number, position: number): Buffer {
  const [name, type] = [Buffer.from(event.stream), Buffer.from(event.type)];
  const [contentType, created] = [Buffer.from(event.contentType), Buffer.from(ticks(event.created))];
  const { data, metadata, revision } = event;
  const entries = fieldSize(entrySize(TYPE, type)) + fieldSize(entrySize(CONTENT_TYPE, contentType));
  const revisionSize = revision === TOMBSTONE_REVISION ? HIGHEST_REVISION_VARINT.length : varintSize(revision);
  const size =
    fieldSize(fieldSize(name.length)) +
    fieldSize(fieldSize(ID_LENGTH)) +
    entries +
    fieldSize(entrySize(CREATED_AT, created)) +
    (1 + revisionSize + 2 * (1 + varintSize(position))) +
    optionalSize(metadata) +
    optionalSize(data);
  const length = RECORD_HEAD + size + RECORD_TAIL;
  const record = Buffer.allocUnsafe(length);
  record.writeUInt32LE(length, LENGTH);
  record.writeDoubleLE(position, POSITION);
  record.writeDoubleLE(event.created, CREATED);
  record.writeDoubleLE(revision, REVISION);
  record.writeUInt32LE(stream, STREAM);
  record.writeUInt32LE(name.length, NAME_LENGTH);
  record.writeUInt32LE(type.length, TYPE_LENGTH);
  record.writeUInt32LE(data.length, DATA_LENGTH);
  record.writeUInt32LE(0, ENDS_WRITE);
  let at = writeFieldHead(record, RECORD_HEAD, 2, fieldSize(name.length));
  at = writeBytes(record, at, 3, name);
  at = writeFieldHead(record, at, 1, fieldSize(ID_LENGTH));
  at = writeFieldHead(record, at, 2, ID_LENGTH);
  at += record.write(event.id, at, 'latin1');
  at = writeEntry(record, at, TYPE, type);
  at = writeEntry(record, at, CONTENT_TYPE, contentType);
  at = writeEntry(record, at, CREATED_AT, created);
  at = writeRevision(record, at, revision);
  at = writePosition(record, at, 4, position);
  at = writePosition(record, at, 5, position);
  if (metadata.length > 0) at = writeBytes(record, at, 7, metadata);
  if (data.length > 0) at = writeBytes(record, at, 8, data);
  record.writeUInt32LE(length, at);
  return record;
}

/** Sets the end-of-write flag and the checksum of a record. */
export function seal(record: Buffer, endsWrite: boolean): void {
  record.writeUInt32LE(endsWrite ? 1 : 0, ENDS_WRITE);
  record.writeUInt32LE(crc32(record.subarray(POSITION)), CRC);
}

/** Returns the length of the record at this offset of a buffer; 0 when there is none. */
export const lengthAt = (buffer: Buffer, at: number): number =>
  buffer.length - at < RECORD_HEAD ? 0 : buffer.readUInt32LE(at + LENGTH);

/** An event of the log. Fields are decoded from the record on access. */
export class LoggedEvent {
  constructor(private readonly record: Buffer) {}

  /** Position in $all (commit and prepare): the byte offset of the record in the log. */
  get position(): number {
    return this.record.readDoubleLE(POSITION);
  }

  /** Zero-based; -1 for a tombstone. */
  get revision(): number {
    return this.record.readDoubleLE(REVISION);
  }

  /** Unix time in milliseconds. */
  get created(): number {
    return this.record.readDoubleLE(CREATED);
  }

  get streamNumber(): number {
    return this.record.readUInt32LE(STREAM);
  }

  get endsWrite(): boolean {
    return this.record.readUInt32LE(ENDS_WRITE) === 1;
  }

  /** True when the checksum is valid and the record belongs at this position. */
  isValid(position: number): boolean {
    const { record } = this;
    return (
      record.length >= RECORD_HEAD + RECORD_TAIL &&
      this.position === position &&
      record.readUInt32LE(CRC) === crc32(record.subarray(POSITION))
    );
  }

  get size(): number {
    return this.record.length;
  }

  /** Position after this record. */
  get end(): number {
    return this.position + this.record.length;
  }

  get stream(): string {
    const at = this.nameAt();
    return this.record.toString('utf8', at, at + this.record.readUInt32LE(NAME_LENGTH));
  }

  get id(): string {
    const at = this.idAt();
    return this.record.toString('latin1', at, at + ID_LENGTH);
  }

  get type(): string {
    const length = this.record.readUInt32LE(TYPE_LENGTH);
    const entry = fieldSize(TYPE.length) + fieldSize(length);
    const at = this.idAt() + ID_LENGTH + 1 + varintSize(entry) + fieldSize(TYPE.length) + 1 + varintSize(length);
    return this.record.toString('utf8', at, at + length);
  }

  get data(): Buffer {
    const end = this.record.length - RECORD_TAIL;
    return this.record.subarray(end - this.record.readUInt32LE(DATA_LENGTH), end);
  }

  /** The event as a serialized RecordedEvent. */
  get message(): Buffer {
    return this.record.subarray(RECORD_HEAD, this.record.length - RECORD_TAIL);
  }

  private nameAt(): number {
    const length = this.record.readUInt32LE(NAME_LENGTH);
    return RECORD_HEAD + 1 + varintSize(fieldSize(length)) + 1 + varintSize(length);
  }

  private idAt(): number {
    return this.nameAt() + this.record.readUInt32LE(NAME_LENGTH) + 4;
  }
}
