import { BACKWARDS, END, EventStoreDBClient, FORWARDS, NO_STREAM, ANY, START } from '@eventstore/db-client';
import {
  type Appended,
  type EventBatch,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type FromPosition,
  type ReadStreamOptions,
  type RecordedEvent,
  type StreamSlice,
  type SubscribeOptions,
} from './event-store';
import { appendError, isNotFound, isPassing, unavailable } from './eventstoredb-errors';
import { toClientEvents, toRecordedEvent } from './eventstoredb-events';
import { ResumingSubscription } from './eventstoredb-subscription';

export interface EventStoreDbOptions {
  /** How long one call may take in all, its retries included, in milliseconds (default 10,000). */
  totalTimeoutMs?: number;
  /** How long one try may take (default 4,000). */
  tryTimeoutMs?: number;
}

/** Events are read in pages of so many, so that leaving early leaves little behind. */
const PAGE = 1_000;
const LONGEST_PAUSE_MS = 500;
const CLOSE_TIMEOUT_MS = 300;

class NoAnswer extends Error {}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The client's own time-outs do not cover everything it does: a silent server leaves an append pending for ever. */
async function within<T>(ms: number, call: Promise<T>, onTimeout?: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      onTimeout?.();
      reject(new NoAnswer(`no answer within ${ms} ms`));
    }, ms);
  });
  try {
    return await Promise.race([call, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

const toClientRevision = (expected: ExpectedRevision): bigint | typeof NO_STREAM | typeof ANY =>
  typeof expected === 'bigint' ? expected : expected === 'no-stream' ? NO_STREAM : ANY;

/** The one adapter of the port: EventStoreDB (or KurrentDB, or the embedded node) through the official client. */
class EventStoreDbEventStore implements EventStore {
  private readonly client: EventStoreDBClient;
  private readonly totalTimeoutMs: number;
  private readonly tryTimeoutMs: number;
  private readonly ending = new AbortController();

  constructor(url: string, { totalTimeoutMs = 10_000, tryTimeoutMs = 4_000 }: EventStoreDbOptions) {
    this.client = EventStoreDBClient.connectionString(url);
    this.totalTimeoutMs = totalTimeoutMs;
    this.tryTimeoutMs = tryTimeoutMs;
  }

  async append(stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): Promise<Appended> {
    const prepared = toClientEvents(stream, events);
    const expectedRevision = toClientRevision(expected);
    // The same ids at the same revision are stored once however often they are sent; without a revision only while the server lives.
    const mayRepeat = expected !== 'any';
    const append = async (): Promise<Appended> => {
      const { nextExpectedRevision, position } = await this.client.appendToStream(stream, prepared, {
        expectedRevision,
      });
      return { revision: nextExpectedRevision, ...(position !== undefined && { position }) };
    };
    try {
      return await this.retrying(mayRepeat, append);
    } catch (error) {
      throw appendError(stream, expected, error);
    }
  }

  async readStream(stream: string, options: ReadStreamOptions = {}): Promise<StreamSlice> {
    const { direction = 'forwards', maxCount = Infinity } = options;
    const events: RecordedEvent[] = [];
    let { from } = options;
    try {
      while (events.length < maxCount) {
        const wanted = Math.min(PAGE, maxCount - events.length);
        const page = await this.retrying(true, () => this.readPage(stream, direction, from, wanted));
        events.push(...page);
        const last = page.at(-1);
        if (last === undefined || page.length < wanted || (direction === 'backwards' && last.revision === 0n)) break;
        from = direction === 'forwards' ? last.revision + 1n : last.revision - 1n;
      }
      return { exists: true, events };
    } catch (error) {
      if (isNotFound(error)) return { exists: false, events: [] };
      throw unavailable(`read of ${stream}`, error);
    }
  }

  async lastRevision(stream: string): Promise<bigint | undefined> {
    return (await this.readStream(stream, { direction: 'backwards', maxCount: 1 })).events[0]?.revision;
  }

  async lastPosition(): Promise<FromPosition> {
    try {
      return await this.retrying(true, async () => {
        const reading = this.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 });
        for await (const { event } of reading) if (event !== undefined) return event.position;
        return undefined;
      });
    } catch (error) {
      throw unavailable('read of the last position', error);
    }
  }

  subscribe(options: SubscribeOptions): AsyncIterable<EventBatch> {
    const signals = [this.ending.signal, ...(options.signal === undefined ? [] : [options.signal])];
    const subscription = new ResumingSubscription(this.client, { ...options, signal: AbortSignal.any(signals) }, () =>
      this.lastPosition(),
    );
    return subscription.batches();
  }

  async close(): Promise<void> {
    this.ending.abort();
    // The client waits for ever for a subscription that was left before.
    await Promise.race([this.client.dispose(), pause(CLOSE_TIMEOUT_MS)]);
  }

  private async readPage(
    stream: string,
    direction: 'forwards' | 'backwards',
    from: bigint | undefined,
    maxCount: number,
  ): Promise<RecordedEvent[]> {
    const reading = this.client.readStream(stream, {
      direction: direction === 'forwards' ? FORWARDS : BACKWARDS,
      fromRevision: from ?? (direction === 'forwards' ? START : END),
      maxCount,
    });
    const collect = async (): Promise<RecordedEvent[]> => {
      const events: RecordedEvent[] = [];
      for await (const { event } of reading) if (event !== undefined) events.push(toRecordedEvent(event));
      return events;
    };
    return within(this.tryTimeoutMs, collect(), () => void reading.cancel().catch(() => {}));
  }

  /** Tries again what may pass, until the total time is over. @throws the last error */
  private async retrying<T>(mayRepeat: boolean, call: () => Promise<T>): Promise<T> {
    const deadline = Date.now() + this.totalTimeoutMs;
    for (let attempt = 1; ; attempt++) {
      try {
        return await within(Math.max(1, Math.min(this.tryTimeoutMs, deadline - Date.now())), call());
      } catch (error) {
        const wait = Math.min(LONGEST_PAUSE_MS, 10 * 2 ** attempt);
        const isOver = this.ending.signal.aborted || Date.now() + wait >= deadline;
        if (!mayRepeat || isNotFound(error) || !isPassing(error) || isOver) throw error;
        await pause(wait);
      }
    }
  }
}

/**
 * Connects to the server that a connection string names (esdb://, esdb+discover://, with credentials and TLS as it says). Connects when it is
 * first asked for something, and again whenever it has to; one for each server and process.
 * @throws Error for a string that is none
 */
export function connectEventStoreDb(url: string, options: EventStoreDbOptions = {}): EventStore {
  return new EventStoreDbEventStore(url, options);
}
