import { type EventStore, EventStoreUnavailable, type Position } from '@app/event-store/event-store';
import { purchaseStream } from '@app/stored-events/streams';
import { holds, type Name } from './identity/names';
import type { KnownRevision } from './known-revisions';
import type { LoadedPurchase } from './loaded-purchase';
import type { PurchaseCache } from './purchase-cache';
import { PurchaseRepository } from './purchase-repository';

/** A purchase as the read model answered it. */
export interface Seen {
  purchaseId: string;
  revision: bigint;
}

/**
 * `as-seen`: the read model knows all that this process wrote. `newer`: this process has written what the read model does not show yet.
 * `gone`: this process has deleted the purchase, or has taken the name from it.
 */
export type OwnWrite = { kind: 'as-seen' } | { kind: 'newer'; purchase: LoadedPurchase } | { kind: 'gone' };

const AS_SEEN: OwnWrite = { kind: 'as-seen' };

/** So that a read through this process never shows less than a write that it answered, although the read model is behind. */
export class OwnWrites {
  private readonly repository: PurchaseRepository;

  constructor(
    private readonly store: EventStore,
    private readonly cache: PurchaseCache,
  ) {
    this.repository = new PurchaseRepository(store, cache);
  }

  /**
   * What this process knows beyond what the read model answered for a name of a site; `seen` undefined: no purchase.
   * @throws UnreadableEvent, EventStoreUnavailable
   */
  async beyond(site: string, name: Name, seen: Seen | undefined): Promise<OwnWrite> {
    const owner = this.cache.revisions.ownerOf(site, name);
    if (owner !== undefined && owner.id !== seen?.purchaseId) {
      const current = await this.current(site, owner);
      if (holds(current.state, name)) return { kind: 'newer', purchase: current };
    }
    if (seen === undefined) return AS_SEEN;
    const known = this.cache.revisions.of(seen.purchaseId);
    if (known === undefined) return AS_SEEN;
    if (known.revision <= seen.revision) {
      this.cache.revisions.forget(seen.purchaseId);
      return AS_SEEN;
    }
    const written = this.cached(known) ?? (await this.repository.load(site, known.id));
    return holds(written.state, name) ? { kind: 'newer', purchase: written } : { kind: 'gone' };
  }

  /** The position of the last write of a purchase that this process knows. */
  positionOf(purchaseId: string): Position | undefined {
    return this.cache.revisions.of(purchaseId)?.position;
  }

  private cached({ id, revision }: KnownRevision): LoadedPurchase | undefined {
    const cached = this.cache.peek(id);
    return cached?.revision !== undefined && cached.revision >= revision ? cached : undefined;
  }

  /** The purchase as its stream has it now: another process may have deleted it, or taken the name from it. */
  private async current(site: string, known: KnownRevision): Promise<LoadedPurchase> {
    const cached = this.cached(known);
    if (cached === undefined) return this.repository.load(site, known.id);
    try {
      const last = await this.store.lastRevision(purchaseStream(known.id));
      return last === cached.revision ? cached : await this.repository.load(site, known.id);
    } catch (error) {
      // Without the event store, what was written last is the best answer.
      if (error instanceof EventStoreUnavailable) return cached;
      throw error;
    }
  }
}
