import { type EventStore, EventStoreUnavailable, type Position } from '@app/event-store/event-store';
import { purchaseStream } from '@app/stored-events/streams';
import { holds, type Name } from './identity/names';
import type { KnownRevision } from './known-revisions';
import type { LoadedPurchase } from './loaded-purchase';
import type { PurchaseCache } from './purchase-cache';
import { PurchaseRepository } from './purchase-repository';

/** The purchase and revision that the read model returned. */
export interface ReadModelResult {
  purchaseId: string;
  revision: bigint;
}

/**
 * `current`: the read model includes every write of this process. `newer`: this process wrote a revision that the read model does not have yet.
 * `gone`: this process deleted the purchase, or removed the name from it.
 */
export type OwnWrite = { kind: 'current' } | { kind: 'newer'; purchase: LoadedPurchase } | { kind: 'gone' };

export type LoadPurchase = (site: string, id: string) => Promise<LoadedPurchase>;

const CURRENT: OwnWrite = { kind: 'current' };

/** Read-your-writes: a read through this process includes every write that it has acknowledged, even while the read model lags. */
export class OwnWrites {
  private readonly load: LoadPurchase;

  /** @param load Reads a purchase from its stream; by default in this thread, whatever its size. */
  constructor(
    private readonly store: EventStore,
    private readonly cache: PurchaseCache,
    load?: LoadPurchase,
  ) {
    const repository = new PurchaseRepository(store, cache);
    this.load = load ?? ((site, id) => repository.load(site, id));
  }

  /**
   * Compares the result of the read model for a name of a site with the writes of this process.
   * `fromReadModel` undefined: the read model has no purchase of that name.
   * @throws UnreadableEvent, EventStoreUnavailable
   */
  async newerThan(site: string, name: Name, fromReadModel: ReadModelResult | undefined): Promise<OwnWrite> {
    const owner = this.cache.revisions.ownerOf(site, name);
    if (owner !== undefined && owner.id !== fromReadModel?.purchaseId) {
      const current = await this.current(site, owner);
      if (holds(current.state, name)) return { kind: 'newer', purchase: current };
    }
    if (fromReadModel === undefined) return CURRENT;
    const known = this.cache.revisions.of(site, fromReadModel.purchaseId);
    if (known === undefined) return CURRENT;
    if (known.revision <= fromReadModel.revision) {
      known.isProjected = true;
      return CURRENT;
    }
    const written = this.cache.get(site, known.id) ?? (await this.load(site, known.id));
    return holds(written.state, name) ? { kind: 'newer', purchase: written } : { kind: 'gone' };
  }

  /** The position of the last known write of a purchase of this site; undefined when none is known, or the read model has returned it. */
  positionOf(site: string, purchaseId: string): Position | undefined {
    const known = this.cache.revisions.of(site, purchaseId);
    return known?.isProjected === true ? undefined : known?.position;
  }

  /** The current state of the purchase in its stream. Another process may have deleted it or removed the name. */
  private async current(site: string, known: KnownRevision): Promise<LoadedPurchase> {
    const cached = this.cache.get(site, known.id);
    if (cached === undefined) return this.load(site, known.id);
    try {
      const last = await this.store.lastRevision(purchaseStream(known.id));
      return last === cached.revision ? cached : await this.load(site, known.id);
    } catch (error) {
      // The event store is unavailable: return the last known state.
      if (error instanceof EventStoreUnavailable) return cached;
      throw error;
    }
  }
}
