import type { EventToAppend, FromPosition, RecordedEvent } from '@app/event-store/event-store';

/** Marks every event of one append except the last with `continues`. */
export const asOneAppend = (events: readonly EventToAppend[]): EventToAppend[] =>
  events.map((event, index) =>
    index === events.length - 1 ? event : { ...event, metadata: { ...event.metadata, continues: true } },
  );

/** Events in the order of $all, and the position that they reach. */
interface Batch<E> {
  readonly events: readonly E[];
  readonly position: FromPosition;
}

/**
 * Moves batch boundaries to the end of an append. A subscription may end a batch within an append, and a reader must not see a partial write.
 * The events of one append are contiguous in $all, so only the last append of a batch can be partial: its events are held until the rest arrives,
 * and the batch is not caught up. Events of a partial append at the end are omitted.
 */
export async function* wholeAppends<E extends Pick<RecordedEvent, 'metadata' | 'position'>, B extends Batch<E>>(
  batches: AsyncIterable<B & Batch<E>>,
): AsyncGenerator<B> {
  let held: readonly E[] = [];
  for await (const batch of batches) {
    const events = [...held, ...batch.events];
    const last = events.findLastIndex(({ metadata }) => metadata.continues !== true);
    held = events.slice(last + 1);
    const end = events[last];
    if (held.length === 0) yield { ...batch, events };
    else if (end !== undefined)
      yield { ...batch, events: events.slice(0, last + 1), position: end.position, caughtUp: false };
  }
}
