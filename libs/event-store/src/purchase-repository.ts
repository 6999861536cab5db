import { randomUUID } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { evolve } from '@app/purchase/evolve';
import type { PurchaseEvent } from '@app/purchase/events';
import type { IdentifierKind } from '@app/purchase/purchase';
import { initialState, type PurchaseState } from '@app/purchase/state';
import { decode, encode, type WriteContext } from './codec';
import type { Appended, EventStore } from './event-store';
import { purchaseStream } from './streams';

/** A purchase as its stream says at `revision`; undefined: the stream has no event yet. */
export interface LoadedPurchase {
  readonly id: string;
  readonly state: PurchaseState;
  readonly revision: bigint | undefined;
}

/** Bytes, roughly: measured on purchases of 1 to 1,000 lines; a cache that guesses by a half is still bounded. */
function weightOf({ state }: LoadedPurchase): number {
  if (state.phase !== 'live') return 500;
  return state.purchase.packages.reduce((sum, each) => sum + 1_000 + 900 * each.items.length, 3_000);
}

/**
 * Loads and appends purchases. What was loaded or written last is kept as a hint: it may be old, and the revision that an append expects
 * gives that away.
 */
export class PurchaseRepository {
  private readonly purchases: LRUCache<string, LoadedPurchase>;
  private readonly owners: LRUCache<string, string>;

  /** @param cacheBytes 0 turns the cache off. */
  constructor(
    private readonly store: EventStore,
    cacheBytes: number,
  ) {
    this.purchases = new LRUCache({ maxSize: Math.max(cacheBytes, 1), sizeCalculation: weightOf });
    this.owners = new LRUCache({ max: 1 + Math.ceil(cacheBytes / 1_000) });
  }

  /** From the stream, never from the cache. @throws UnreadableEvent, EventStoreUnavailable */
  async load(id: string): Promise<LoadedPurchase> {
    const { events } = await this.store.readStream(purchaseStream(id));
    const state = events.map(decode).reduce(evolve, initialState);
    return this.remember({ id, state, revision: events.at(-1)?.revision });
  }

  /** The purchase that probably has this identifier, as it probably is: a hint. */
  hint(site: string, kind: IdentifierKind, value: string): LoadedPurchase | undefined {
    const id = this.owners.get(ownerKey(site, kind, value));
    const found = id === undefined ? undefined : this.purchases.get(id);
    return found?.state.phase === 'live' && found.state.purchase.identifiers[kind] === value ? found : undefined;
  }

  hintOwner(site: string, kind: IdentifierKind, value: string, id: string): void {
    this.owners.set(ownerKey(site, kind, value), id);
  }

  forget(id: string): void {
    this.purchases.delete(id);
  }

  /** True when nothing was appended since. @throws EventStoreUnavailable */
  async isCurrent({ id, revision }: LoadedPurchase): Promise<boolean> {
    return (await this.store.lastRevision(purchaseStream(id))) === revision;
  }

  /**
   * Appends to a purchase at the revision at which it was loaded.
   * @throws WrongExpectedRevision, AppendTooLarge, EventStoreUnavailable
   */
  async append(
    loaded: LoadedPurchase,
    events: readonly PurchaseEvent[],
    context: WriteContext,
  ): Promise<Appended & { written: LoadedPurchase }> {
    const toAppend = events.map((event) => encode(event, randomUUID(), context));
    this.forget(loaded.id);
    const appended = await this.store.append(purchaseStream(loaded.id), toAppend, loaded.revision ?? 'no-stream');
    const state = events.reduce(evolve, loaded.state);
    return { ...appended, written: this.remember({ id: loaded.id, state, revision: appended.revision }) };
  }

  private remember(loaded: LoadedPurchase): LoadedPurchase {
    this.purchases.set(loaded.id, loaded);
    return loaded;
  }
}

const ownerKey = (site: string, kind: IdentifierKind, value: string): string => JSON.stringify([site, kind, value]);
