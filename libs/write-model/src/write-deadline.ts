import { type EventStore, EventStoreUnavailable } from '@app/event-store/event-store';

/** The time of the write was over before this call: the call was not made. */
export class WriteTimeIsOver extends EventStoreUnavailable {
  override name = 'WriteTimeIsOver';
}

/** What a write asks of the event store. */
export type WriteStore = Pick<EventStore, 'append' | 'readStream'>;

/**
 * The store for one write: once `isOver` says so, no further call is begun. A call that is under way ends by its own time-out, so that a write
 * of many calls ends in time whatever the store does, and leaves nothing behind that still runs.
 */
export function withDeadline(store: WriteStore, isOver: () => boolean): WriteStore {
  const withTimeout =
    <A extends unknown[], R>(call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (isOver()) throw new WriteTimeIsOver('the time of the write is over');
      return call(...args);
    };
  return {
    append: withTimeout(store.append.bind(store)),
    readStream: withTimeout(store.readStream.bind(store)),
  };
}
