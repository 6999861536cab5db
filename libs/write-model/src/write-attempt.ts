import { decide, type PurchaseCommand } from '@app/purchase/decider';
import type { PurchaseEvent } from '@app/purchase/events';
import { evolveAll } from '@app/purchase/evolve';
import { initialState } from '@app/purchase/state';
import type { WriteContext } from '@app/stored-events/codec';
import { ConcurrencyConflict, Refused } from './write-conflicts';
import type { PurchaseIdentity, NameOwnership } from './identity/purchase-identity';
import { isSameName, type Name, namesIn, namesWithout } from './identity/names';
import type { AppendedPurchase, LoadedPurchase } from './loaded-purchase';
import type { PurchaseRepository } from './purchase-repository';
import type { WriteOutcome, WriteRefusal } from './write-outcome';

type Put = Extract<PurchaseCommand, { type: 'PutPurchase' }>;
type Written = Extract<WriteOutcome, { kind: 'written' }>;

const stateAfter = (loaded: LoadedPurchase, events: readonly PurchaseEvent[]): LoadedPurchase['state'] =>
  evolveAll(loaded.state, events);

/** The outcome of a dry run, or of a write that produced no event. */
function outcomeWithoutAppend(loaded: LoadedPurchase, events: readonly PurchaseEvent[]): Written {
  const state = stateAfter(loaded, events);
  if (state.phase !== 'live') throw new Error(`purchase ${loaded.id} is ${state.phase}`);
  return {
    kind: 'written',
    purchaseId: loaded.id,
    purchase: state.purchase,
    revision: (loaded.revision ?? -1n) + BigInt(events.length),
    created: loaded.revision === undefined,
    changed: events.length > 0,
    events,
    position: loaded.position,
  };
}

function outcomeOf(
  { state: before }: LoadedPurchase,
  events: readonly PurchaseEvent[],
  { written: { id, state, revision, position } }: AppendedPurchase,
): WriteOutcome {
  if (state.phase !== 'live') return { kind: 'deleted', purchaseId: id, revision, position };
  const created = before.phase !== 'live';
  return {
    kind: 'written',
    purchaseId: id,
    purchase: state.purchase,
    revision,
    created,
    changed: true,
    events,
    position,
  };
}

/** True for an event that removes the name from its purchase. */
const dropsName = ({ type, data }: PurchaseEvent, name: Name): boolean =>
  type === 'PurchaseDeleted' ||
  (type === 'IdentifierRemoved' && isSameName(data, name)) ||
  (type === 'IdentifierChanged' && isSameName({ kind: data.kind, value: data.before }, name));

/** One attempt at a write: decide, claim new names, append at the expected revision, release dropped names. */
export class WriteAttempt {
  constructor(
    /** From 1. Only the first attempt uses cached state and assumptions; later attempts read from the store. */
    readonly number: number,
    readonly context: WriteContext,
    readonly repository: PurchaseRepository,
    readonly identity: PurchaseIdentity,
  ) {}

  /**
   * Creates a purchase. `ownership` is that of the path; undefined: it was not read.
   * @throws Refused, ConcurrencyConflict, LookupRequired when `ownership` is undefined and the path was claimed before
   */
  async create(
    id: string,
    path: Name,
    command: Put,
    ownership: NameOwnership | undefined,
    dryRun: boolean,
  ): Promise<WriteOutcome> {
    const fresh: LoadedPurchase = { site: this.context.site, id, state: initialState, revision: undefined };
    const isFirst = ownership?.claim.revision === undefined;
    const follows = isFirst ? undefined : await this.identity.deletedHolder(path);
    const events = this.decideOrRefuse({ ...command, follows }, fresh);
    const names = namesIn(stateAfter(fresh, events));
    if (dryRun) {
      await this.identity.refuseIfTaken(fresh, namesWithout(names, [path]), ownership && { name: path, ownership });
      return outcomeWithoutAppend(fresh, events);
    }
    if (ownership !== undefined) await this.identity.fence(path, ownership);
    await this.identity.claimForNew(fresh, names, path, ownership?.claim);
    return outcomeOf(fresh, events, await this.repository.append(fresh, events, this.context));
  }

  /** Updates an existing purchase. @throws Refused, ConcurrencyConflict */
  async update(loaded: LoadedPurchase, command: PurchaseCommand, dryRun = false): Promise<WriteOutcome> {
    const decision = decide(command, loaded.state);
    if (!decision.accepted) return this.refuseIfCurrent(loaded, decision.refusal);
    const { events } = decision;
    if (events.length === 0) return this.unchanged(loaded);
    const [before, after] = [namesIn(loaded.state), namesIn(stateAfter(loaded, events))];
    const gained = namesWithout(after, before);
    if (dryRun) {
      await this.identity.refuseIfTaken(loaded, gained);
      return outcomeWithoutAppend(loaded, events);
    }
    await this.identity.claimForExisting(loaded, gained);
    const claims = await this.identity.readClaims(namesWithout(before, after));
    const appended = await this.repository.append(loaded, events, this.context);
    await this.identity.release(loaded.id, claims, (name) => {
      return appended.eventIds[events.findIndex((event) => dropsName(event, name))] ?? this.context.requestId;
    });
    return outcomeOf(loaded, events, appended);
  }

  private decideOrRefuse(command: PurchaseCommand, { state }: LoadedPurchase): readonly PurchaseEvent[] {
    const decision = decide(command, state);
    if (!decision.accepted) throw new Refused(decision.refusal);
    return decision.events;
  }

  /** A refusal is valid only when it was decided on the current revision. @throws Refused, ConcurrencyConflict */
  private async refuseIfCurrent(loaded: LoadedPurchase, refusal: WriteRefusal): Promise<never> {
    if (!(await this.repository.isCurrent(loaded))) throw new ConcurrencyConflict();
    throw new Refused(refusal);
  }

  /** A write without changes is valid only when it was decided on the current revision. @throws ConcurrencyConflict */
  private async unchanged(loaded: LoadedPurchase): Promise<WriteOutcome> {
    if (!(await this.repository.isCurrent(loaded))) throw new ConcurrencyConflict();
    return outcomeWithoutAppend(loaded, []);
  }
}
