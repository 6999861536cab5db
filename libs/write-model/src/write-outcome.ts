import type { Refusal } from '@app/purchase/decider';
import type { PurchaseEvent } from '@app/purchase/events';
import type { IdentifierKind } from '@app/purchase/purchase';
import type { LivePurchase } from '@app/purchase/state';
import type { Position } from '@app/event-store/event-store';

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
      /** Position of the last event of the purchase: the last one appended, or the existing one when nothing changed. */
      position?: Position;
    }
  | { kind: 'deleted'; purchaseId: string; revision: bigint; position?: Position }
  | { kind: 'refused'; refusal: WriteRefusal };
