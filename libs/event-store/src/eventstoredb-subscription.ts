import { type AllStreamSubscription, type EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client';
import type { EventBatch, FromPosition, Position, RecordedEvent, SubscribeOptions } from './event-store';
import { toRecordedEvent } from './eventstoredb-events';

/** Beyond so many waiting entries the server is asked to wait; below half of them it goes on. */
const MOST_WAITING = 5_000;
/** A checkpoint for so many considered events: the client awaits each, so that many of them slow a replay down. */
const CHECKPOINT_EVERY = 1_000;
const START_TIMEOUT_MS = 5_000;
const LONGEST_PAUSE_MS = 2_000;

/** An event, or a checkpoint: nothing that matches stands before `position`. */
interface Entry {
  event?: RecordedEvent;
  position: Position;
}

const isAfter = (a: Position, b: FromPosition): boolean =>
  b === undefined || a.commit > b.commit || (a.commit === b.commit && a.prepare > b.prepare);

/**
 * A subscription to $all that never ends by itself. What the server sends is taken at once into a bounded buffer of its own, for a live
 * subscription whose reader falls behind is dropped; that, a restart and a lost link are all routine: it subscribes again after the last
 * entry in the buffer. Nothing is skipped, repeated or reordered.
 */
export class ResumingSubscription {
  private readonly waiting: Entry[] = [];
  private seen: FromPosition;
  private caughtUp = false;
  private saidCaughtUp = false;
  private failures = 0;
  private current?: AllStreamSubscription;
  private wake?: () => void;

  constructor(
    private readonly client: EventStoreDBClient,
    private readonly options: SubscribeOptions,
    private readonly lastPosition: () => Promise<FromPosition>,
  ) {
    this.seen = options.from;
  }

  async *batches(): AsyncIterable<EventBatch> {
    const { signal, maxBatch = 1_000 } = this.options;
    const stop = (): void => this.wake?.();
    signal?.addEventListener('abort', stop);
    const running = this.keepOpen();
    try {
      while (!this.isStopped()) {
        const batch = this.take(maxBatch);
        if (batch === undefined) await new Promise<void>((resolve) => (this.wake = resolve));
        else yield batch;
      }
    } finally {
      signal?.removeEventListener('abort', stop);
      this.stopped = true;
      this.reopen?.();
      await this.current?.unsubscribe().catch(() => {});
      await running;
    }
  }

  private stopped = false;
  private reopen?: () => void;

  private isStopped(): boolean {
    return this.stopped || this.options.signal?.aborted === true;
  }

  /** What has come, as one batch; undefined when there is nothing to say. */
  private take(maxBatch: number): EventBatch | undefined {
    const entries = this.waiting.splice(0, maxBatch);
    const last = entries.at(-1);
    const caughtUp = this.caughtUp && this.waiting.length === 0;
    if (last === undefined && (!caughtUp || this.saidCaughtUp)) return undefined;
    if (caughtUp) this.saidCaughtUp = true;
    if (this.waiting.length < MOST_WAITING / 2 && this.current?.isPaused() === true) this.current.resume();
    const position = last?.position ?? this.seen ?? { commit: 0n, prepare: 0n };
    return { events: entries.flatMap(({ event }) => (event === undefined ? [] : [event])), position, caughtUp };
  }

  private add(entry: Entry): void {
    // A server that repeats itself after a resume is not believed twice.
    if (!isAfter(entry.position, this.seen)) return;
    this.seen = entry.position;
    this.failures = 0;
    this.waiting.push(entry);
    if (this.waiting.length >= MOST_WAITING) this.current?.pause();
    this.wake?.();
  }

  private async keepOpen(): Promise<void> {
    while (!this.isStopped()) {
      await this.followOnce();
      if (this.isStopped()) return;
      this.failures += 1;
      await this.pause(Math.min(LONGEST_PAUSE_MS, 50 * 2 ** this.failures));
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.reopen = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Follows one subscription until it fails or is left. */
  private async followOnce(): Promise<void> {
    // Servers before 23.10 do not say when they have caught up; then the end as it was at the start does.
    const end = await this.lastPosition().catch(() => undefined);
    if (this.isStopped()) return;
    await new Promise<void>((resolve) => {
      const subscription = this.subscribe();
      this.current = subscription;
      this.reopen = resolve;
      const noAnswer = setTimeout(() => void subscription.unsubscribe().then(resolve, resolve), START_TIMEOUT_MS);
      subscription
        .on('confirmation', () => clearTimeout(noAnswer))
        .on('caughtUp', () => this.atTheEnd())
        .on('data', ({ event }) => {
          if (event !== undefined) this.add({ event: toRecordedEvent(event), position: event.position });
          if (end !== undefined && !isAfter(end, this.seen)) this.atTheEnd();
        })
        .on('error', () => resolve())
        .on('end', () => resolve())
        .on('close', () => resolve());
    });
    this.caughtUp = false;
    this.saidCaughtUp = false;
    await this.current?.unsubscribe().catch(() => {});
  }

  private atTheEnd(): void {
    this.caughtUp = true;
    this.wake?.();
  }

  private subscribe(): AllStreamSubscription {
    return this.client.subscribeToAll({
      fromPosition: this.seen ?? START,
      filter: streamNameFilter({
        prefixes: [...this.options.streamPrefixes],
        maxSearchWindow: CHECKPOINT_EVERY,
        checkpointInterval: 1,
        checkpointReached: async (_subscription, position) => this.add({ position }),
      }),
    });
  }
}
