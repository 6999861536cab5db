import { parseUUID } from '@eventstore/db-client/dist/utils';
import { UUID } from '@eventstore/db-client/generated/shared_pb';
import type { Position } from '../event-store';

/** Reads the fields of a message one after another. A generator takes several times as long. */
export class Fields {
  number = 0;
  /** The bytes of a varint or of a length-delimited field. */
  start = 0;
  end = 0;
  /** The value of a varint as a double. */
  private rounded = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at: number,
    private readonly limit: number,
  ) {}

  /** Reads the next field; false at the end of the message. @throws RangeError for a malformed message */
  next(): boolean {
    if (this.at >= this.limit) return false;
    const tag = this.varint();
    const wireType = tag & 7;
    this.number = Math.floor(tag / 8);
    if (wireType === 0) {
      this.start = this.at;
      this.rounded = this.varint();
      this.end = this.at;
    } else if (wireType === 1 || wireType === 5) this.at += wireType === 1 ? 8 : 4;
    else if (wireType === 2) {
      const length = this.varint();
      this.start = this.at;
      this.at = this.end = this.start + length;
    } else throw new RangeError(`protobuf wire type ${wireType} is not known`);
    if (this.at > this.limit) throw new RangeError('a truncated protobuf message');
    return true;
  }

  /** Reads on up to the first field with a number; false when there is none. @throws RangeError for a malformed message */
  find(number: number): boolean {
    while (this.next()) if (this.number === number) return true;
    return false;
  }

  /** The value of a varint. That of a tombstone, its revision, is above 2^53. */
  get value(): bigint {
    if (Number.isSafeInteger(this.rounded)) return BigInt(this.rounded);
    let value = 0n;
    for (let at = this.end - 1; at >= this.start; at--) value = value * 128n + BigInt((this.bytes[at] ?? 0) & 127);
    return value;
  }

  private varint(): number {
    let value = 0;
    let weight = 1;
    while (this.at < this.limit) {
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 127) * weight;
      if (byte < 128) return value;
      weight *= 128;
    }
    throw new RangeError('a truncated protobuf message');
  }
}

/** Reads a message with the numbers of a position. @throws RangeError for a malformed message */
export function readPosition(bytes: Uint8Array, start: number, end: number): Position {
  const fields = new Fields(bytes, start, end);
  let [commit, prepare] = [0n, 0n];
  while (fields.next())
    if (fields.number === 1) commit = fields.value;
    else if (fields.number === 2) prepare = fields.value;
  return { commit, prepare };
}

/** Reads a message UUID, which is a text or two numbers. @throws RangeError, or an error of the client, for a malformed message */
export function readUuid(bytes: Buffer, start: number, end: number): string {
  const fields = new Fields(bytes, start, end);
  const text = fields.find(2) ? bytes.toString('utf8', fields.start, fields.end) : '';
  return text || (parseUUID(UUID.deserializeBinary(bytes.subarray(start, end))) ?? '');
}
