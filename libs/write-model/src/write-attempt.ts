import { decide, type PurchaseCommand } from '@app/purchase/decider';
import type { PurchaseEvent } from '@app/purchase/events';
import { evolveAll } from '@app/purchase/evolve';
import { initialState } from '@app/purchase/state';
import type { WriteContext } from '@app/stored-events/codec';
import { LostRace, Refused } from './write-conflicts';
import type { PurchaseIdentity, Standing } from './identity/purchase-identity';
import { isSameName, type Name, namesIn, namesWithout } from './identity/names';
import type { AppendedPurchase, LoadedPurchase } from './loaded-purchase';
import type { PurchaseRepository } from './purchase-repository';
import type { WriteOutcome, WriteRefusal } from './write-outcome';

type Put = Extract<PurchaseCommand, { type: 'PutPurchase' }>;
type Written = Extract<WriteOutcome, { kind: 'written' }>;

const stateAfter = (loaded: LoadedPurchase, events: readonly PurchaseEvent[]): LoadedPurchase['state'] =>
  evolveAll(loaded.state, events);

/** What a write would give, or gave without an event. */
function imagined(loaded: LoadedPurchase, events: readonly PurchaseEvent[]): Written {
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

/** True for the event by which a purchase lets go of a name. */
const drops = ({ type, data }: PurchaseEvent, name: Name): boolean =>
  type === 'PurchaseDeleted' ||
  (type === 'IdentifierRemoved' && isSameName(data, name)) ||
  (type === 'IdentifierChanged' && isSameName({ kind: data.kind, value: data.before }, name));

/** One attempt at one write: decide on what was found, claim what is new, append at the expected revision, release what was dropped. */
export class WriteAttempt {
  constructor(
    /** From 1. Hints and guesses are for the first; from the second on everything is read. */
    readonly number: number,
    readonly context: WriteContext,
    readonly repository: PurchaseRepository,
    readonly identity: PurchaseIdentity,
  ) {}

  /** A new purchase of this id at a path behind which `standing` was found; undefined: nobody looked. @throws Refused, LostRace, LookFirst */
  async create(
    id: string,
    path: Name,
    command: Put,
    standing: Standing | undefined,
    dryRun: boolean,
  ): Promise<WriteOutcome> {
    const fresh: LoadedPurchase = { site: this.context.site, id, state: initialState, revision: undefined };
    const isFirst = standing?.claim.revision === undefined;
    const follows = isFirst ? undefined : await this.identity.deletedHolder(path);
    const events = this.decided({ ...command, follows }, fresh);
    const names = namesIn(stateAfter(fresh, events));
    if (dryRun) {
      await this.identity.refuseIfTaken(fresh, namesWithout(names, [path]), standing && { name: path, standing });
      return imagined(fresh, events);
    }
    if (standing !== undefined) await this.identity.fence(path, standing);
    await this.identity.claimForNew(fresh, names, path, standing?.claim);
    return outcomeOf(fresh, events, await this.repository.append(fresh, events, this.context));
  }

  /** A change of a purchase that is there. @throws Refused, LostRace */
  async update(loaded: LoadedPurchase, command: PurchaseCommand, dryRun = false): Promise<WriteOutcome> {
    const decision = decide(command, loaded.state);
    if (!decision.accepted) return this.refuseIfCurrent(loaded, decision.refusal);
    const { events } = decision;
    if (events.length === 0) return this.unchanged(loaded);
    const [before, after] = [namesIn(loaded.state), namesIn(stateAfter(loaded, events))];
    const gained = namesWithout(after, before);
    if (dryRun) {
      await this.identity.refuseIfTaken(loaded, gained);
      return imagined(loaded, events);
    }
    await this.identity.claimForExisting(loaded, gained);
    const seen = await this.identity.claimsOf(namesWithout(before, after));
    const appended = await this.repository.append(loaded, events, this.context);
    await this.identity.release(loaded.id, seen, (name) => {
      return appended.eventIds[events.findIndex((event) => drops(event, name))] ?? this.context.requestId;
    });
    return outcomeOf(loaded, events, appended);
  }

  private decided(command: PurchaseCommand, { state }: LoadedPurchase): readonly PurchaseEvent[] {
    const decision = decide(command, state);
    if (!decision.accepted) throw new Refused(decision.refusal);
    return decision.events;
  }

  /** A refusal by what may be an old state counts only if that state is the last one. */
  private async refuseIfCurrent(loaded: LoadedPurchase, refusal: WriteRefusal): Promise<never> {
    if (!(await this.repository.isCurrent(loaded))) throw new LostRace();
    throw new Refused(refusal);
  }

  /** Nothing to say counts only if what was said last is known: another process may have written since. */
  private async unchanged(loaded: LoadedPurchase): Promise<WriteOutcome> {
    if (!(await this.repository.isCurrent(loaded))) throw new LostRace();
    return imagined(loaded, []);
  }
}
