import type { LivePurchase } from '@app/purchase/state';
import type { TimelineRow } from '../queries/timeline';

/** A purchase as it was at one revision of its stream. */
export interface PastState {
  revision: bigint;
  recordedAt: Date;
  /** Undefined: the purchase was deleted by this event. */
  purchase: LivePurchase | undefined;
}

/** Two states of a purchase and the events that lead from the one to the other. */
export interface StatesBetween {
  /** Undefined: before the purchase was created. */
  before: PastState | undefined;
  after: PastState;
  entries: TimelineRow[];
  /** True when more events lie between than `entries` holds (500, or 16 MiB). */
  hasMoreEntries: boolean;
}
