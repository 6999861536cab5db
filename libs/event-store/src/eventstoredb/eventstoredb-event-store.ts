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
  type SubscribeOptions,
} from '../event-store';
import { Appends } from './append';
import { Connection, pause } from './connection';
import { isNotFound, isPassing, toAppendError, toPortError } from './errors';
import { fitsOneAppend, type ProposedEvent, toProposedEvents } from './events';
import { LargeAppends } from './large-appends';
import { PAGE, Reads } from './reads';
import { ResumingSubscription } from './subscription';

export interface EventStoreDbOptions {
  /** How long one call may take in all, its retries included, in milliseconds (default 10,000). */
  totalTimeoutMs?: number;
  /** How long one try may take, and a read one page (default 4,000). */
  tryTimeoutMs?: number;
}

const LONGEST_PAUSE_MS = 500;
const HEALTH_TIMEOUT_MS = 2_000;
/** Never exists: nothing is appended to it. */
const HEALTH_STREAM = 'health-check';

function checkCount(maxCount: number): void {
  if (maxCount !== Infinity && !(Number.isSafeInteger(maxCount) && maxCount > 0))
    throw new TypeError(`at most ${maxCount} events cannot be read`);
}

function checkRevision(revision: unknown): void {
  if (typeof revision === 'bigint' && revision < 0n) throw new TypeError(`there is no revision ${revision}`);
}

/** The one adapter of the port: EventStoreDB (or KurrentDB, or the embedded node) through the official client. */
class EventStoreDbEventStore implements EventStore {
  private readonly connection: Connection;
  private readonly appends: Appends;
  private readonly reads: Reads;
  private readonly large: LargeAppends;
  private readonly totalTimeoutMs: number;
  private readonly tryTimeoutMs: number;
  private readonly ending = new AbortController();

  constructor(url: string, { totalTimeoutMs = 10_000, tryTimeoutMs = 4_000 }: EventStoreDbOptions) {
    this.connection = Connection.to(url);
    this.appends = new Appends(this.connection);
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
    // The same ids at the same revision are stored once however often they are sent; without a revision only while the server lives.
    const mayRepeat = expected !== 'any';
    try {
      return await this.retrying(mayRepeat, (ms) => this.appends.append(stream, events, expected, ms));
    } catch (error) {
      throw toAppendError(stream, expected, error);
    }
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<StreamSlice> {
    const { exists, events } = await this.readEvents(stream, options);
    return { exists, events: await this.large.restore(events) };
  }

  /** Events as they are stored. */
  private async readEvents(stream: string, options: ReadStreamOptions): Promise<StreamSlice> {
    const { direction = 'forwards', maxCount = Infinity } = options;
    checkCount(maxCount);
    checkRevision(options.from);
    const events: RecordedEvent[] = [];
    let { from } = options;
    try {
      while (events.length < maxCount) {
        const wanted = Math.min(PAGE, maxCount - events.length);
        const page = await this.retrying(true, (ms) => this.reads.ofStream(stream, direction, from, wanted, ms));
        events.push(...page);
        const last = page.at(-1);
        if (last === undefined || page.length < wanted || (direction === 'backwards' && last.revision === 0n)) break;
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
        // Forwards a page begins with the event that the last one ended with.
        const overlap = direction === 'forwards' && events.length > 0 ? 1 : 0;
        const wanted = Math.min(PAGE, maxCount - events.length + overlap);
        const page = await this.retrying(true, (ms) => this.reads.ofAll(direction, at, wanted, ms));
        events.push(...page.slice(overlap));
        if (page.length < wanted || events.length >= maxCount) break;
        at = page.at(-1)?.position;
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
      const events = await this.restoredUntil(batch.events, signal);
      if (events !== undefined) yield { ...batch, events };
    }
  }

  /** A payload that cannot be read now is read again until it can; undefined when `signal` ends it. */
  private async restoredUntil(
    events: readonly RecordedEvent[],
    signal: AbortSignal,
  ): Promise<readonly RecordedEvent[] | undefined> {
    while (!signal.aborted)
      try {
        return await this.large.restore(events);
      } catch (error) {
        if (!(error instanceof EventStoreUnavailable)) throw error;
        await pause(LONGEST_PAUSE_MS);
      }
    return undefined;
  }

  async checkWritable(): Promise<void> {
    // An append of nothing goes through the leader. A read would be answered by any node, also of a cluster that has lost its majority.
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

  /** Tries again what may pass, until the total time is over. @throws the last error */
  private async retrying<T>(mayRepeat: boolean, call: (timeoutMs: number) => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.totalTimeoutMs;
    for (let attempt = 1; ; attempt++) {
      if (this.ending.signal.aborted) throw new EventStoreUnavailable('the event store is closed');
      try {
        return await call(Math.max(1, Math.min(this.tryTimeoutMs, deadline - Date.now())));
      } catch (error) {
        const wait = Math.min(LONGEST_PAUSE_MS, 10 * 2 ** attempt);
        if (!mayRepeat || isNotFound(error) || !isPassing(error) || Date.now() + wait >= deadline) throw error;
        await pause(wait);
      }
    }
  }
}

/**
 * Connects to the server that a connection string names (esdb://, esdb+discover://, with credentials and TLS as it says). Connects when it is
 * first asked for something, and again whenever it has to. Within a process the same string means the same connection.
 * @throws Error for a string that is none
 */
export function connectEventStoreDb(url: string, options: EventStoreDbOptions = {}): EventStore {
  return new EventStoreDbEventStore(url, options);
}
