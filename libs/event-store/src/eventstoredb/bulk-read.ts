import type { FromPosition, Position } from '../event-store';
import { type Connection, pause } from './connection';
import { isTransient, toPortError } from './errors';
import { openRead, type ReadCall } from './read-call';
import { subscriptionRequest, type SubscriptionRequest } from './read-request';
import { readServerMessage, type SerializedEvent } from './serialized-event';

export interface SerializedBatch {
  events: SerializedEvent[];
  /** All matching events up to this position were read. Absent before the first. */
  position: FromPosition;
}

export interface BulkReadOptions extends SubscriptionRequest {
  /** The read ends at or after this position. */
  to: Position;
  signal: AbortSignal;
}

/** Bytes that are received before the call is paused, and a batch ends. */
const BATCH_BYTES = 2 ** 20;
/** A batch is delivered when it has BATCH_BYTES bytes, at the latest after this time. */
const GATHERED_BYTES = 2 ** 18;
const GATHER_MS = 10;
/**
 * After this time without a message, the call is repeated or the read ends: servers before 23.10 do not report the end
 * of the stream.
 */
const IDLE_MS = 3_000;
const MAX_FAILURES = 8;
const BACKOFF_MS = 50;

/** The messages of one call. They are buffered ahead of the reader, up to BATCH_BYTES. */
class Messages {
  private received: Buffer[] = [];
  private bytes = 0;
  private ended = false;
  private error?: Error;
  private wake: () => void = () => {};

  constructor(private readonly call: ReadCall) {
    call
      .on('data', (message: Buffer) => {
        this.received.push(message);
        this.bytes += message.length;
        if (this.bytes >= BATCH_BYTES) call.pause();
        this.wake();
      })
      .on('error', (error: Error) => this.end(error))
      .on('end', () => this.end());
  }

  /** The next messages; empty when none came within `ms`; undefined at the end of the call. @throws the error of the call */
  async next(ms: number): Promise<Buffer[] | undefined> {
    await this.until(() => this.received.length > 0, ms);
    if (this.received.length > 0) await this.until(() => this.bytes >= GATHERED_BYTES, GATHER_MS);
    const messages = this.received;
    if (messages.length === 0 && this.ended) {
      if (this.error !== undefined) throw this.error;
      return undefined;
    }
    this.received = [];
    this.bytes = 0;
    if (this.call.isPaused()) this.call.resume();
    return messages;
  }

  /** Resolves when a condition holds, at the end of the call, and after `ms`. */
  private async until(holds: () => boolean, ms: number): Promise<void> {
    if (holds() || this.ended) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        if (!holds() && !this.ended) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private end(error?: Error): void {
    this.ended = true;
    this.error ??= error;
    this.wake();
  }
}

/** One call, until it reaches its end or fails. */
async function* readOnce(
  connection: Connection,
  options: BulkReadOptions,
): AsyncGenerator<SerializedBatch & { isLast: boolean }> {
  const { to, signal } = options;
  const call = await openRead(connection, subscriptionRequest(options));
  const cancel = (): void => call.cancel();
  signal.addEventListener('abort', cancel);
  try {
    const messages = new Messages(call);
    for (let position = options.from; ;) {
      const received = await messages.next(IDLE_MS);
      if (signal.aborted || received === undefined) return;
      const events: SerializedEvent[] = [];
      let isCaughtUp = received.length === 0;
      for (const message of received.map(readServerMessage)) {
        if (message === 'caught-up') isCaughtUp = true;
        else if (typeof message === 'object' && 'event' in message) events.push(message.event);
        position = positionOf(message) ?? position;
      }
      const isLast = isCaughtUp || (position !== undefined && position.commit >= to.commit);
      yield { events, position, isLast };
      if (isLast) return;
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    call.cancel();
  }
}

function positionOf(message: ReturnType<typeof readServerMessage>): FromPosition {
  if (typeof message !== 'object') return undefined;
  return 'event' in message ? message.event.position : message.checkpoint;
}

/**
 * Reads events of $all as bytes, at least up to a position that exists, at the speed of the connection. Resumes after transient failures. The read
 * may end early when the server sends nothing; it never skips an event.
 * @throws EventStoreUnavailable, EventStoreRefused
 */
export async function* bulkRead(connection: Connection, options: BulkReadOptions): AsyncGenerator<SerializedBatch> {
  let { from } = options;
  for (let failures = 0; !options.signal.aborted;)
    try {
      for await (const { isLast, ...batch } of readOnce(connection, { ...options, from })) {
        failures = 0;
        yield batch;
        from = batch.position;
        if (isLast) return;
      }
      if (!options.signal.aborted) throw new Error('the server ended the read');
    } catch (error) {
      if (options.signal.aborted) return;
      if (!isTransient(error) || ++failures > MAX_FAILURES) throw toPortError('bulk read', error);
      await pause(BACKOFF_MS * 2 ** failures);
    }
}
