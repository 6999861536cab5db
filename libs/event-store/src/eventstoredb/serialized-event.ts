import type { EventMetadata, Position, RecordedEvent } from '../event-store';
import type { RawEvent } from './events';
import { Fields, readPosition, readUuid } from './message-fields';

/** Decodes the events that the server sends. The classes of the client take several times as long. Field numbers: streams.proto of EventStoreDB. */

const TICKS_PER_MS = 10_000n;

const timeOf = (ticks: string): Date => new Date(Number(BigInt(ticks) / TICKS_PER_MS));

/**
 * A stored event as the server sends it: a message RecordedEvent. Values are decoded on access, because an event that waits as one small object
 * makes garbage collection several times cheaper.
 */
export class SerializedEvent {
  /** @param bytes contain the message between two offsets */
  constructor(
    private readonly bytes: Buffer,
    private readonly start: number,
    private readonly end: number,
  ) {}

  /** The size of the message in bytes. */
  get size(): number {
    return this.end - this.start;
  }

  /** Copies the message. */
  copy(target: Uint8Array, at: number): void {
    this.bytes.copy(target, at, this.start, this.end);
  }

  get id(): string {
    const fields = this.fields();
    return fields.find(1) ? readUuid(this.bytes, fields.start, fields.end) : '';
  }

  get stream(): string {
    const fields = this.fields();
    return fields.find(2) ? this.textIn(fields, 3) : '';
  }

  get revision(): bigint {
    const fields = this.fields();
    return fields.find(3) ? fields.value : 0n;
  }

  get position(): Position {
    const fields = this.fields();
    let [commit, prepare] = [0n, 0n];
    while (fields.next())
      if (fields.number === 4) prepare = fields.value;
      else if (fields.number === 5) commit = fields.value;
    return { commit, prepare };
  }

  /** True for an event without data, such as the stand-in of a large append. */
  get isEmpty(): boolean {
    const fields = this.fields();
    return !fields.find(8) || fields.start === fields.end;
  }

  get metadata(): Partial<EventMetadata> {
    const metadata = parsed(this.textOf(7));
    return typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata) ? metadata : {};
  }

  /** The time at which the server stored the event. */
  get recordedAt(): Date {
    return timeOf(this.serverMetadata().created);
  }

  /** The event, decoded as the official client does. @throws RangeError for a malformed message */
  decode(): RecordedEvent {
    const { id, revision, position, stream, metadata, size: bytes } = this;
    const { type, contentType, created } = this.serverMetadata();
    const text = contentType === 'application/json' ? this.textOf(8) : undefined;
    const data = text === undefined ? this.bytesOf(8) : parsed(text);
    const json = typeof data === 'object' ? text : undefined;
    return { id, stream, revision, position, type, data, json, metadata, recordedAt: timeOf(created), bytes };
  }

  /** The event with its stored bytes. @throws RangeError for a malformed message */
  raw(): RawEvent {
    const { id, revision, position, stream } = this;
    const { type, contentType } = this.serverMetadata();
    return { id, stream, revision, position, type, contentType, data: this.bytesOf(8), metadata: this.bytesOf(7) };
  }

  private fields(): Fields {
    return new Fields(this.bytes, this.start, this.end);
  }

  private text({ start, end }: Fields): string {
    return this.bytes.toString('utf8', start, end);
  }

  /** The text of a field; empty when it is absent. */
  private textOf(number: number): string {
    const fields = this.fields();
    return fields.find(number) ? this.text(fields) : '';
  }

  /** A copy of the bytes of a field; empty when it is absent. */
  private bytesOf(number: number): Uint8Array {
    const fields = this.fields();
    return fields.find(number) ? Uint8Array.from(this.bytes.subarray(fields.start, fields.end)) : new Uint8Array(0);
  }

  /** The text of a field in the message that is the current field; empty when it is absent. */
  private textIn({ start, end }: Fields, number: number): string {
    const fields = new Fields(this.bytes, start, end);
    return fields.find(number) ? this.text(fields) : '';
  }

  private serverMetadata(): { type: string; contentType: string; created: string } {
    let [type, contentType, created] = ['', 'application/octet-stream', '0'];
    const fields = this.fields();
    while (fields.find(6)) {
      const key = this.textIn(fields, 1);
      if (key === 'type') type = this.textIn(fields, 2);
      else if (key === 'content-type') contentType = this.textIn(fields, 2);
      else if (key === 'created') created = this.textIn(fields, 2);
    }
    return { type, contentType, created };
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

/** The content of a message of a read or a subscription: an event, a checkpoint, the end of $all, or that the stream does not exist. */
export type ServerMessage =
  { event: SerializedEvent } | { checkpoint: Position } | 'caught-up' | 'stream-not-found' | undefined;

/** Reads a message ReadResp. Returns undefined for other kinds. @throws RangeError for a malformed message */
export function readServerMessage(bytes: Buffer): ServerMessage {
  const fields = new Fields(bytes, 0, bytes.length);
  while (fields.next()) {
    const { number, start, end } = fields;
    if (number === 1) return readEvent(bytes, start, end);
    if (number === 3) return { checkpoint: readPosition(bytes, start, end) };
    if (number === 4) return 'stream-not-found';
    if (number === 8) return 'caught-up';
  }
  return undefined;
}

function readEvent(bytes: Buffer, from: number, to: number): ServerMessage {
  const fields = new Fields(bytes, from, to);
  return fields.find(1) ? { event: new SerializedEvent(bytes, fields.start, fields.end) } : undefined;
}
