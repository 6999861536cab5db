import type { EventBatch, EventToAppend, RecordedEvent } from '@app/event-store/event-store';

/** Marks every event of one append except the last with `continues`. */
export const asOneAppend = (events: readonly EventToAppend[]): EventToAppend[] =>
  events.map((event, index) =>
    index === events.length - 1 ? event : { ...event, metadata: { ...event.metadata, continues: true } },
  );

/**
 * Moves batch boundaries to the end of an append. A subscription may end a batch within an append, and a reader must not see a partial write.
 * The events of one append are contiguous in $all, so only the last append of a batch can be partial: its events are held until the rest arrives.
 */
export async function* wholeAppends(batches: AsyncIterable<EventBatch>): AsyncIterable<EventBatch> {
  let held: readonly RecordedEvent[] = [];
  for await (const batch of batches) {
    const events = [...held, ...batch.events];
    const last = events.findLastIndex(({ metadata }) => metadata.continues !== true);
    held = events.slice(last + 1);
    const end = events[last];
    if (held.length === 0) yield { ...batch, events };
    else if (end !== undefined) yield { events: events.slice(0, last + 1), position: end.position, caughtUp: false };
  }
}
