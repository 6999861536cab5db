import type { WriteContext } from '@app/stored-events/codec';
import type { Claim, IdentityClaims, OwnClaim } from './identity-claims';
import { LookupRequired, ConcurrencyConflict, Refused } from '../write-conflicts';
import { waitForAll, bestEffort } from '../settled-calls';
import { holds, isSameName, type Name } from './names';
import type { LoadedPurchase } from '../loaded-purchase';
import type { PurchaseRepository } from '../purchase-repository';

/** The claim of a name with its purchase: `holder` when the purchase holds the name, `claimant` when it does not. */
export interface NameOwnership {
  claim: Claim;
  holder?: LoadedPurchase;
  claimant?: LoadedPurchase;
}

/** Delay before another writer's unfinished claim is fenced. Avoids needless conflicts; correctness does not depend on it. */
const FENCE_DELAY_MS = 60;

/** Looks up, claims, fences and releases names in one attempt at a write. docs/adr/0002 defines the protocol and its three rules. */
export class PurchaseIdentity {
  /** Claims that this attempt appended for a new purchase. */
  private claimed: OwnClaim[] = [];

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

  /**
   * Claims all names of a new purchase concurrently, and reads only the names whose claim was refused. `path` addresses the purchase; `seen` is its
   * claim as read before; undefined: not read.
   * @throws LookupRequired when `seen` is undefined and the path was claimed before, ConcurrencyConflict, Refused when another purchase holds a name
   */
  async claimForNew(fresh: LoadedPurchase, names: readonly Name[], path: Name, seen: Claim | undefined): Promise<void> {
    const claims = await waitForAll(
      names.map(async (name) => {
        const own = await this.claims.claim(name, fresh.id, isSameName(name, path) ? seen?.revision : undefined);
        if (own !== undefined) this.claimed.push(own);
        return { name, own };
      }),
    );
    const refused = claims.filter(({ own }) => own === undefined).map(({ name }) => name);
    if (refused.some((name) => isSameName(name, path)))
      throw seen === undefined ? new LookupRequired() : new ConcurrencyConflict();
    const stillOurs = async (): Promise<boolean> => (await this.claims.read(path)).owner === fresh.id;
    await waitForAll(refused.map(async (name) => this.claimed.push(await this.claimAfterRead(fresh, name, stillOurs))));
  }

  /** Claims the names that an existing purchase gains. @throws ConcurrencyConflict, Refused when another purchase holds one */
  async claimForExisting(loaded: LoadedPurchase, names: readonly Name[]): Promise<void> {
    const stillCurrent = (): Promise<boolean> => this.repository.isCurrent(loaded);
    await waitForAll(
      names.map(
        async (name) =>
          (await this.claims.claim(name, loaded.id, undefined)) ?? this.claimAfterRead(loaded, name, stillCurrent),
      ),
    );
  }

  /**
   * Claims a name that was claimed before. An old claim of the same purchase is appended again (rule one): another writer that read it may fence it.
   */
  private async claimAfterRead(
    loaded: LoadedPurchase,
    name: Name,
    isStillValid: () => Promise<boolean>,
  ): Promise<OwnClaim> {
    const ownership = await this.ownershipOf(name);
    if (ownership.claim.owner !== loaded.id) {
      if (ownership.holder !== undefined) await this.refuse(name, isStillValid);
      await this.fence(name, ownership);
    }
    const own = await this.claims.claim(name, loaded.id, ownership.claim.revision);
    if (own === undefined) throw new ConcurrencyConflict();
    return own;
  }

  /** A refusal is valid only when the path still resolves to the same purchase. @throws Refused, ConcurrencyConflict */
  private async refuse(name: Name, isStillValid: () => Promise<boolean>): Promise<never> {
    if (!(await isStillValid())) throw new ConcurrencyConflict();
    // The name itself addresses the purchase that holds it.
    const reachableBy = { lookupBy: name.kind, identifier: name.value };
    throw new Refused({ code: 'identifier-taken', ...name, reachableBy });
  }

  /** For a dry run: refuses as claiming would, and writes nothing. `path`: for a new purchase only. @throws ConcurrencyConflict, Refused */
  async refuseIfTaken(
    loaded: LoadedPurchase,
    names: readonly Name[],
    path?: { name: Name; ownership: NameOwnership },
  ): Promise<void> {
    const isStillValid = (): Promise<boolean> =>
      path === undefined ? this.repository.isCurrent(loaded) : this.isOwnershipUnchanged(path.name, path.ownership);
    await waitForAll(
      names.map(async (name) => {
        const { holder } = await this.ownershipOf(name);
        if (holder !== undefined && holder.id !== loaded.id) await this.refuse(name, isStillValid);
      }),
    );
  }

  private async isOwnershipUnchanged(name: Name, { claim, claimant }: NameOwnership): Promise<boolean> {
    const now = await this.ownershipOf(name);
    const isFree = now.holder === undefined;
    return isFree && now.claim.revision === claim.revision && now.claimant?.revision === claimant?.revision;
  }

  /**
   * Releases the claims of a new purchase that was not created. Claims of an existing purchase are kept: another writer of the same purchase may
   * depend on them.
   */
  async releaseClaims(): Promise<void> {
    const claimed = this.claimed.splice(0);
    await bestEffort(
      claimed.map(({ name, purchase, revision, eventId }) => this.claims.release(name, purchase, revision, eventId)),
    );
  }

  /** Reads the current claims of names. Must be called before the append that drops the names (rule three). */
  async readClaims(names: readonly Name[]): Promise<{ name: Name; claim: Claim }[]> {
    return waitForAll(names.map(async (name) => ({ name, claim: await this.claims.read(name) })));
  }

  /** Releases names that a purchase dropped, unless they were claimed again since `seen` was read. `causeOf`: id of the event that dropped a name. */
  async release(
    purchase: string,
    seen: readonly { name: Name; claim: Claim }[],
    causeOf: (name: Name) => string,
  ): Promise<void> {
    await bestEffort(
      seen.map(async ({ name, claim: { owner, revision } }) => {
        if (owner === purchase && revision !== undefined)
          await this.claims.release(name, purchase, revision, causeOf(name));
      }),
    );
  }
}
