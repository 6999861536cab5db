import { randomUUID } from 'node:crypto';
import {
  type Appended,
  type EventToAppend,
  type RecordedEvent,
  WrongExpectedRevision,
} from '@app/event-store/event-store';
import { evolveAll } from '@app/purchase/evolve';
import type { PurchaseEvent } from '@app/purchase/events';
import { occurredAt } from '@app/purchase/occurred-at';
import { initialState } from '@app/purchase/state';
import { decode, encode, type WriteContext } from '@app/stored-events/codec';
import type { AppendedPurchase, LoadedPurchase } from './loaded-purchase';
import type { PurchaseCache } from './purchase-cache';
import { holds, type Name } from './identity/names';
import { isSnapshotDue, keepSnapshot, SNAPSHOT_EVERY, startFromSnapshot } from '@app/stored-events/snapshots';
import { purchaseStream } from '@app/stored-events/streams';
import { asOneAppend } from '@app/stored-events/whole-appends';
import type { WriteStore } from './write-deadline';

/** A purchase without events. */
const absent = (site: string, id: string): LoadedPurchase => ({ site, id, state: initialState, revision: undefined });

/** The purchase after these events, which follow its revision. */
function loadedFrom(
  { site, id, state, revision, position }: LoadedPurchase,
  events: readonly RecordedEvent[],
): LoadedPurchase {
  const last = events.at(-1) ?? { revision, position };
  return { site, id, state: evolveAll(state, events.map(decode)), revision: last.revision, position: last.position };
}

/**
 * Loads and appends to purchase streams. Caches the last state as a hint; the expected revision of an append detects a stale one. An instance serves
 * the attempts of one write, or loads alone.
 */
export class PurchaseRepository {
  /** The purchase whose stream had later events at the last append or check. */
  private outdated?: LoadedPurchase;

  constructor(
    private readonly store: WriteStore,
    private readonly cache: PurchaseCache,
    /** Maximum size in bytes of the events that a load reads at once. Absent: no limit. */
    private readonly maxStreamBytes?: number,
  ) {}

  /**
   * Reads the purchase from its stream, never from the cache: the events since an outdated state, or all. For a long stream, reads its first events,
   * its last snapshot, and the events since.
   * @throws UnreadableEvent, EventStoreUnavailable, StreamTooLarge
   */
  async load(site: string, id: string): Promise<LoadedPurchase> {
    const loaded = (await this.loadSince(site, id)) ?? (await this.loadWhole(site, id));
    this.cache.remember(loaded);
    return loaded;
  }

  /**
   * The purchase at which the last append or check of this write was refused, read again; undefined when there is none.
   * @throws UnreadableEvent, EventStoreUnavailable, StreamTooLarge
   */
  async reload(): Promise<LoadedPurchase | undefined> {
    return this.outdated && this.load(this.outdated.site, this.outdated.id);
  }

  /** Reads the events after an outdated state. Undefined when there is none, or when its last event is not in the stream: a history can be restored. */
  private async loadSince(site: string, id: string): Promise<LoadedPurchase | undefined> {
    const { outdated } = this;
    if (outdated?.site !== site || outdated.id !== id) return undefined;
    this.outdated = undefined;
    const [last, ...since] = await this.eventsOf(id, outdated.revision ?? 0n);
    return last !== undefined && last.position.commit === outdated.position?.commit
      ? loadedFrom(outdated, since)
      : undefined;
  }

  private async loadWhole(site: string, id: string): Promise<LoadedPurchase> {
    const first = await this.eventsOf(id, 0n, SNAPSHOT_EVERY);
    return first.length < SNAPSHOT_EVERY ? loadedFrom(absent(site, id), first) : this.loadLong(site, id, first);
  }

  private async loadLong(site: string, id: string, first: readonly RecordedEvent[]): Promise<LoadedPurchase> {
    const start = await startFromSnapshot(this.store, { site, id }, (from) => this.eventsOf(id, from));
    if (start !== undefined) {
      const { state, at, since } = start;
      const loaded = loadedFrom({ site, id, state, revision: at.revision, position: at.position }, since);
      return this.keepDue(loaded, [at, ...since]);
    }
    const events = [...first, ...(await this.eventsOf(id, BigInt(first.length)))];
    return this.keepDue(loadedFrom(absent(site, id), events), events);
  }

