import { type EventStore, EventStoreUnavailable } from '@app/event-store/event-store';

/** The deadline of the write passed before this call, which was not started. */
export class WriteDeadlineExceeded extends EventStoreUnavailable {
  override name = 'WriteDeadlineExceeded';
}

/** The calls to the event store that a write uses. */
export type WriteStore = Pick<EventStore, 'append' | 'readStream'>;

/**
 * Wraps the store for one write: no call starts after `isOver` returns true. A running call ends by its own timeout, so a write of many calls has
 * a bounded duration and leaves no call running.
 */
export function withDeadline(store: WriteStore, isOver: () => boolean): WriteStore {
  const beforeDeadline =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (isOver()) throw new WriteDeadlineExceeded('the deadline of the write has passed');
      return call(...args);
    };
  return {
    append: beforeDeadline(store.append.bind(store)),
    readStream: beforeDeadline(store.readStream.bind(store)),
  };
}
