import type { WriteContext } from '@app/stored-events/codec';
import type { Claim, IdentityClaims, OwnClaim } from './identity-claims';
import { LookFirst, LostRace, Refused } from '../write-conflicts';
import { allSettled, ifReachable } from '../settled-calls';
import { holds, isSameName, type Name } from './names';
import type { LoadedPurchase } from '../loaded-purchase';
import type { PurchaseRepository } from '../purchase-repository';

/** What stands behind a name: the purchase that holds it, or one that claimed it and does not hold it. */
export interface Standing {
  claim: Claim;
  holder?: LoadedPurchase;
  claimant?: LoadedPurchase;
}

/** How long a claim that its purchase does not hold yet is left alone before it is fenced. Politeness, not safety. */
const POLITENESS_MS = 60;

/** The names of purchases in one attempt at a write: who holds them, claiming, fencing, releasing (docs/adr/0002, and its three rules). */
export class PurchaseIdentity {
  /** What this attempt claimed for a new purchase. */
  private claimed: OwnClaim[] = [];

  constructor(
    private readonly repository: PurchaseRepository,
    private readonly claims: IdentityClaims,
    private readonly context: WriteContext,
    /** Waits for about so many milliseconds. */
    private readonly pause: (ms: number) => Promise<void>,
  ) {}

  /** @throws EventStoreUnavailable, UnreadableEvent */
  async standingOf(name: Name): Promise<Standing> {
    const claim = await this.claims.read(name);
    if (claim.owner === undefined) return { claim };
    const owner = await this.repository.load(this.context.site, claim.owner);
    return holds(owner.state, name) ? { claim, holder: owner } : { claim, claimant: owner };
  }

  /** The purchase that was deleted with this name last. @throws EventStoreUnavailable, UnreadableEvent */
  async deletedHolder(name: Name): Promise<string | undefined> {
    for (const id of await this.claims.owners(name)) if (await this.repository.wasDeletedWith(id, name)) return id;
    return undefined;
  }

  /** Sees to it that the claimant never comes to hold the name by the claim that it made. A deleted purchase never does. @throws LostRace */
  async fence(name: Name, { claimant }: Standing): Promise<void> {
    if (claimant === undefined || claimant.state.phase === 'deleted') return;
    await this.pause(POLITENESS_MS);
    const now = await this.repository.load(this.context.site, claimant.id);
    // It came to be, or came and went: what is written now has to say whom it follows.
    if (holds(now.state, name) || now.state.phase === 'deleted') throw new LostRace();
    const to = this.context.requestId;
    await this.repository.append(now, [{ type: 'IdentifierForfeited', data: { ...name, to } }], this.context);
  }

  /**
   * Claims all names of a new purchase together, and reads only what is refused. `path` is the one it is reached by, `seen` its claim as it was
   * looked up; undefined: nobody looked.
   * @throws LookFirst when nobody looked and the path was claimed before, LostRace, Refused when a name is held elsewhere
   */
  async claimForNew(fresh: LoadedPurchase, names: readonly Name[], path: Name, seen: Claim | undefined): Promise<void> {
    const claims = await allSettled(
      names.map(async (name) => {
        const own = await this.claims.claim(name, fresh.id, isSameName(name, path) ? seen?.revision : undefined);
        if (own !== undefined) this.claimed.push(own);
        return { name, own };
      }),
    );
    const refused = claims.filter(({ own }) => own === undefined).map(({ name }) => name);
    if (refused.some((name) => isSameName(name, path))) throw seen === undefined ? new LookFirst() : new LostRace();
    const stillOurs = async (): Promise<boolean> => (await this.claims.read(path)).owner === fresh.id;
    await allSettled(refused.map(async (name) => this.claimed.push(await this.claimAfterLook(fresh, name, stillOurs))));
  }

  /** Claims the names that a purchase gains. @throws LostRace, Refused when one is held elsewhere */
  async claimForExisting(loaded: LoadedPurchase, names: readonly Name[]): Promise<void> {
    const stillCurrent = (): Promise<boolean> => this.repository.isCurrent(loaded);
    await allSettled(
      names.map(
        async (name) =>
          (await this.claims.claim(name, loaded.id, undefined)) ?? this.claimAfterLook(loaded, name, stillCurrent),
      ),
    );
  }

  /**
   * Claims a name that was claimed before. One's own old claim is appended again (rule one): it may be about to be fenced by somebody who saw it.
   */
  private async claimAfterLook(
    loaded: LoadedPurchase,
    name: Name,
    stillCounts: () => Promise<boolean>,
  ): Promise<OwnClaim> {
    const standing = await this.standingOf(name);
    if (standing.claim.owner !== loaded.id) {
      if (standing.holder !== undefined) await this.refuse(name, stillCounts);
      await this.fence(name, standing);
    }
    const own = await this.claims.claim(name, loaded.id, standing.claim.revision);
    if (own === undefined) throw new LostRace();
    return own;
  }

  /** A refusal counts only if the path still named the same purchase when the other one was seen to hold the name. */
  private async refuse(name: Name, stillCounts: () => Promise<boolean>): Promise<never> {
    if (!(await stillCounts())) throw new LostRace();
    // The way to the purchase that has the name is the name itself.
    const reachableBy = { lookupBy: name.kind, identifier: name.value };
    throw new Refused({ code: 'identifier-taken', ...name, reachableBy });
  }

  /** For a dry run: the same refusal without a trace. `path`: what stands behind it for a new purchase. @throws LostRace, Refused */
  async refuseIfTaken(
    loaded: LoadedPurchase,
    names: readonly Name[],
    path?: { name: Name; standing: Standing },
  ): Promise<void> {
    const stillCounts = (): Promise<boolean> =>
      path === undefined ? this.repository.isCurrent(loaded) : this.standsUnchanged(path.name, path.standing);
    await allSettled(
      names.map(async (name) => {
        const { holder } = await this.standingOf(name);
        if (holder !== undefined && holder.id !== loaded.id) await this.refuse(name, stillCounts);
      }),
    );
  }

  private async standsUnchanged(name: Name, { claim, claimant }: Standing): Promise<boolean> {
    const now = await this.standingOf(name);
    const isFree = now.holder === undefined;
    return isFree && now.claim.revision === claim.revision && now.claimant?.revision === claimant?.revision;
  }

  /**
   * Gives back what was claimed for a new purchase that did not come to be. Claims for one that exists are never given back: another writer of it
   * may have claimed the same name just before and count on it.
   */
  async giveBack(): Promise<void> {
    const claimed = this.claimed.splice(0);
    await ifReachable(
      claimed.map(({ name, purchase, revision, eventId }) => this.claims.release(name, purchase, revision, eventId)),
    );
  }

  /** The claims of names as they are now: to be read before the append that drops them, never after (rule three). */
  async claimsOf(names: readonly Name[]): Promise<{ name: Name; claim: Claim }[]> {
    return allSettled(names.map(async (name) => ({ name, claim: await this.claims.read(name) })));
  }

  /** Releases names that a purchase dropped, unless somebody claimed them since they were seen. `causeOf`: the id of the event that dropped one. */
  async release(
    purchase: string,
    seen: readonly { name: Name; claim: Claim }[],
    causeOf: (name: Name) => string,
  ): Promise<void> {
    await ifReachable(
      seen.map(async ({ name, claim: { owner, revision } }) => {
        if (owner === purchase && revision !== undefined)
          await this.claims.release(name, purchase, revision, causeOf(name));
      }),
    );
  }
}
