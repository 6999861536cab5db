import { type AllStreamSubscription, START, streamNameFilter } from '@eventstore/db-client';
import type { EventBatch, FromPosition, SubscribeOptions } from '../event-store';
import type { Connection } from './connection';
import { type Entry, EntryQueue, isAfter } from './entry-queue';
import { isPassing, isTooSlow, toPortError } from './errors';
import { toRecordedEvent } from './events';
import { PAGE, type Reads } from './reads';

/** Beyond so many waiting entries, or bytes of them, the server is asked to wait; below half of them it goes on. */
const MAX_WAITING = 5_000;
const MAX_WAITING_BYTES = 32 * 2 ** 20;
const BATCH_BYTES = 8 * 2 ** 20;
/** A checkpoint for so many considered events: the client awaits each, so that many of them slow a replay down. */
const CHECKPOINT_EVERY = 1_000;
/** After so long without a word it is asked for what there is, and so whether the link lives. */
const QUIET_MS = 1_000;
const READ_TIMEOUT_MS = 1_500;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;

/**
 * A subscription to $all that never ends by itself. What the server sends is taken at once into a bounded queue of its own, for a live
 * subscription whose reader falls behind is dropped; that, a restart and a lost link are all routine: it subscribes again after the last
 * entry in the queue. Nothing is skipped, repeated or reordered.
 */
export class ResumingSubscription {
  private readonly queue = new EntryQueue();
  /** Everything up to here is in the queue or was taken from it. */
  private seen: FromPosition;
  private heardAt = 0;
  private endSeen = false;
  private saidCaughtUp = false;
  private failures = 0;
  private stopped = false;
  private refusal?: Error;
  private current?: AllStreamSubscription;
  /** Wakes whoever takes; ends whatever the following waits for. */
  private wake: () => void = () => {};
  private leave: (reason?: unknown) => void = () => {};

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

  /** Ends at once, whatever it waits for: the server may be silent, so nobody waits for its answer to that. */
  private stop(): void {
    this.stopped = true;
    this.leave();
    this.wake();
  }

  // ---------------------------------------------------------------- taking

  /** What has come, as one batch; undefined when there is nothing to say. */
  private take(maxBatch: number, maxBytes: number): EventBatch | undefined {
    const batch = this.queue.take(maxBatch, maxBytes);
    if (!this.isFull(1 / 2) && this.current?.isPaused() === true) this.current.resume();
    const caughtUp = this.endSeen && this.queue.length === 0 && this.current?.readableLength === 0;
    if (batch === undefined && (!caughtUp || this.saidCaughtUp)) return undefined;
    this.saidCaughtUp ||= caughtUp;
    return { ...(batch ?? { events: [], position: this.seen ?? { commit: 0n, prepare: 0n } }), caughtUp };
  }

  private isFull(share = 1): boolean {
    return this.queue.length >= MAX_WAITING * share || this.queue.bytes >= MAX_WAITING_BYTES * share;
  }

  private add(entry: Entry): void {
    this.heardAt = Date.now();
    // A server that repeats itself after a resume is not believed twice.
    if (!isAfter(entry.position, this.seen)) return;
    this.seen = entry.position;
    this.failures = 0;
    this.queue.push(entry);
    if (this.isFull()) this.current?.pause();
    this.wake();
  }

  // ---------------------------------------------------------------- following

