import {
  type Appended,
  type EventBatch,
  type EventStore,
  type EventToAppend,
  EventStoreUnavailable,
  type ExpectedRevision,
  type FromPosition,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type StreamSlice,
  StreamTooLarge,
  type SubscribeOptions,
} from '../event-store';
import { Appends, CONCURRENT_CALLS } from './append';
import { bulkRead, type BulkReadOptions } from './bulk-read';
import { Connection, pause } from './connection';
import { isNotFound, isTransient, toAppendError, toPortError } from './errors';
import { fitsOneAppend, type ProposedEvent, toProposedEvents } from './events';
import { isStandIn, LargeAppends } from './large-appends';
import { PAGE_BYTES, PAGE_SIZE, Reads } from './reads';
import type { SerializedEvent } from './serialized-event';
import { ResumingSubscription } from './subscription';

export interface EventStoreDbOptions {
  /** Timeout of a call including its retries, in milliseconds (default 10,000). */
  totalTimeoutMs?: number;
  /** Timeout of one attempt, and of one page of a read, in milliseconds (default 4,000). */
  tryTimeoutMs?: number;
}

/** Events of a bulk read: as bytes, or decoded where the payload of a large append was restored. */
export interface BulkBatch {
  events: (SerializedEvent | RecordedEvent)[];
  /** All matching events up to this position were read. */
  position: FromPosition;
}

/** An event store that reads a history as bytes, several times as fast as a subscription. */
export interface BulkEventStore extends EventStore {
  /**
   * Reads matching events at least up to a position that exists; may end earlier when the server sends nothing. Never skips an event.
   * @throws EventStoreUnavailable, EventStoreRefused
   */
  bulkRead(options: BulkReadOptions): AsyncIterable<BulkBatch>;
}

export const canBulkRead = (store: EventStore): store is BulkEventStore => 'bulkRead' in store;

const MAX_BACKOFF_MS = 500;
const HEALTH_TIMEOUT_MS = 2_000;
/** A stream that never exists: only empty appends go to it. */
const HEALTH_STREAM = 'health-check';

function checkCount(maxCount: number): void {
  if (maxCount !== Infinity && !(Number.isSafeInteger(maxCount) && maxCount > 0))
    throw new TypeError(`at most ${maxCount} events cannot be read`);
}

function checkRevision(revision: unknown): void {
  if (typeof revision === 'bigint' && revision < 0n) throw new TypeError(`there is no revision ${revision}`);
}

/** Implements the port for EventStoreDB, KurrentDB and the embedded node, with the official client. */
class EventStoreDbEventStore implements BulkEventStore {
  private readonly connection: Connection;
  private readonly appends: Appends;
  private readonly reads: Reads;
  private readonly large: LargeAppends;
  private readonly totalTimeoutMs: number;
  private readonly tryTimeoutMs: number;
  private readonly ending = new AbortController();

  constructor(url: string, { totalTimeoutMs = 10_000, tryTimeoutMs = 4_000 }: EventStoreDbOptions) {
    this.connection = Connection.to(url);
    this.appends = new Appends(this.connection, CONCURRENT_CALLS);
    this.reads = new Reads(this.connection);
    this.large = new LargeAppends(
      (stream, chunk, expected) => this.appendProposed(stream, [chunk], expected),
      async (stream) => (await this.readEvents(stream, {})).events,
    );
    this.totalTimeoutMs = totalTimeoutMs;
    this.tryTimeoutMs = tryTimeoutMs;
  }

  async append(stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): Promise<Appended> {
    checkRevision(expected);
    const proposed = toProposedEvents(stream, events);
    const sent = fitsOneAppend(proposed) ? proposed : await this.large.store(stream, proposed);
    return this.appendProposed(stream, sent, expected);
  }

