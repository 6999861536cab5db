import type { Position } from '@app/event-store/event-store';
import type { PurchaseState } from '@app/purchase/state';

/** A purchase of a site as its stream says at `revision`; undefined: the stream has no event yet. */
export interface LoadedPurchase {
  readonly site: string;
  readonly id: string;
  readonly state: PurchaseState;
  readonly revision: bigint | undefined;
}

/** What an append made of a purchase. */
export interface AppendedPurchase {
  readonly written: LoadedPurchase & { readonly revision: bigint };
  readonly position?: Position;
  /** The ids of its events, in their order. */
  readonly eventIds: readonly string[];
}
