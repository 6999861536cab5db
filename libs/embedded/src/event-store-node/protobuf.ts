/** Minimal protobuf wire format for stored events, which are sent as they are on disk. */

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
  for (let at = start; at < end && at < start + 10; at++) {
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
