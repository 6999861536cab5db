import { parseUUID } from '@eventstore/db-client/dist/utils';
import { UUID } from '@eventstore/db-client/generated/shared_pb';
import type { EventMetadata, Position, RecordedEvent } from '../event-store';

/**
 * Decodes the protobuf messages of the server. The classes of the client take several times as long. A bulk read passes
 * events on as bytes; an event is decoded once, on use. Field numbers: streams.proto of EventStoreDB.
 */

/** A field of a message: the bytes of a length-delimited one, the value of a varint (exact below 2^53). */
interface Field {
  number: number;
  value: number;
  start: number;
  end: number;
}

function varint(bytes: Uint8Array, field: Field, at: number): number {
  let value = 0;
  let weight = 1;
  for (let end = at; end < bytes.length; end++) {
    const byte = bytes[end] ?? 0;
    value += (byte & 127) * weight;
    if (byte < 128) {
      field.value = value;
      return end + 1;
    }
    weight *= 128;
  }
  throw new RangeError('a truncated protobuf message');
}

/** The fields of a message between two offsets. All fields share one object, which is overwritten. @throws RangeError for a malformed message */
function* fieldsOf(bytes: Uint8Array, start: number, end: number): Iterable<Field> {
  const field: Field = { number: 0, value: 0, start: 0, end: 0 };
  for (let at = start; at < end;) {
    at = varint(bytes, field, at);
    const wireType = field.value & 7;
    field.number = Math.floor(field.value / 8);
    if (wireType === 0) at = varint(bytes, field, at);
    else if (wireType === 1 || wireType === 5) at += wireType === 1 ? 8 : 4;
    else if (wireType === 2) {
      field.start = varint(bytes, field, at);
      field.end = field.start + field.value;
      at = field.end;
    } else throw new RangeError(`protobuf wire type ${wireType} is not known`);
    if (at > end) throw new RangeError('a truncated protobuf message');
    yield field;
  }
}

interface Range {
  start: number;
  end: number;
}

const EMPTY: Range = { start: 0, end: 0 };
const TICKS_PER_MS = 10_000n;

const timeOf = (ticks: string): Date => new Date(Number(BigInt(ticks) / TICKS_PER_MS));

/** A stored event as the server sends it. Values are decoded on access. */
export class SerializedEvent {
  readonly revision: bigint;
  readonly position: Position;
  private readonly id: Range;
  private readonly name: Range;
  private readonly custom: Range;
  private readonly content: Range;
  private readonly entries: Range[] = [];

  /** @param bytes a message RecordedEvent @throws RangeError for a malformed message */
  constructor(readonly bytes: Buffer) {
    let [id, name, custom, content] = [EMPTY, EMPTY, EMPTY, EMPTY];
    let [revision, prepare, commit] = [0, 0, 0];
    for (const { number, value, start, end } of fieldsOf(bytes, 0, bytes.length)) {
      if (number === 1) id = { start, end };
      else if (number === 2) name = { start, end };
      else if (number === 3) revision = value;
      else if (number === 4) prepare = value;
      else if (number === 5) commit = value;
      else if (number === 6) this.entries.push({ start, end });
      else if (number === 7) custom = { start, end };
      else if (number === 8) content = { start, end };
    }
    [this.id, this.name, this.custom, this.content] = [id, name, custom, content];
    this.revision = BigInt(revision);
    this.position = { commit: BigInt(commit), prepare: BigInt(prepare) };
  }

  get stream(): string {
    for (const { number, start, end } of fieldsOf(this.bytes, this.name.start, this.name.end))
      if (number === 3) return this.bytes.toString('utf8', start, end);
    return '';
  }

  /** True for an event without data, such as the stand-in of a large append. */
  get isEmpty(): boolean {
    return this.content.start === this.content.end;
  }

  get metadata(): Partial<EventMetadata> {
    const metadata = parsed(this.bytes.toString('utf8', this.custom.start, this.custom.end));
    return typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? metadata : {};
  }

  /** The time at which the server stored the event. */
  get recordedAt(): Date {
    for (const [key, value] of this.serverMetadata()) if (key === 'created') return timeOf(value);
    return timeOf('0');
  }

  /** The event, decoded as the official client does. */
  decode(): RecordedEvent {
    const { bytes, revision, position, stream, metadata } = this;
    let [type, contentType, created] = ['', '', '0'];
    for (const [key, value] of this.serverMetadata()) {
      if (key === 'type') type = value;
      else if (key === 'content-type') contentType = value;
      else if (key === 'created') created = value;
    }
    const { start, end } = this.content;
    const data =
      contentType === 'application/json'
        ? parsed(bytes.toString('utf8', start, end))
        : Uint8Array.from(bytes.subarray(start, end));
    const recordedAt = timeOf(created);
    return { id: this.idText(), stream, revision, position, type, data, metadata, recordedAt, bytes: bytes.length };
  }

  private *serverMetadata(): Iterable<[key: string, value: string]> {
    for (const entry of this.entries) {
      let [key, value] = ['', ''];
      for (const { number, start, end } of fieldsOf(this.bytes, entry.start, entry.end)) {
        if (number === 1) key = this.bytes.toString('utf8', start, end);
        else if (number === 2) value = this.bytes.toString('utf8', start, end);
      }
      yield [key, value];
    }
  }

  private idText(): string {
    for (const { number, start, end } of fieldsOf(this.bytes, this.id.start, this.id.end))
      if (number === 2) return this.bytes.toString('utf8', start, end);
    return parseUUID(UUID.deserializeBinary(this.bytes.subarray(this.id.start, this.id.end)));
  }
}

/** Invalid JSON is returned as text, as the official client does. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The content of a message of a subscription: an event, a checkpoint, or the end of the stream. */
export type ServerMessage = { event: SerializedEvent } | { checkpoint: Position } | 'caught-up' | undefined;

/** Reads a message ReadResp. Returns undefined for other kinds. @throws RangeError for a malformed message */
export function readServerMessage(bytes: Buffer): ServerMessage {
  for (const { number, start, end } of fieldsOf(bytes, 0, bytes.length)) {
    if (number === 1) return readEvent(bytes, start, end);
    if (number === 3) return readCheckpoint(bytes, start, end);
    if (number === 8) return 'caught-up';
  }
  return undefined;
}

function readEvent(bytes: Buffer, from: number, to: number): ServerMessage {
  for (const { number, start, end } of fieldsOf(bytes, from, to))
    if (number === 1) return { event: new SerializedEvent(bytes.subarray(start, end)) };
  return undefined;
}

function readCheckpoint(bytes: Buffer, from: number, to: number): ServerMessage {
  let [commit, prepare] = [0, 0];
  for (const { number, value } of fieldsOf(bytes, from, to)) {
    if (number === 1) commit = value;
    else if (number === 2) prepare = value;
  }
  return { checkpoint: { commit: BigInt(commit), prepare: BigInt(prepare) } };
}
