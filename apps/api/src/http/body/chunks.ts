/** Number of chunks that are joined to one. */
const JOINED = 256;

/**
 * The chunks of a body or a line as they arrive. They are joined meanwhile: a chunk takes about 400 bytes besides its content, and a client can send
 * one for each byte.
 */
export class Chunks {
  /** Total size, in bytes. */
  size = 0;
  private joined: Buffer[] = [];
  private latest: Buffer[] = [];

  add(chunk: Buffer): void {
    this.size += chunk.length;
    this.latest.push(chunk);
    if (this.latest.length < JOINED) return;
    this.joined.push(Buffer.concat(this.latest));
    this.latest = [];
  }

  whole(): Buffer {
    return Buffer.concat([...this.joined, ...this.latest], this.size);
  }

  /** Drops the chunks; the size is kept. */
  drop(): void {
    this.joined = [];
    this.latest = [];
  }
}
