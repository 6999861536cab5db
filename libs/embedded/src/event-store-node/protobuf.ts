import { InvalidRequest } from './refusal';

/** The protobuf wire format, for stored events, which are sent as they are on disk, and for the messages of batch appends. */

/** Maximum size of a varint, in bytes. */
const MAX_VARINT_BYTES = 10;
/** Sizes of the wire types of a fixed size, in bytes. */
const FIXED_BYTES: Record<number, number> = { 1: 8, 5: 4 };

const malformed = (): InvalidRequest => new InvalidRequest('the request is not a valid protobuf message');

/** Size of a varint, in bytes. */
export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Writes a varint (below 2^53). Returns the offset after it. */
export function writeVarint(target: Uint8Array, at: number, value: number): number {
  let rest = value;
  while (rest >= 2 ** 31) {
    target[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 128) {
    target[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  target[at] = rest;
  return at + 1;
}

/** Reads a varint (exact below 2^53). Returns it and the offset after it; the offset is -1 when it is truncated or too long. */
export function readVarint(bytes: Uint8Array, start: number, end = bytes.length): [value: number, at: number] {
  let value = 0;
  let weight = 1;
  for (let at = start; at < end && at < start + MAX_VARINT_BYTES; at++) {
    const byte = bytes[at] ?? 0;
    value += (byte & 127) * weight;
    if (byte < 128) return [value, at + 1];
    weight *= 128;
  }
  return [value, -1];
}

/** Size of a length-delimited field with a number below 16, in bytes. */
export const fieldSize = (length: number): number => 1 + varintSize(length) + length;

/** Writes tag and length of a length-delimited field. Returns the offset of its content. */
export function writeFieldHead(target: Uint8Array, at: number, field: number, length: number): number {
  target[at] = (field << 3) | 2;
  return writeVarint(target, at + 1, length);
}

/** Writes a bytes field. Returns the offset after it. */
export function writeBytes(target: Uint8Array, at: number, field: number, bytes: Uint8Array): number {
  const start = writeFieldHead(target, at, field, bytes.length);
  target.set(bytes, start);
  return start + bytes.length;
}

/** Reads the fields of a message one after another. A field never extends beyond the message. */
export class FieldReader {
  number = 0;
  /** True for a field with a length: a message, a text or bytes. */
  isDelimited = false;
  /** The bytes of the content: those of a varint, or those behind the length. */
  start = 0;
  end = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private at = 0,
    private readonly limit = bytes.length,
  ) {}

  /** Reads the next field; false at the end of the message. @throws InvalidRequest for a malformed message */
  next(): boolean {
    if (this.at >= this.limit) return false;
    const tag = this.varint();
    this.number = Math.floor(tag / 8);
    const wireType = tag % 8;
    this.isDelimited = wireType === 2;
    const length = this.isDelimited ? this.varint() : (FIXED_BYTES[wireType] ?? Infinity);
    this.start = this.at;
    if (wireType === 0) this.varint();
    else this.at += length;
    this.end = this.at;
    if (this.at > this.limit) throw malformed();
    return true;
  }

  /** The value of a varint field, as an unsigned integer of 64 bits. Of another field, only the first bytes are read: it can have millions. */
  get integer(): bigint {
    let value = 0n;
    const end = Math.min(this.end, this.start + MAX_VARINT_BYTES);
    for (let at = end - 1; at >= this.start; at--) value = value * 128n + BigInt((this.bytes[at] ?? 0) & 127);
    return BigInt.asUintN(64, value);
  }

  /** As readVarint, without an object for the result. */
  private varint(): number {
    let value = 0;
    let weight = 1;
    for (const end = Math.min(this.limit, this.at + MAX_VARINT_BYTES); this.at < end;) {
      const byte = this.bytes[this.at++] ?? 0;
      value += (byte & 127) * weight;
      if (byte < 128) return value;
      weight *= 128;
    }
    throw malformed();
  }
}
