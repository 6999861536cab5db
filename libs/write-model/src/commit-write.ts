import { EventStoreUnavailable } from '@app/event-store/event-store';
import type { PurchaseEvent } from '@app/purchase/events';
import type { WriteContext } from '@app/stored-events/codec';
import type { Claim, IdentityClaims, OwnClaim } from './identity/identity-claims';
import type { NameOwners, NameOwnership } from './identity/name-owners';
import { isSameName, type Name, namesIn, namesWithout } from './identity/names';
import type { LoadedPurchase } from './loaded-purchase';
import type { PurchaseRepository } from './purchase-repository';
import { bestEffort, waitForAll } from './settled-calls';
import { ConcurrencyConflict, LookupRequired, Refused } from './write-conflicts';
import { outcomeOf, outcomeWithoutAppend, stateAfter, type WriteOutcome } from './write-outcome';

type Events = readonly PurchaseEvent[];

/** True for an event that removes the name from its purchase. */
const dropsName = ({ type, data }: PurchaseEvent, name: Name): boolean =>
  type === 'PurchaseDeleted' ||
  (type === 'IdentifierRemoved' && isSameName(data, name)) ||
  (type === 'IdentifierChanged' && isSameName({ kind: data.kind, value: data.before }, name));

/** Names before and after the events. */
const namesAround = (loaded: LoadedPurchase, events: Events): [Name[], Name[]] => [
  namesIn(loaded.state),
  namesIn(stateAfter(loaded, events)),
];

/**
 * Stores the events of one attempt at a write: claims the names that the purchase gains, appends the events at the revision on which they were
 * decided, releases the names that it drops. docs/adr/0002 defines the protocol and its rules.
 */
export class CommitWrite {
  constructor(
    private readonly context: WriteContext,
    private readonly repository: PurchaseRepository,
    private readonly claims: IdentityClaims,
    private readonly owners: NameOwners,
  ) {}

  /**
   * Creates a purchase at a path. `ownership` is that of the path; undefined: it was not read. Claims are released when nothing was appended.
   * @throws LookupRequired when `ownership` is undefined and the path was claimed before, ConcurrencyConflict, Refused when another purchase holds
   * a name
   */
  async create(
    fresh: LoadedPurchase,
    events: Events,
    path: Name,
    ownership: NameOwnership | undefined,
  ): Promise<WriteOutcome> {
    if (ownership !== undefined) await this.owners.fence(path, ownership);
    const claimed: OwnClaim[] = [];
    try {
      await this.claimForNew(fresh, namesIn(stateAfter(fresh, events)), path, ownership?.claim, claimed);
      return outcomeOf(fresh, events, await this.repository.append(fresh, events, this.context));
    } catch (error) {
      // Keep the claims when the outcome of the append is unknown: the purchase may hold the names.
      if (!(error instanceof EventStoreUnavailable)) await this.releaseClaims(claimed);
      throw error;
    }
  }

  /**
   * Updates an existing purchase. After a failure its claims are kept: another writer of the same purchase may depend on them (rule four).
   * @throws ConcurrencyConflict, Refused when another purchase holds a name
   */
  async update(loaded: LoadedPurchase, events: Events): Promise<WriteOutcome> {
    const [before, after] = namesAround(loaded, events);
    await this.claimForExisting(loaded, namesWithout(after, before));
    // Read before the append that drops the names (rule three).
    const dropped = await this.readClaims(namesWithout(before, after));
    const appended = await this.repository.append(loaded, events, this.context);
    await this.release(loaded.id, dropped, (name) => {
      return appended.eventIds[events.findIndex((event) => dropsName(event, name))] ?? this.context.requestId;
    });
    return outcomeOf(loaded, events, appended);
  }

  /**
   * For a dry run: returns or refuses as `create` and `update` would, and writes nothing. `path`: for a new purchase only.
   * @throws ConcurrencyConflict, Refused when another purchase holds a name
   */
  async preview(
    loaded: LoadedPurchase,
    events: Events,
    path?: { name: Name; ownership: NameOwnership },
  ): Promise<WriteOutcome> {
    const [before, after] = namesAround(loaded, events);
    const isStillValid = (): Promise<boolean> =>
      path === undefined ? this.repository.isCurrent(loaded) : this.owners.isUnchanged(path.name, path.ownership);
    await waitForAll(
      namesWithout(after, path === undefined ? before : [path.name]).map(async (name) => {
        const { holder } = await this.owners.ownershipOf(name);
        if (holder !== undefined && holder.id !== loaded.id) await this.refuse(name, isStillValid);
      }),
    );
    return outcomeWithoutAppend(loaded, events);
  }

  /** Claims all names of a new purchase concurrently, and reads only the names whose claim was refused. Adds its claims to `claimed`. */
  private async claimForNew(
    fresh: LoadedPurchase,
    names: readonly Name[],
    path: Name,
    seen: Claim | undefined,
    claimed: OwnClaim[],
  ): Promise<void> {
    const claims = await waitForAll(
      names.map(async (name) => {
        const own = await this.claims.claim(name, fresh.id, isSameName(name, path) ? seen?.revision : undefined);
        if (own !== undefined) claimed.push(own);
        return { name, own };
      }),
    );
    const refused = claims.filter(({ own }) => own === undefined).map(({ name }) => name);
    if (refused.some((name) => isSameName(name, path)))
      throw seen === undefined ? new LookupRequired() : new ConcurrencyConflict();
    const stillOurs = async (): Promise<boolean> => (await this.claims.read(path)).owner === fresh.id;
    await waitForAll(refused.map(async (name) => claimed.push(await this.claimAfterRead(fresh, name, stillOurs))));
  }

  /** Claims the names that an existing purchase gains. */
  private async claimForExisting(loaded: LoadedPurchase, names: readonly Name[]): Promise<void> {
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
    const ownership = await this.owners.ownershipOf(name);
    if (ownership.claim.owner !== loaded.id) {
      if (ownership.holder !== undefined) await this.refuse(name, isStillValid);
      await this.owners.fence(name, ownership);
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

  private async releaseClaims(claimed: readonly OwnClaim[]): Promise<void> {
    await bestEffort(
      claimed.map(({ name, purchase, revision, eventId }) => this.claims.release(name, purchase, revision, eventId)),
    );
  }

  private async readClaims(names: readonly Name[]): Promise<{ name: Name; claim: Claim }[]> {
    return waitForAll(names.map(async (name) => ({ name, claim: await this.claims.read(name) })));
  }

  /** Releases names that a purchase dropped, unless they were claimed again since `seen` was read. `causeOf`: id of the event that dropped a name. */
  private async release(
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
