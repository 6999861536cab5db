import type { Position } from '@app/event-store/event-store';
import type { PurchaseState } from '@app/purchase/state';

/** A purchase of a site, folded from its stream up to `revision`; undefined: the stream has no events. */
export interface LoadedPurchase {
  readonly site: string;
  readonly id: string;
  readonly state: PurchaseState;
  readonly revision: bigint | undefined;
  /** Position in $all of the event at `revision`. */
  readonly position?: Position;
}

/** The result of an append to a purchase. */
export interface AppendedPurchase {
  readonly written: LoadedPurchase & { readonly revision: bigint };
  /** Ids of the appended events, in order. */
  readonly eventIds: readonly string[];
}
