import type { Refusal } from '@app/purchase/decider';
import type { PurchaseEvent } from '@app/purchase/events';
import type { IdentifierKind } from '@app/purchase/purchase';
import type { LivePurchase } from '@app/purchase/state';
import type { Position } from '@app/event-store/event-store';

/** The path by which a purchase is reached. */
export interface Target {
  lookupBy: IdentifierKind;
  identifier: string;
}

/** What the caller asks of the stored revision. */
export interface Guards {
  /** It must be at one of these; none at all: no revision will do. */
  ifMatch?: readonly bigint[];
  mustExist?: boolean;
  mustNotExist?: boolean;
}

export type WriteRefusal =
  | Refusal
  /** An identifier of the body belongs to another purchase, which can be reached by this path. */
  | { code: 'identifier-taken'; kind: IdentifierKind; value: string; reachableBy: Target }
  /** The path names a purchase that is not there, and the body calls it otherwise. */
  | { code: 'identifier-mismatch'; kind: IdentifierKind; inPath: string; inBody: string }
  /** `revision` is the stored one; undefined: there is no such purchase. */
  | { code: 'precondition-failed'; revision?: bigint }
  /** Other writers of the purchase: each attempt was overtaken (`conflicts`), or its turn did not come (`queue`). */
  | { code: 'concurrent-update'; reason: 'conflicts' | 'queue'; retryAfterSeconds: number };

export type WriteOutcome =
  | {
      kind: 'written';
      purchaseId: string;
      purchase: LivePurchase;
      revision: bigint;
      created: boolean;
      /** False when the body said nothing new: nothing was appended. */
      changed: boolean;
      events: readonly PurchaseEvent[];
      /** Of the last event of the purchase: the one just appended, or, when nothing changed, the one found. */
      position?: Position;
    }
  | { kind: 'deleted'; purchaseId: string; revision: bigint; position?: Position }
  | { kind: 'refused'; refusal: WriteRefusal };
