import type { EventStore, RecordedEvent } from '@app/event-store/event-store';
import { PurchaseFold } from '@app/purchase/evolve';
import { decode } from '@app/stored-events/codec';
import { purchaseStream } from '@app/stored-events/streams';
import { timelineRow } from '../projection/fold';
import { storedEntry, type TimelineRow, VIEW_FACTOR } from '../queries/timeline';
import type { ShownValues } from './compare-documents';
import { compareStates } from './compare-states';
import type { PastState, StatesBetween } from './past-state';

const PAGE_EVENTS = 500;
const MAX_ENTRIES = 500;
const MAX_ENTRY_BYTES = 16 * 1024 * 1024;

/** The answer to a comparison. */
export interface Comparison {
  /** The later of the two revisions. */
  revision: bigint;
  json: string;
}

const stateAt = (fold: PurchaseFold, { revision, recordedAt }: RecordedEvent): PastState => {
  const { state } = fold;
  return { revision, recordedAt, purchase: state.phase === 'live' ? state.purchase : undefined };
};

/**
 * Past states of purchases, folded from their streams in the event store (ADR 29). Every call throws UnreadableEvent for an event of a newer version,
 * and EventStoreUnavailable.
 */
export class PastStates {
  /** @param maxPageBytes A page of 500 events that is larger ends the call with StreamTooLarge. Absent: no limit. */
  constructor(
    private readonly store: Pick<EventStore, 'readStream' | 'lastRevision'>,
    private readonly maxPageBytes?: number,
  ) {}

  /** Undefined: the stream has no such revision. */
  async atRevision(purchaseId: string, revision: bigint): Promise<PastState | undefined> {
    const fold = new PurchaseFold();
    for await (const event of this.eventsOf(purchaseId)) {
      fold.apply(decode(event));
      if (event.revision === revision) return stateAt(fold, event);
    }
    return undefined;
  }

  /** After the last append whose events the server had all recorded at `time`; undefined: before the first one. */
  async asOf(purchaseId: string, time: Date): Promise<PastState | undefined> {
    const fold = new PurchaseFold();
    let held: RecordedEvent[] = [];
    let last: RecordedEvent | undefined;
    for await (const event of this.eventsOf(purchaseId)) {
      if (event.recordedAt > time) break;
      held.push(event);
      if (event.metadata.continues === true) continue;
      for (const each of held) fold.apply(decode(each));
      held = [];
      last = event;
    }
    return last && stateAt(fold, last);
  }

  /** The last revision of the purchase. */
  lastRevision(purchaseId: string): Promise<bigint | undefined> {
    return this.store.lastRevision(purchaseStream(purchaseId));
  }

  /**
   * Compares the states at two revisions.
   * @param from at most `to`; -1: before the purchase was created
   * @returns undefined when the stream has no revision `to`, or the purchase is deleted there
   */
  async compare(purchaseId: string, from: bigint, to: bigint, show?: ShownValues): Promise<Comparison | undefined> {
    const found = await this.between(purchaseId, from, to);
    if (found?.after.purchase === undefined) return undefined;
    return { revision: found.after.revision, json: JSON.stringify(compareStates(found, show)) };
  }

  /** The states at two revisions, and the events between them. */
  private async between(purchaseId: string, from: bigint, to: bigint): Promise<StatesBetween | undefined> {
    const fold = new PurchaseFold();
    const entries: TimelineRow[] = [];
    let before: PastState | undefined;
    let bytes = 0;
    let hasMoreEntries = false;
    for await (const recorded of this.eventsOf(purchaseId)) {
      const event = decode(recorded);
      if (recorded.revision > from) {
        if (entries.length === MAX_ENTRIES || bytes > MAX_ENTRY_BYTES) hasMoreEntries = true;
        else {
          const row = timelineRow(recorded, event, fold, recorded.metadata.site ?? '');
          bytes += VIEW_FACTOR * (row.data?.length ?? 0);
          entries.push(storedEntry(row));
        }
      }
      fold.apply(event);
      if (recorded.revision === from) before = stateAt(fold, recorded);
      if (recorded.revision === to) return { before, after: stateAt(fold, recorded), entries, hasMoreEntries };
    }
    return undefined;
  }

  /** The events of a purchase from the first one, read in pages. */
  private async *eventsOf(purchaseId: string): AsyncIterable<RecordedEvent> {
    const stream = purchaseStream(purchaseId);
    for (let from = 0n; ;) {
      const { events } = await this.store.readStream(stream, {
        from,
        maxCount: PAGE_EVENTS,
        maxBytes: this.maxPageBytes,
      });
      yield* events;
      const last = events.at(-1);
      if (last === undefined || events.length < PAGE_EVENTS) return;
      from = last.revision + 1n;
    }
  }
}
