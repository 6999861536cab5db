import { convertToCommandError } from '@eventstore/db-client';
import type { EventBatch, FromPosition, SubscribeOptions } from '../event-store';
import type { Connection } from './connection';
import { type Entry, EntryQueue, isAfter } from './entry-queue';
import { isTransient, isTooSlow, toPortError } from './errors';
import { cancelRead, openRead, type ReadCall } from './read-call';
import { subscriptionRequest } from './read-request';
import { PAGE_SIZE, type Reads } from './reads';
import { readServerMessage } from './serialized-event';

/** The subscription pauses above this many queued entries or bytes, and resumes below half. */
const MAX_WAITING = 5_000;
const MAX_WAITING_BYTES = 32 * 2 ** 20;
const BATCH_BYTES = 8 * 2 ** 20;
/** After this idle time a read checks for missed events and for a dead connection. */
const IDLE_CHECK_MS = 1_000;
const READ_TIMEOUT_MS = 1_500;
const INITIAL_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 1_000;

/**
 * A subscription to $all that resubscribes after every transient failure, from the last entry in its queue. Received events are moved to a
 * bounded queue immediately, because the server drops a live subscription whose reader is too slow. Events are never skipped, repeated or reordered.
 */
export class ResumingSubscription {
  private readonly queue = new EntryQueue();
  /** All entries up to this position were queued. */
  private seen: FromPosition;
  private lastReceivedAt = 0;
  private endSeen = false;
  private reportedCaughtUp = false;
  private failures = 0;
  private stopped = false;
  private refusal?: Error;
  private current?: ReadCall;
  /** `wake` resumes the consumer; `endWait` ends the wait of the subscription loop. */
  private wake: () => void = () => {};
  private endWait: (reason?: unknown) => void = () => {};

  constructor(
    private readonly connection: Connection,
    private readonly reads: Reads,
    private readonly options: SubscribeOptions,
  ) {
    this.seen = options.from;
  }

