import type { IncomingMessage } from 'node:http';
import { Problem } from '../problems/problem';
import { Chunks } from './chunks';

/** A larger body waits for a share of the memory for large bodies. */
export const SMALL_BODY_BYTES = 65_536;

export interface CollectOptions {
  /** Maximum bytes. */
  limit: number;
  /** Maximum time for the whole body to arrive; waiting for `reserve` is not counted. */
  timeoutMs: number;
  /** Called once, as soon as the body is known to be large, with its maximum size in bytes. */
  reserve: (bytes: number) => Promise<void>;
}

export const tooLarge = (limit: number): Problem =>
  new Problem('body-too-large', `the body is larger than ${limit} bytes`);

/**
 * Reads the bytes of a request body as sent. After a failure, the rest of the body is read and discarded.
 * @throws Problem body-too-large, request-timeout, invalid-request when the client disconnects; any error of `reserve`
 */
export async function collectBytes(raw: IncomingMessage, options: CollectOptions): Promise<Buffer> {
  const { limit, reserve } = options;
  const declared = Number(raw.headers['content-length'] ?? 0);
  if (declared > limit) throw tooLarge(limit);
  const isLarge = declared > SMALL_BODY_BYTES;
  if (isLarge) await reserve(declared);
  return new Collector(raw, { ...options, ...(isLarge && { reserve: () => Promise.resolve() }) }).bytes;
}

class Collector {
  readonly bytes: Promise<Buffer>;
  private readonly chunks = new Chunks();
  private isReserved = false;
  private timer?: NodeJS.Timeout;
  private settle!: (outcome: Buffer | Error) => void;

  constructor(
    private readonly raw: IncomingMessage,
    private readonly options: CollectOptions,
  ) {
    this.bytes = new Promise((resolve, reject) => {
      this.settle = (outcome) => {
        clearTimeout(this.timer);
        this.raw.off('data', this.onData);
        this.raw.resume();
        if (Buffer.isBuffer(outcome)) resolve(outcome);
        else reject(outcome);
      };
    });
    // The connection may have closed while the request waited.
    if (raw.destroyed) this.onCutOff();
    else this.start();
  }

  private start(): void {
    this.raw.on('error', this.onCutOff).on('close', this.onCutOff).on('data', this.onData);
    this.raw.on('end', () => this.settle(this.chunks.whole()));
    this.startTimer();
  }

  private startTimer(): void {
    this.timer = setTimeout(
      () => this.settle(new Problem('request-timeout', 'the body did not arrive in time')),
      this.options.timeoutMs,
    );
  }

  // 'close' also follows 'end'.
  private readonly onCutOff = (): void => {
    if (!this.raw.readableEnded) this.settle(new Problem('invalid-request', 'the request was cut off'));
  };

  private readonly onData = (chunk: Buffer): void => {
    this.chunks.add(chunk);
    if (this.chunks.size > this.options.limit) this.settle(tooLarge(this.options.limit));
    else if (this.chunks.size > SMALL_BODY_BYTES && !this.isReserved) this.waitForRoom();
  };

  private waitForRoom(): void {
    this.isReserved = true;
    this.raw.pause();
    clearTimeout(this.timer);
    this.options.reserve(this.options.limit).then(
      () => {
        this.startTimer();
        this.raw.resume();
      },
      (error: Error) => this.settle(error),
    );
  }
}
