import {
  type Appended,
  type EventBatch,
  type EventStore,
  type EventToAppend,
  type ExpectedRevision,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  type StreamSlice,
  StreamTooLarge,
  WrongExpectedRevision,
} from '@app/event-store/event-store';

/** Called before and after each step. A test can delay steps, reorder their responses or crash a writer there. */
export type Gate = (step: string) => Promise<void>;

/**
 * An in-memory event store with the semantics of the port, for tests that need many stores or control of the interleaving. The contract suite
 * tests the real server.
 */
export class MemoryEventStore implements EventStore {
  readonly all: RecordedEvent[] = [];
  private readonly streams = new Map<string, RecordedEvent[]>();
  private readonly waiting = new Set<() => void>();

  /** The same store for one writer, with its own gate. */
  through(gate: Gate): EventStore {
    const gated =
      <A extends unknown[], R>(step: string, call: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        await gate(`${step} ${String(args[0])}`);
        const answer = await call(...args).then(
          (value) => () => value,
          (error: unknown) => () => {
            throw error;
          },
        );
        await gate(`answer to ${step}`);
        return answer();
      };
    return {
      append: gated('append', this.append.bind(this)),
      readStream: gated('read', this.readStream.bind(this)),
      readAll: this.readAll.bind(this),
      streamExists: this.streamExists.bind(this),
      checkWritable: this.checkWritable.bind(this),
      lastRevision: gated('last revision', this.lastRevision.bind(this)),
      lastPosition: gated('last position', this.lastPosition.bind(this)),
      subscribe: this.subscribe.bind(this),
      close: this.close.bind(this),
    };
  }

  async append(stream: string, events: readonly EventToAppend[], expected: ExpectedRevision): Promise<Appended> {
    const stored = this.streams.get(stream) ?? [];
    const actual = stored.at(-1)?.revision;
    if (expected !== 'any' && actual !== (expected === 'no-stream' ? undefined : expected))
      throw new WrongExpectedRevision(stream, expected, actual);
    for (const event of events) {
      const at = BigInt(this.all.length);
      const recorded: RecordedEvent = {
        ...(JSON.parse(JSON.stringify(event)) as EventToAppend),
        stream,
        revision: BigInt(stored.length),
        position: { commit: at, prepare: at },
        recordedAt: new Date(Date.UTC(2026, 0, 1) + this.all.length),
      };
      stored.push(recorded);
      this.all.push(recorded);
    }
    if (events.length > 0) this.streams.set(stream, stored);
    for (const wake of this.waiting) wake();
    return { revision: stored.at(-1)?.revision ?? 0n, position: this.all.at(-1)?.position };
  }

  async readStream(
    stream: string,
    { direction, from, maxCount, maxBytes = Infinity }: ReadStreamOptions = {},
  ): Promise<StreamSlice> {
    const stored = this.streams.get(stream);
    if (stored === undefined) return { exists: false, events: [] };
    const events =
      direction === 'backwards'
        ? [...stored].reverse().filter(({ revision }) => from === undefined || revision <= from)
        : stored.filter(({ revision }) => from === undefined || revision >= from);
    const slice = events.slice(0, maxCount);
    if (maxBytes < Infinity && JSON.stringify(slice.map(({ data, metadata }) => [data, metadata])).length > maxBytes)
      throw new StreamTooLarge(stream, maxBytes);
    return { exists: true, events: slice };
  }

  async readAll({ direction, from, maxCount }: ReadAllOptions): Promise<readonly RecordedEvent[]> {
    const events =
      direction === 'backwards'
        ? [...this.all].reverse().filter(({ position }) => from === undefined || position.commit < from.commit)
        : this.all.filter(({ position }) => from === undefined || position.commit >= from.commit);
    return events.slice(0, maxCount);
  }

  async streamExists(stream: string): Promise<boolean> {
    return this.streams.has(stream);
  }

  async checkWritable(): Promise<void> {}

  async lastRevision(stream: string): Promise<bigint | undefined> {
    return this.streams.get(stream)?.at(-1)?.revision;
  }

  async lastPosition(): Promise<Position | undefined> {
    return this.all.at(-1)?.position;
  }

  async *subscribe({
    from,
    streamPrefixes,
    maxBatch = 1000,
    signal,
  }: Parameters<EventStore['subscribe']>[0]): AsyncIterable<EventBatch> {
    let next = from === undefined ? 0 : Number(from.commit) + 1;
    while (signal?.aborted !== true) {
      const seen = this.all.slice(next, next + maxBatch);
      const last = seen.at(-1);
      if (last !== undefined) {
        next += seen.length;
        const events = seen.filter(({ stream }) => streamPrefixes.some((prefix) => stream.startsWith(prefix)));
        yield { events, position: last.position, caughtUp: next >= this.all.length };
      } else await this.more(signal);
    }
  }

  private more(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.waiting.delete(wake);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      this.waiting.add(wake);
      signal?.addEventListener('abort', wake);
    });
  }

  async close(): Promise<void> {}
}
