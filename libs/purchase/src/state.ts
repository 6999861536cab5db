import type { PurchaseEvent, Transaction, UsdRate } from './events';
import type { Instant, KeyedPackage, PurchaseHeader } from './purchase';

/** An existing purchase, folded from its events. */
export interface LivePurchase extends PurchaseHeader {
  packages: readonly KeyedPackage[];
  /** The next package key and line key. They never decrease. */
  nextPackageKey: number;
  nextLineKey: number;
  /** The time of the first change to order_unconfirmed or order. */
  submittedAt?: Instant;
  /** The id of the deleted purchase that had the identifier of the request path. */
  follows?: string;
  /** The rate fixed at the first submission, if the operator had one. */
  usdRate?: UsdRate;
  transactions: readonly Transaction[];
  /** Messages, notes and e-mails, oldest first. */
  history: readonly HistoryEntry[];
}

export type HistoryEntry = Extract<PurchaseEvent, { type: 'MessagePosted' | 'NoteAdded' | 'EmailSent' }>;

/** The state of a purchase stream: not created, live or deleted. */
export type PurchaseState =
  | { readonly phase: 'absent' }
  | { readonly phase: 'live'; readonly purchase: LivePurchase }
  | { readonly phase: 'deleted' };

export const initialState: PurchaseState = { phase: 'absent' };
