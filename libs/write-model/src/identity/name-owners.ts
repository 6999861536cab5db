import type { WriteContext } from '@app/stored-events/codec';
import type { LoadedPurchase } from '../loaded-purchase';
import type { PurchaseRepository } from '../purchase-repository';
import { ConcurrencyConflict } from '../write-conflicts';
import type { Claim, IdentityClaims } from './identity-claims';
import { holds, type Name } from './names';

/** The claim of a name with its purchase: `holder` when the purchase holds the name, `claimant` when it does not. */
export interface NameOwnership {
  claim: Claim;
  holder?: LoadedPurchase;
  claimant?: LoadedPurchase;
}

/** Delay before another writer's unfinished claim is fenced. Avoids needless conflicts; correctness does not depend on it. */
const FENCE_DELAY_MS = 60;

/** Finds the purchases that hold or claim names, and fences claimants that do not hold them (docs/adr/0002). */
export class NameOwners {
  constructor(
    private readonly repository: PurchaseRepository,
    private readonly claims: IdentityClaims,
    private readonly context: WriteContext,
    /** Waits for about `ms` milliseconds. */
    private readonly pause: (ms: number) => Promise<void>,
  ) {}

  /** @throws EventStoreUnavailable, UnreadableEvent */
  async ownershipOf(name: Name): Promise<NameOwnership> {
    const claim = await this.claims.read(name);
    if (claim.owner === undefined) return { claim };
    const owner = await this.repository.load(this.context.site, claim.owner);
    return holds(owner.state, name) ? { claim, holder: owner } : { claim, claimant: owner };
  }

  /** True when the name has no holder and neither its claim nor its claimant has changed. @throws EventStoreUnavailable, UnreadableEvent */
  async isUnchanged(name: Name, { claim, claimant }: NameOwnership): Promise<boolean> {
    const now = await this.ownershipOf(name);
    const isFree = now.holder === undefined;
    return isFree && now.claim.revision === claim.revision && now.claimant?.revision === claimant?.revision;
  }

  /** The id of the last deleted purchase that held this name at its deletion. @throws EventStoreUnavailable, UnreadableEvent */
  async deletedHolder(name: Name): Promise<string | undefined> {
    for (const id of await this.claims.owners(name)) if (await this.repository.wasDeletedWith(id, name)) return id;
    return undefined;
  }

  /** Prevents the claimant from acquiring the name by its existing claim. A deleted claimant needs no fence. @throws ConcurrencyConflict */
  async fence(name: Name, { claimant }: NameOwnership): Promise<void> {
    if (claimant === undefined || claimant.state.phase === 'deleted') return;
    await this.pause(FENCE_DELAY_MS);
    const now = await this.repository.load(this.context.site, claimant.id);
    // The claimant was created, or created and deleted, meanwhile: retry, because the new purchase must record its predecessor.
    if (holds(now.state, name) || now.state.phase === 'deleted') throw new ConcurrencyConflict();
    const to = this.context.requestId;
    await this.repository.append(now, [{ type: 'IdentifierForfeited', data: { ...name, to } }], this.context);
  }
}