  async *batches(): AsyncGenerator<EventBatch> {
    const { signal, maxBatch = 1_000, maxBatchBytes = BATCH_BYTES } = this.options;
    const stop = (): void => this.stop();
    signal?.addEventListener('abort', stop);
    if (signal?.aborted === true) this.stop();
    void this.keepOpen();
    try {
      while (!this.stopped) {
        const batch = this.take(maxBatch, maxBatchBytes);
        if (batch !== undefined) yield batch;
        else if (this.refusal !== undefined) throw this.refusal;
        else await new Promise<void>((resolve) => (this.wake = resolve));
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      this.stop();
    }
  }

  /** Ends immediately, without waiting for the server. */
  private stop(): void {
    this.stopped = true;
    this.endWait();
    this.wake();
  }

  /** The queued entries as one batch, also to report `caughtUp` once; undefined when there is nothing to report. */
  private take(maxBatch: number, maxBytes: number): EventBatch | undefined {
    const batch = this.queue.take(maxBatch, maxBytes);
    if (!this.isFull(1 / 2) && this.current?.isPaused() === true) this.current.resume();
    const caughtUp = this.endSeen && this.queue.length === 0 && this.current?.readableLength === 0;
    if (batch === undefined && (!caughtUp || this.reportedCaughtUp)) return undefined;
    this.reportedCaughtUp ||= caughtUp;
    return { ...(batch ?? { events: [], position: this.seen ?? { commit: 0n, prepare: 0n } }), caughtUp };
  }

  private isFull(share = 1): boolean {
    return this.queue.length >= MAX_WAITING * share || this.queue.bytes >= MAX_WAITING_BYTES * share;
  }

  private add(entry: Entry): void {
    this.lastReceivedAt = Date.now();
    // Ignore events that the server repeats after a resume.
    if (!isAfter(entry.position, this.seen)) return;
    this.seen = entry.position;
    this.failures = 0;
    this.queue.push(entry);
    if (this.isFull()) this.current?.pause();
    this.wake();
  }

  private async keepOpen(): Promise<void> {
    while (!this.stopped) {
      const reason = await this.followOnce().catch((error: unknown) => error);
      if (this.stopped) return;
      if (!isTransient(reason)) return this.refuse(reason);
      // A subscription dropped as too slow is not a failure: it needs space in the queue.
      if (!isTooSlow(reason)) this.failures += 1;
      await this.waitUpTo(Math.min(MAX_BACKOFF_MS, INITIAL_BACKOFF_MS * 2 ** this.failures));
      while (this.isFull(1 / 2) && !this.stopped) await this.waitUpTo(INITIAL_BACKOFF_MS);
    }
  }

  private refuse(reason: unknown): void {
    this.refusal = toPortError('subscription', reason);
    this.wake();
  }

  /** Runs one subscription until it fails or is stopped. Resolves to the reason. */
  private async followOnce(): Promise<unknown> {
    // Servers before 23.10 send no caught-up message: compare with the last position at the start.
    const [last] = (await this.reads.ofAll('backwards', undefined, 1, READ_TIMEOUT_MS)).events;
    if (this.stopped) return new Error('stopped');
    const call = await this.open();
    this.current = call;
    this.lastReceivedAt = Date.now();
    try {
      return await new Promise<unknown>((resolve) => {
        this.endWait = resolve;
        call
          .on('data', (message: Buffer) => {
            try {
              this.receive(call, message, last?.position);
            } catch (malformed) {
              resolve(malformed);
            }
          })
          .on('error', (error) => resolve(convertToCommandError(error)))
          .on('end', () => resolve(new Error('the server ended the subscription')));
        if (this.stopped) resolve(new Error('stopped'));
        void this.watch(call).then(resolve);
      });
    } finally {
      this.current = undefined;
      this.endSeen = false;
      this.reportedCaughtUp = false;
      call.cancel();
    }
  }

  /** Opens the call. A call that opens after the timeout is cancelled. */
  private open(): Promise<ReadCall> {
    const { seen: from, options } = this;
    const request = subscriptionRequest({ from, streamPrefixes: options.streamPrefixes });
    const opening = openRead(this.connection, request);
    return this.connection.attempt(
      READ_TIMEOUT_MS,
      () => opening,
      () => cancelRead(opening),
    );
  }

  /** @param end the last position when the subscription started @throws RangeError for a malformed message */
  private receive(call: ReadCall, bytes: Buffer, end: FromPosition): void {
    if (this.current !== call) return;
    const message = readServerMessage(bytes);
    if (message === 'caught-up') this.markEndReached(call);
    else if (typeof message !== 'object') return;
    else if ('checkpoint' in message) this.add({ position: message.checkpoint });
    else {
      const { position } = message.event;
      this.add({ event: message.event.decode(), position });
      if (end !== undefined && !isAfter(end, this.seen)) this.markEndReached(call);
      else if (this.endSeen) this.wake();
    }
  }

  private markEndReached(call: ReadCall): void {
    if (this.current !== call) return;
    this.endSeen = true;
    this.wake();
  }

  /**
   * Reads ahead when the subscription is idle. This detects a dead connection, and advances the position past events of other streams on stores
   * that rarely send a checkpoint. Resolves to the reason to resubscribe.
   */
  private async watch(call: ReadCall): Promise<Error> {
    const { generation } = this.connection;
    for (let missed = 0; this.current === call && missed < 2;) {
      await new Promise((resolve) => setTimeout(resolve, IDLE_CHECK_MS / 4));
      if (this.connection.generation !== generation) return new Error('another call found its channel dead');
      if (call.isPaused() || Date.now() - this.lastReceivedAt < IDLE_CHECK_MS) continue;
      try {
        missed = (await this.isUpToDate(call)) ? 0 : missed + 1;
      } catch (cause) {
        // Resubscribing determines whether the error is transient.
        return new Error('the store does not answer', { cause });
      }
    }
    return new Error('the subscription is silent although there are events');
  }

  /** False when matching events exist ahead of the position and none was received meanwhile. */
  private async isUpToDate(call: ReadCall): Promise<boolean> {
    const { seen } = this;
    const { events, isLast } = await this.reads.ofAll('forwards', seen, PAGE_SIZE, READ_TIMEOUT_MS);
    if (this.current !== call || this.seen !== seen) return true;
    this.lastReceivedAt = Date.now();
    const ahead = events.filter(({ position }) => isAfter(position, seen));
    if (ahead.some(({ stream }) => this.options.streamPrefixes.some((prefix) => stream.startsWith(prefix))))
      return false;
    const last = ahead.at(-1);
    if (last !== undefined) this.add({ position: last.position });
    if (isLast) this.markEndReached(call);
    return true;
  }

  private waitUpTo(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.endWait = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
