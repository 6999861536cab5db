import type { EventBatch, EventToAppend, RecordedEvent } from '@app/event-store/event-store';

/** The events of one append, each but the last marked as one that is followed by more. */
export const asOneAppend = (events: readonly EventToAppend[]): EventToAppend[] =>
  events.map((event, index) =>
    index === events.length - 1 ? event : { ...event, metadata: { ...event.metadata, continues: true } },
  );

/**
 * Batches that end where an append ends: a subscription hands on whatever has come, and a reader who saw half of what one write appended would see
 * a purchase that never was. The events of one append follow each other in $all, so only the end of a batch can be half of one.
 */
export async function* wholeAppends(batches: AsyncIterable<EventBatch>): AsyncIterable<EventBatch> {
  let held: readonly RecordedEvent[] = [];
  for await (const batch of batches) {
    const events = [...held, ...batch.events];
    const isCut = events.at(-1)?.metadata.continues === true;
    held = isCut ? events : [];
    if (!isCut) yield { ...batch, events };
  }
}