  /** Keeps a snapshot of a purchase when this many events were read to load it. */
  private keepDue(loaded: LoadedPurchase, read: readonly RecordedEvent[]): LoadedPurchase {
    const last = read.at(-1);
    if (last !== undefined && read.length > SNAPSHOT_EVERY) keepSnapshot(this.store, loaded, last.id);
    return loaded;
  }

  private async eventsOf(id: string, from: bigint, maxCount?: number): Promise<readonly RecordedEvent[]> {
    const options = { from, maxCount, maxBytes: this.maxStreamBytes };
    return (await this.store.readStream(purchaseStream(id), options)).events;
  }

  /**
   * The purchase that held this name when this process last knew it, read from its stream; undefined when none is known.
   * @throws UnreadableEvent, EventStoreUnavailable, StreamTooLarge
   */
  async loadKnown(site: string, name: Name): Promise<LoadedPurchase | undefined> {
    const id = this.cache.idOf(site, name);
    return id === undefined ? undefined : this.load(site, id);
  }

  /** The cached purchase that holds this name; it may be stale. */
  hint(site: string, name: Name): LoadedPurchase | undefined {
    const found = this.cache.find(site, name);
    const isHit = found?.site === site && holds(found.state, name);
    this.cache.lookups[isHit ? 'hits' : 'misses'] += 1;
    return isHit ? found : undefined;
  }

  /**
   * True when the stream is still at this revision; otherwise removes the purchase from the cache. Checks by an empty append at the revision: it is
   * answered by the leader, stores no event and costs a third of a read (docs/adr/0041).
   * @throws EventStoreUnavailable
   */
  async isCurrent({ site, id, revision }: Pick<LoadedPurchase, 'site' | 'id' | 'revision'>): Promise<boolean> {
    try {
      await this.store.append(purchaseStream(id), [], revision ?? 'no-stream');
      return true;
    } catch (error) {
      if (!(error instanceof WrongExpectedRevision)) throw error;
      const cached = this.cache.get(site, id);
      if (cached?.revision === revision) this.outdated = cached;
      this.cache.forget(id);
      return false;
    }
  }

  /** True when the purchase was deleted and held the name at that time. @throws UnreadableEvent, EventStoreUnavailable, StreamTooLarge */
  async wasDeletedWith(id: string, name: Name): Promise<boolean> {
    const history = (await this.eventsOf(id, 0n)).map(decode);
    const end = history.findIndex(({ type }) => type === 'PurchaseDeleted');
    return end >= 0 && holds(evolveAll(initialState, history.slice(0, end)), name);
  }

  /**
   * Appends events to a purchase, expecting the revision at which it was loaded.
   * @throws WrongExpectedRevision, AppendTooLarge, EventStoreUnavailable
   */
  async append(
    loaded: LoadedPurchase,
    events: readonly PurchaseEvent[],
    context: WriteContext,
  ): Promise<AppendedPurchase> {
    const state = evolveAll(loaded.state, events);
    const times = occurredAt(events, loaded.state, state, context.at);
    const toAppend = asOneAppend(events.map((event, index) => encode(event, randomUUID(), context, times[index])));
    this.cache.forget(loaded.id);
    const stream = purchaseStream(loaded.id);
    const { revision, position } = await this.appendAt(stream, toAppend, loaded);
    const written = { ...loaded, state, revision, position };
    this.cache.remember(written);
    const last = toAppend.at(-1);
    if (last !== undefined && isSnapshotDue(loaded.revision, revision)) keepSnapshot(this.store, written, last.id);
    return { written, eventIds: toAppend.map(({ id }) => id) };
  }

  private async appendAt(stream: string, events: readonly EventToAppend[], loaded: LoadedPurchase): Promise<Appended> {
    try {
      return await this.store.append(stream, events, loaded.revision ?? 'no-stream');
    } catch (error) {
      if (error instanceof WrongExpectedRevision && loaded.revision !== undefined) this.outdated = loaded;
      throw error;
    }
  }
}
