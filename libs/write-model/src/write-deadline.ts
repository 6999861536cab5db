import { type EventStore, EventStoreUnavailable } from '@app/event-store/event-store';

/** The deadline of the write passed before this call, which was not started. */
export class WriteDeadlineExceeded extends EventStoreUnavailable {
  override name = 'WriteDeadlineExceeded';

  constructor(
    /** Milliseconds that the write waited for the event store. */
    readonly waitedMs: number,
  ) {
    super('the deadline of the write has passed');
  }
}

/** The calls to the event store that a write uses. */
export type WriteStore = Pick<EventStore, 'append' | 'readStream'>;

/**
 * Wraps the store for one write: no call starts after `isOver` returns true. A running call ends by its own timeout, so a write of many calls has
 * a bounded duration and leaves no call running.
 */
export function withDeadline(store: WriteStore, isOver: () => boolean): WriteStore {
  let waitedMs = 0;
  const beforeDeadline =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (isOver()) throw new WriteDeadlineExceeded(waitedMs);
      const startedAt = Date.now();
      try {
        return await call(...args);
      } finally {
        waitedMs += Date.now() - startedAt;
      }
    };
  return {
    append: beforeDeadline(store.append.bind(store)),
    readStream: beforeDeadline(store.readStream.bind(store)),
  };
}