  private async keepOpen(): Promise<void> {
    while (!this.stopped) {
      const reason = await this.followOnce().catch((error: unknown) => error);
      if (this.stopped) return;
      if (!isPassing(reason)) return this.refuse(reason);
      // Being dropped as too slow is no failure: what it takes is room in the queue.
      if (!isTooSlow(reason)) this.failures += 1;
      await this.waitUpTo(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures));
      while (this.isFull(1 / 2) && !this.stopped) await this.waitUpTo(FIRST_PAUSE_MS);
    }
  }

  private refuse(reason: unknown): void {
    this.refusal = toPortError('subscription', reason);
    this.wake();
  }

  /** Follows one subscription until it fails, which is what it resolves to, or until it is left. */
  private async followOnce(): Promise<unknown> {
    // Servers before 23.10 do not say when they have caught up; then the end as it was at the start does.
    const [last] = await this.reads.ofAll('backwards', undefined, 1, READ_TIMEOUT_MS);
    if (this.stopped) return new Error('left');
    const subscription = this.subscribe(last?.position);
    this.current = subscription;
    this.heardAt = Date.now();
    try {
      return await new Promise<unknown>((resolve) => {
        this.leave = resolve;
        subscription.on('error', resolve).on('end', () => resolve(new Error('the server ended the subscription')));
        void this.watch(subscription).then(resolve);
      });
    } finally {
      this.current = undefined;
      this.endSeen = false;
      this.saidCaughtUp = false;
      // Not awaited: with a silent server this takes as long as the server likes.
      void subscription.unsubscribe().catch(() => {});
    }
  }

  private subscribe(end: FromPosition): AllStreamSubscription {
    const subscription = this.connection.client.subscribeToAll({
      fromPosition: this.seen ?? START,
      filter: streamNameFilter({
        prefixes: [...this.options.streamPrefixes],
        maxSearchWindow: CHECKPOINT_EVERY,
        checkpointInterval: 1,
        // A checkpoint overtakes the events that still wait inside the client. It would hide them, so it is let go: another one comes.
        checkpointReached: async (_subscription, position) => {
          if (this.current === subscription && subscription.readableLength === 0) this.add({ position });
        },
      }),
    });
    return subscription
      .on('caughtUp', () => this.atTheEnd(subscription))
      .on('data', ({ event }) => {
        if (this.current !== subscription) return;
        if (event !== undefined) this.add({ event: toRecordedEvent(event), position: event.position });
        if (end !== undefined && !isAfter(end, this.seen)) this.atTheEnd(subscription);
        else if (this.endSeen) this.wake();
      });
  }

  private atTheEnd(subscription: AllStreamSubscription): void {
    if (this.current !== subscription) return;
    this.endSeen = true;
    this.wake();
  }

  // ---------------------------------------------------------------- watching

  /**
   * Looks, when nothing came for a while, whether there is something that should have come. So a link that died without a word is noticed, and
   * the position moves on over events of others although small and quiet stores give no checkpoint for long.
   */
  private async watch(subscription: AllStreamSubscription): Promise<Error> {
    const { generation } = this.connection;
    for (let missed = 0; this.current === subscription && missed < 2;) {
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 4));
      if (this.connection.generation !== generation) return new Error('another call found its channel dead');
      if (subscription.isPaused() || Date.now() - this.heardAt < QUIET_MS) continue;
      try {
        missed = (await this.lookAhead(subscription)) ? 0 : missed + 1;
      } catch (cause) {
        // Whatever it was, subscribing again tells whether it passes.
        return new Error('the store does not answer', { cause });
      }
    }
    return new Error('the subscription is silent although there are events');
  }

  /** False when events that match stand ahead and nothing came meanwhile. */
  private async lookAhead(subscription: AllStreamSubscription): Promise<boolean> {
    const { seen } = this;
    const page = await this.reads.ofAll('forwards', seen, PAGE, READ_TIMEOUT_MS);
    if (this.current !== subscription || this.seen !== seen) return true;
    this.heardAt = Date.now();
    const ahead = page.filter(({ position }) => isAfter(position, seen));
    if (ahead.some(({ stream }) => this.options.streamPrefixes.some((prefix) => stream.startsWith(prefix))))
      return false;
    const last = ahead.at(-1);
    if (last !== undefined) this.add({ position: last.position });
    if (page.length < PAGE) this.atTheEnd(subscription);
    return true;
  }

  private waitUpTo(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.leave = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
