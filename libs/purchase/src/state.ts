import type { PurchaseEvent, Transaction, UsdRate } from './events';
import type { Instant, KeyedPackage, PurchaseHeader } from './purchase';

/** A purchase that is there, as its events made it. */
export interface LivePurchase extends PurchaseHeader {
  packages: readonly KeyedPackage[];
  /** The next package key and line key; they only ever rise. */
  nextPackageKey: number;
  nextLineKey: number;
  /** When it first became order_unconfirmed or order. */
  submittedAt?: Instant;
  /** The id of the deleted purchase that had the identifier of its path before. */
  follows?: string;
  /** Fixed when it was first submitted, where the operator had a rate. */
  usdRate?: UsdRate;
  transactions: readonly Transaction[];
  /** Messages, notes and e-mails, oldest first. */
  history: readonly HistoryEntry[];
}

export type HistoryEntry = Extract<PurchaseEvent, { type: 'MessagePosted' | 'NoteAdded' | 'EmailSent' }>;

/** What the stream of a purchase says: not created yet, there, or deleted. */
export type PurchaseState =
  | { readonly phase: 'absent' }
  | { readonly phase: 'live'; readonly purchase: LivePurchase }
  | { readonly phase: 'deleted' };

export const initialState: PurchaseState = { phase: 'absent' };
