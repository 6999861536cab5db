import { holds, type Name, namesIn, namesOf, namesWithout } from '@app/write-model/identity/names';
import type { Guards, WriteOutcome, WriteRefusal } from '@app/write-model/write-outcome';
import { decide, type PurchaseCommand } from '@app/purchase/decider';
import { evolve } from '@app/purchase/evolve';
import type { PurchaseEvent } from '@app/purchase/events';
import type { Purchase } from '@app/purchase/purchase';
import { isSame } from '@app/purchase/same';
import { initialState } from '@app/purchase/state';
import { holderOf, type Stored, type World } from './world';

/** One call of the writer. */
export type Call =
  | { do: 'put'; path: Name; body: Purchase; guards: Guards; dryRun: boolean }
  | { do: 'delete'; path: Name; guards: Guards }
  | { do: 'note'; path: Name; text: string };

export const AT = '2026-01-01T00:00:00.000Z';

export const entryOf = (text: string) =>
  ({ type: 'NoteAdded', data: { createdBy: 'w', body: text, at: AT, idempotencyKey: text } }) as const;

/** An outcome without the values that only the store determines. */
type Answer = Record<string, unknown>;

const refused = (refusal: WriteRefusal): Answer => ({ kind: 'refused', refusal });

/** True if the call, made alone in this state, could have this outcome: the sequential specification of the write path. */
export function explains(world: World, call: Call, outcome: WriteOutcome): boolean {
  return answersTo(world, call).some((answer) => isSame({ ...answer, events: undefined }, comparable(outcome)));
}

/** True if the call, made alone in this state, could append these events. */
export function explainsAppend(world: World, call: Call, events: readonly PurchaseEvent[]): boolean {
  return answersTo(world, call).some((answer) => isSame(answer.events, events));
}

function comparable(outcome: WriteOutcome): Answer {
  if (outcome.kind === 'refused') return { ...outcome };
  const { position: _, ...rest } = outcome;
  const isNew = outcome.kind === 'written' && outcome.created;
  return { ...rest, events: undefined, purchaseId: isNew ? undefined : outcome.purchaseId };
}

/** All allowed outcomes of the call: if several names are taken, the refusal may report any of them. */
function answersTo(world: World, call: Call): Answer[] {
  const holder = holderOf(world, call.path);
  if (call.do !== 'put' && holder === undefined) return [refused({ code: 'purchase-not-found' })];
  const guards = call.do === 'note' ? {} : call.guards;
  const isWrongRevision = guards.ifMatch?.every((revision) => revision !== holder?.revision) === true;
  if ((guards.mustNotExist && holder) || (guards.mustExist && !holder) || isWrongRevision)
    return [refused({ code: 'precondition-failed', revision: holder?.revision })];
  if (holder !== undefined) return change(world, holder, call);
  return call.do === 'put' ? creation(world, call) : [];
}

const filled = (body: Purchase, { kind, value }: Name): Purchase => ({
  ...body,
  identifiers: { [kind]: value, ...body.identifiers },
});

function commandOf(call: Call): PurchaseCommand {
  switch (call.do) {
    case 'put':
      return { type: 'PutPurchase', purchase: filled(call.body, call.path), at: AT };
    case 'delete':
      return { type: 'DeletePurchase', at: AT };
    case 'note':
      return { type: 'AddHistoryEntry', entry: entryOf(call.text) };
  }
}

function taken(world: World, names: readonly Name[], by?: Stored): Answer[] {
  return names
    .filter((name) => (holderOf(world, name) ?? by)?.id !== by?.id)
    .map(({ kind, value }) =>
      refused({ code: 'identifier-taken', kind, value, reachableBy: { lookupBy: kind, identifier: value } }),
    );
}

type Put = Extract<Call, { do: 'put' }>;

function creation(world: World, call: Put): Answer[] {
  const { path, body } = call;
  const inBody = body.identifiers[path.kind];
  if (inBody !== undefined && inBody !== path.value)
    return [refused({ code: 'identifier-mismatch', kind: path.kind, inPath: path.value, inBody })];
  const whole = filled(body, path);
  const before = world.deleted.filter(({ state }) => holds(state, path));
  const created = (before.length === 0 ? [undefined] : before.map(({ id }) => id)).map((follows) => {
    const decision = decide({ type: 'PutPurchase', purchase: whole, at: AT, follows }, initialState);
    if (!decision.accepted) throw new Error('a creation was refused');
    return written(undefined, decision.events);
  });
  return unlessTaken(call, taken(world, namesWithout(namesOf(whole.identifiers), [path])), created);
}

function change(world: World, holder: Stored, call: Call): Answer[] {
  const decision = decide(commandOf(call), holder.state);
  if (!decision.accepted) return [refused(decision.refusal)];
  const state = decision.events.reduce(evolve, holder.state);
  const others = taken(world, namesWithout(namesIn(state), namesIn(holder.state)), holder);
  return unlessTaken(call, others, [written(holder, decision.events)]);
}

/** A dry run reads the streams one after the other and may report either outcome. */
const unlessTaken = (call: Call, others: Answer[], done: Answer[]): Answer[] =>
  call.do === 'put' && call.dryRun ? [...others, ...done] : others.length > 0 ? others : done;

function written(before: Stored | undefined, events: readonly PurchaseEvent[]): Answer {
  const stateBefore = before?.state ?? initialState;
  const state = events.reduce(evolve, stateBefore);
  const revision = (before?.revision ?? -1n) + BigInt(events.length);
  const rest = { purchaseId: before?.id, revision, events };
  return state.phase === 'live'
    ? {
        ...{ kind: 'written', purchase: state.purchase, ...rest },
        ...{ created: before === undefined, changed: events.length > 0, before: stateBefore },
      }
    : { kind: 'deleted', ...rest };
}
