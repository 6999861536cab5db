import type { EventStore, RecordedEvent } from '@app/event-store/event-store';
import { PurchaseFold } from '@app/purchase/evolve';
import { decode } from '@app/stored-events/codec';
import { SNAPSHOT_EVERY, startFromSnapshot } from '@app/stored-events/snapshots';
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

/** A purchase, by its site and id. */
export interface PurchaseKey {
  site: string;
  id: string;
}

/** A purchase from which a past state is folded. */
interface Start {
  /** The state at `revision`. */
  fold: PurchaseFold;
  /** That of a snapshot; -1: before the first event. */
  revision: bigint;
  /** The events from `revision` on. */
  events: AsyncIterable<RecordedEvent>;
}

/** The number of events to read at once, when the last one that is needed is probably `last`. */
function pageSize(from: bigint, last: bigint): number {
  const count = Number(last - from) + 1;
  return count > 0 && count < PAGE_EVENTS ? count : PAGE_EVENTS;
}

const stateAt = (fold: PurchaseFold, { revision, recordedAt }: RecordedEvent): PastState => {
  const { state } = fold;
  return { revision, recordedAt, purchase: state.phase === 'live' ? state.purchase : undefined };
};

/**
 * Past states of purchases, folded from their streams in the event store (ADR 29), from the last snapshot before them (ADR 92). Every call throws
 * UnreadableEvent for an event of a newer version, and EventStoreUnavailable.
 */
export class PastStates {
  /** @param maxPageBytes A page of events that is larger ends the call with StreamTooLarge. Absent: no limit. */
  constructor(
    private readonly store: Pick<EventStore, 'readStream' | 'lastRevision'>,
    private readonly maxPageBytes?: number,
  ) {}

  /** Undefined: the stream has no such revision. */
  async atRevision(key: PurchaseKey, revision: bigint): Promise<PastState | undefined> {
    const { fold, revision: folded, events } = await this.start(key, revision, revision);
    for await (const event of events) {
      if (event.revision > folded) fold.apply(decode(event));
      if (event.revision === revision) return stateAt(fold, event);
    }
    return undefined;
  }

  /**
   * After the last append whose events the server had all recorded at `time`; undefined: before the first one.
   * @param recorded a revision up to which the server had recorded all events at `time`, as far as the caller knows. It saves reading the events
   * before the snapshot at or before it.
   */
  async asOf(key: PurchaseKey, time: Date, recorded = -1n): Promise<PastState | undefined> {
    const { fold, revision: folded, events } = await this.start(key, recorded, recorded + 1n);
    let held: RecordedEvent[] = [];
    let last: RecordedEvent | undefined;
    for await (const event of events) {
      if (event.recordedAt > time) break;
      if (event.revision > folded) held.push(event);
      if (event.metadata.continues === true) continue;
      for (const each of held) fold.apply(decode(each));
      held = [];
      last = event;
    }
    return last && stateAt(fold, last);
  }

  /** The last revision of the purchase. */
  lastRevision({ id }: PurchaseKey): Promise<bigint | undefined> {
    return this.store.lastRevision(purchaseStream(id));
  }

  /**
   * Compares the states at two revisions.
   * @param from at most `to`; -1: before the purchase was created
   * @returns undefined when the stream has no revision `to`, or the purchase is deleted there
   */
  async compare(key: PurchaseKey, from: bigint, to: bigint, show?: ShownValues): Promise<Comparison | undefined> {
    const found = await this.between(key, from, to);
    if (found?.after.purchase === undefined) return undefined;
    return { revision: found.after.revision, json: JSON.stringify(compareStates(found, show)) };
  }

  /** The states at two revisions, and the events between them. */
  private async between(key: PurchaseKey, from: bigint, to: bigint): Promise<StatesBetween | undefined> {
    const { fold, revision: folded, events } = await this.start(key, from, to);
    const entries: TimelineRow[] = [];
    let before: PastState | undefined;
    let bytes = 0;
    let hasMoreEntries = false;
    for await (const recorded of events) {
      const event = decode(recorded);
      if (recorded.revision > from) {
        if (entries.length === MAX_ENTRIES || bytes > MAX_ENTRY_BYTES) hasMoreEntries = true;
        else {
          const row = timelineRow(recorded, event, fold, recorded.metadata.site ?? '');
          bytes += VIEW_FACTOR * (row.data?.length ?? 0);
          entries.push(storedEntry(row));
        }
      }
      if (recorded.revision > folded) fold.apply(event);
      if (recorded.revision === from) before = stateAt(fold, recorded);
      if (recorded.revision === to) return { before, after: stateAt(fold, recorded), entries, hasMoreEntries };
    }
    return undefined;
  }

  /** Starts at the last snapshot at or before `upTo`, else before the first event. @param last the last revision that will probably be read */
  private async start({ site, id }: PurchaseKey, upTo: bigint, last: bigint): Promise<Start> {
    const read = (from: bigint): Promise<readonly RecordedEvent[]> => this.page(id, from, last);
    const found = upTo < SNAPSHOT_EVERY ? undefined : await startFromSnapshot(this.store, { site, id, upTo }, read);
    if (found === undefined)
      return { fold: new PurchaseFold(), revision: -1n, events: this.eventsOf(id, await read(0n), 0n, last) };
    const { state, at, since } = found;
    const events = this.eventsOf(id, [at, ...since], at.revision, last);
    return { fold: new PurchaseFold(state), revision: at.revision, events };
  }

  /** The events of a purchase, read in pages. @param page the first page, which begins at `from` */
  private async *eventsOf(
    id: string,
    page: readonly RecordedEvent[],
    from: bigint,
    last: bigint,
  ): AsyncIterable<RecordedEvent> {
    for (let [events, next] = [page, from]; ;) {
      yield* events;
      if (events.length < pageSize(next, last)) return;
      next += BigInt(events.length);
      events = await this.page(id, next, last);
    }
  }

  private async page(id: string, from: bigint, last: bigint): Promise<readonly RecordedEvent[]> {
    const options = { from, maxCount: pageSize(from, last), maxBytes: this.maxPageBytes };
    return (await this.store.readStream(purchaseStream(id), options)).events;
  }
}