  private async appendProposed(
    stream: string,
    events: readonly ProposedEvent[],
    expected: ExpectedRevision,
  ): Promise<Appended> {
    // An append with the same ids at the same revision is idempotent; without a revision only until the server restarts.
    const isIdempotent = expected !== 'any';
    try {
      return await this.retrying(isIdempotent, (ms) => this.appends.append(stream, events, expected, ms));
    } catch (error) {
      throw toAppendError(stream, expected, error);
    }
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<StreamSlice> {
    const { exists, events } = await this.readEvents(stream, options);
    if (options.maxBytes !== undefined && events.some(isStandIn)) throw new StreamTooLarge(stream, options.maxBytes);
    return { exists, events: await this.large.restore(events) };
  }

  /** Events as stored, with stand-ins. */
  private async readEvents(stream: string, options: ReadStreamOptions): Promise<StreamSlice> {
    const { direction = 'forwards', maxCount = Infinity, maxBytes = Infinity } = options;
    checkCount(maxCount);
    checkRevision(options.from);
    const events: RecordedEvent[] = [];
    let { from } = options;
    let bytes = 0;
    try {
      while (events.length < maxCount) {
        const wanted = Math.min(PAGE_SIZE, maxCount - events.length);
        const pageBytes = Math.min(PAGE_BYTES, maxBytes + 1 - bytes);
        const page = await this.retrying(true, (ms) =>
          this.reads.ofStream(stream, direction, from, wanted, ms, pageBytes),
        );
        events.push(...page.events);
        bytes = page.events.reduce((sum, event) => sum + (event.bytes ?? 0), bytes);
        if (bytes > maxBytes) throw new StreamTooLarge(stream, maxBytes);
        const last = page.events.at(-1);
        if (last === undefined || page.isLast || (direction === 'backwards' && last.revision === 0n)) break;
        from = direction === 'forwards' ? last.revision + 1n : last.revision - 1n;
      }
      return { exists: true, events };
    } catch (error) {
      if (isNotFound(error)) return { exists: false, events: [] };
      throw toPortError(`read of ${stream}`, error);
    }
  }

  async readAll({ direction = 'forwards', from, maxCount }: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    checkCount(maxCount);
    const events: RecordedEvent[] = [];
    try {
      for (let at = from; ;) {
        // Forwards, a page starts with the last event of the previous page.
        const overlap = direction === 'forwards' && events.length > 0 ? 1 : 0;
        const wanted = Math.min(PAGE_SIZE, maxCount - events.length + overlap);
        const page = await this.retrying(true, (ms) => this.reads.ofAll(direction, at, wanted, ms));
        events.push(...page.events.slice(overlap));
        if (page.isLast || events.length >= maxCount) break;
        at = page.events.at(-1)?.position;
      }
    } catch (error) {
      throw toPortError('read of $all', error);
    }
    return this.large.restore(events);
  }

  async streamExists(stream: string): Promise<boolean> {
    return (await this.readEvents(stream, { direction: 'backwards', maxCount: 1 })).exists;
  }

  async lastRevision(stream: string): Promise<bigint | undefined> {
    return (await this.readEvents(stream, { direction: 'backwards', maxCount: 1 })).events[0]?.revision;
  }

  async lastPosition(): Promise<FromPosition> {
    return (await this.readAll({ direction: 'backwards', maxCount: 1 }))[0]?.position;
  }

  subscribe(options: SubscribeOptions): AsyncIterable<EventBatch> {
    if (options.streamPrefixes.length === 0) throw new TypeError('a subscription needs a prefix of stream names');
    const signals = [this.ending.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const subscribing = { ...options, signal: AbortSignal.any(signals) };
    return this.restored(
      new ResumingSubscription(this.connection, this.reads, subscribing).batches(),
      subscribing.signal,
    );
  }

  private async *restored(batches: AsyncIterable<EventBatch>, signal: AbortSignal): AsyncGenerator<EventBatch> {
    for await (const batch of batches) {
      const events = await this.restoreWithRetries(batch.events, signal);
      if (events !== undefined) yield { ...batch, events };
    }
  }

  async *bulkRead(options: BulkReadOptions): AsyncGenerator<BulkBatch> {
    const signal = AbortSignal.any([this.ending.signal, options.signal]);
    for await (const { events, position } of bulkRead(this.connection, { ...options, signal })) {
      if (!events.some(({ isEmpty }) => isEmpty)) yield { events, position };
      else {
        const restored = await this.restoreWithRetries(
          events.map((event) => event.decode()),
          signal,
        );
        if (restored !== undefined) yield { events: [...restored], position };
      }
    }
  }

  /** Retries while the payload is unavailable; undefined when `signal` aborts. */
  private async restoreWithRetries(
    events: readonly RecordedEvent[],
    signal: AbortSignal,
  ): Promise<readonly RecordedEvent[] | undefined> {
    while (!signal.aborted)
      try {
        return await this.large.restore(events);
      } catch (error) {
        if (!(error instanceof EventStoreUnavailable)) throw error;
        await pause(MAX_BACKOFF_MS);
      }
    return undefined;
  }

  async checkWritable(): Promise<void> {
    // An empty append is answered by the leader. A read can be answered by any node, even of a cluster without a majority.
    try {
      await this.appends.append(HEALTH_STREAM, [], 'no-stream', HEALTH_TIMEOUT_MS);
    } catch (error) {
      throw toPortError('check of the event store', error);
    }
  }

  async close(): Promise<void> {
    if (this.ending.signal.aborted) return;
    this.ending.abort();
    await this.connection.release();
  }

  /** Retries transient errors with exponential backoff until the total timeout. @throws the last error */
  private async retrying<T>(isIdempotent: boolean, call: (timeoutMs: number) => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.totalTimeoutMs;
    for (let attempt = 1; ; attempt++) {
      if (this.ending.signal.aborted) throw new EventStoreUnavailable('the event store is closed');
      try {
        return await call(Math.max(1, Math.min(this.tryTimeoutMs, deadline - Date.now())));
      } catch (error) {
        const wait = Math.min(MAX_BACKOFF_MS, 10 * 2 ** attempt);
        if (!isIdempotent || isNotFound(error) || !isTransient(error) || Date.now() + wait >= deadline) throw error;
        await pause(wait);
      }
    }
  }
}

/**
 * Creates an event store for a connection string (esdb://, esdb+discover://, esdb+unix://). Connects on first use and reconnects as needed. Event
 * stores with the same connection string in one process share a connection.
 * @throws Error for an invalid connection string
 */
export function connectEventStoreDb(url: string, options: EventStoreDbOptions = {}): BulkEventStore {
  return new EventStoreDbEventStore(url, options);
}
