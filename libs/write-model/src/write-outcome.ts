import type { Refusal } from '@app/purchase/decider';
import type { PurchaseEvent } from '@app/purchase/events';
import type { IdentifierKind } from '@app/purchase/purchase';
import { evolveAll } from '@app/purchase/evolve';
import type { LivePurchase, PurchaseState } from '@app/purchase/state';
import type { Position } from '@app/event-store/event-store';
import type { AppendedPurchase, LoadedPurchase } from './loaded-purchase';

/** The path that addresses a purchase. */
export interface Target {
  lookupBy: IdentifierKind;
  identifier: string;
}

/** Preconditions on the stored revision. */
export interface Guards {
  /** The revision must be one of these; an empty list matches none. */
  ifMatch?: readonly bigint[];
  mustExist?: boolean;
  mustNotExist?: boolean;
}

export type WriteRefusal =
  | Refusal
  /** An identifier of the body belongs to another purchase, which is addressed by `reachableBy`. */
  | { code: 'identifier-taken'; kind: IdentifierKind; value: string; reachableBy: Target }
  /** No purchase exists at the path, and the body has a different identifier of that kind. */
  | { code: 'identifier-mismatch'; kind: IdentifierKind; inPath: string; inBody: string }
  /** `revision` is the stored one; undefined: the purchase does not exist. */
  | { code: 'precondition-failed'; revision?: bigint }
  /** Concurrent writers: every attempt conflicted (`conflicts`), or the queue was full or too slow (`queue`). */
  | { code: 'concurrent-update'; reason: 'conflicts' | 'queue'; retryAfterSeconds: number };

export type WriteOutcome =
  | {
      kind: 'written';
      purchaseId: string;
      purchase: LivePurchase;
      revision: bigint;
      created: boolean;
      /** False when the body contained no change: nothing was appended. */
      changed: boolean;
      events: readonly PurchaseEvent[];
      /** The state before the events. */
      before: PurchaseState;
      /** Position of the last event of the purchase: the last one appended, or the existing one when nothing changed. */
      position?: Position;
    }
  | { kind: 'deleted'; purchaseId: string; revision: bigint; position?: Position }
  | { kind: 'refused'; refusal: WriteRefusal };

export const stateAfter = (loaded: LoadedPurchase, events: readonly PurchaseEvent[]): PurchaseState =>
  evolveAll(loaded.state, events);

/** The outcome of a dry run, or of a write that produced no event. */
export function outcomeWithoutAppend(loaded: LoadedPurchase, events: readonly PurchaseEvent[]): WriteOutcome {
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
    before: loaded.state,
    position: loaded.position,
  };
}

/** The outcome of a write that appended events. */
export function outcomeOf(
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
    before,
    position,
  };
}
