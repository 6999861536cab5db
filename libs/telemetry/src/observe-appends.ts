import {
  AppendTooLarge,
  type EventStore,
  EventStoreRefused,
  EventStoreUnavailable,
  WrongExpectedRevision,
} from '@app/event-store/event-store';

/** `checked`: an append of no events, which verifies the revision of a stream. */
export type AppendOutcome = 'appended' | 'checked' | 'conflict' | 'unavailable' | 'too-large' | 'refused' | 'failed';

export interface ObservedAppend {
  stream: string;
  /** Number of events. */
  events: number;
  /** The request that wrote; absent for an append of no events. */
  correlationId?: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  seconds: number;
  outcome: AppendOutcome;
}

export type AppendObserver = (append: ObservedAppend) => void;

function outcomeOf(error: unknown): AppendOutcome {
  if (error instanceof WrongExpectedRevision) return 'conflict';
  if (error instanceof EventStoreUnavailable) return 'unavailable';
  if (error instanceof AppendTooLarge) return 'too-large';
  return error instanceof EventStoreRefused ? 'refused' : 'failed';
}

/** Wraps an event store: observers are called after every append. Without observers, returns the store itself. */
export function observeAppends(store: EventStore, observers: readonly AppendObserver[]): EventStore {
  if (observers.length === 0) return store;
  return {
    append: async (stream, events, expected) => {
      const [startedAt, start] = [Date.now(), performance.now()];
      const correlationId = events[0]?.metadata.$correlationId;
      const tell = (outcome: AppendOutcome): void => {
        const seconds = (performance.now() - start) / 1_000;
        for (const observe of observers)
          observe({ stream, events: events.length, correlationId, startedAt, seconds, outcome });
      };
      try {
        const appended = await store.append(stream, events, expected);
        tell(events.length === 0 ? 'checked' : 'appended');
        return appended;
      } catch (error) {
        tell(outcomeOf(error));
        throw error;
      }
    },
    readStream: (stream, options) => store.readStream(stream, options),
    readAll: (options) => store.readAll(options),
    streamExists: (stream) => store.streamExists(stream),
    lastRevision: (stream) => store.lastRevision(stream),
    lastPosition: () => store.lastPosition(),
    subscribe: (options) => store.subscribe(options),
    checkWritable: () => store.checkWritable(),
    close: () => store.close(),
  };
}

/** The kind of a stream: its name up to the first hyphen. */
export const streamKind = (stream: string): string => stream.split('-', 1)[0] ?? '';
