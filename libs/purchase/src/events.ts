/**
 * Everything that can happen to a purchase.
 *
 * WARNING: the `type` strings and the shapes of `data` are stored for ever. Never rename or reuse one. A changed shape gets
 * the next schema version and an upcaster (libs/stored-events/src/upcasters.ts); the golden files of the old one stay.
 *
 * Every event that changes a value carries it before and after, so that the history can be read without replaying it.
 * Amounts are minor units of the purchase's currency, times are UTC instants, `at` is when it happened in the business.
 */
import type {
  AccountingFile,
  Address,
  CustomerIdentifiers,
  IdentifierKind,
  Instant,
  KeyedLine,
  KeyedPackage,
  LineAmounts,
  LineDetails,
  LineKey,
  Minor,
  NamedValue,
  PackageHeader,
  PackageDates,
  PackageIdentifiers,
  PackageKey,
  PackageType,
  PaymentMethod,
  PurchaseDates,
  PurchaseHeader,
  PurchaseType,
  ShippingMethod,
  TaxLine,
  Totals,
  Tracking,
} from './purchase';

/** Points at a package and says what a reader calls it: its type then and, where it has one, its name (`R-1`). */
export interface PackageRef {
  key: PackageKey;
  type: PackageType;
  name?: string;
}

/** Points at a line and says what a reader calls the article. */
export interface LineRef {
  key: LineKey;
  sku?: string;
  name: string;
}

/** One article of a move: `quantity` = from.before − from.after = to.after − to.before, in pieces. */
export interface MovedItem {
  quantity: number;
  /** `after` is absent when nothing of the line is left. */
  from: { line: LineRef; before: LineAmounts; after?: LineAmounts };
  /** `before` is absent when the line is new there; `details` say what differs then from the line it came from, else absent. */
  to: { line: LineRef; before?: LineAmounts; after: LineAmounts; details?: LineDetails };
}

/** Items that went from one package to another. */
export interface ItemsMoved {
  from: PackageRef;
  to: PackageRef;
  /** The package `to`, when this move opened it. */
  opened?: PackageHeader;
  /** The package `from`, when this move emptied it for good. */
  closed?: PackageHeader;
  items: readonly MovedItem[];
}

export interface TypeChange {
  before: PurchaseType;
  after: PurchaseType;
  at: Instant;
}

/** Something that was said about a purchase. `idempotencyKey` is the hash of the sender's key, where one was sent. */
interface Said {
  body: string;
  at: Instant;
  idempotencyKey?: string;
}
interface Change<T> {
  before: T;
  after: T;
}
/** A value that may be absent on either side, never on both. */
interface OptionalChange<T> {
  before?: T;
  after?: T;
}
/** An amount before and after; `currencyBefore` is the currency of `before`, where it is not that of `after`. */
interface Revalued {
  currencyBefore?: string;
}
interface InPackage {
  package: PackageRef;
}

/** A payment or a refund of money, keyed by the platform's id. */
export interface Transaction {
  platformId: string;
  type: 'payment' | 'refund';
  /** Never negative. */
  amount: Minor;
  status?: string;
  gateway?: string;
  happenedAt?: Instant;
  /** True: it is only told, and counts towards nothing (pending or failed, say). */
  informational?: true;
  /** What the platform knows of it, as it was sent. */
  particulars?: unknown;
}

/** The operator's rate of one day: so many US dollars are one unit of `currency`. */
export interface UsdRate {
  currency: string;
  /** A calendar day: `2026-01-31`. */
  day: string;
  /** A decimal, as the operator loaded it: `1.2734`. */
  rate: string;
}

/** Times by a sender's own clock; `packages` are those whose `updatedAt` moved, by key. */
export interface SenderClocks {
  updatedAt?: Instant;
  revisionDate?: Instant;
  packages?: { key: PackageKey; updatedAt?: Instant }[];
}

/** The dates of a package that say that something was done with it. */
export type PackageMilestone = 'shippedAt' | 'deliveredAt' | 'refundedAt' | 'cancelledAt';

export type PurchaseEvent =
  // -------------------------------------------------------------- the purchase
  /** The purchase was seen for the first time; `follows` is the id of a deleted purchase that had the identifier of its path. */
  | Event<'PurchaseCreated', { purchase: PurchaseHeader; at: Instant; follows?: string }>
  /** A buyer asked for a quote: cart → quote. */
  | Event<'QuoteRequested', TypeChange>
  /** A buyer's colleague has to approve: cart or quote → awaiting_approval. */
  | Event<'ApprovalRequested', TypeChange>
  /** It was approved and so submitted: awaiting_approval → order_unconfirmed or order. */
  | Event<'PurchaseApproved', TypeChange>
  /** The buyer submitted it: cart or quote → order_unconfirmed or order. */
  | Event<'PurchaseSubmitted', TypeChange>
  /** The merchant confirmed it: order_unconfirmed → order. */
  | Event<'TypeConfirmed', TypeChange>
  /** Any other change of type that the table of types allows. */
  | Event<'TypeChanged', TypeChange>
  /** Everything is counted in another currency from here on; an amount that changes with it has an event of its own. */
  | Event<'CurrencyChanged', Change<string>>
  /** The purchase got a name of a kind that it had none of. */
  | Event<'IdentifierAssigned', { kind: IdentifierKind; value: string }>
  /** The purchase is called otherwise from here on. */
  | Event<'IdentifierChanged', { kind: IdentifierKind } & Change<string>>
  /** The purchase gave up a name. */
  | Event<'IdentifierRemoved', { kind: IdentifierKind; value: string }>
  /** Another writer took over a claim that this purchase never made good; nothing of the purchase changes (ADR on identity). */
  | Event<'IdentifierForfeited', { kind: IdentifierKind; value: string; to: string }>
  /** Another customer, child account, impersonator or sales representative. */
  | Event<'CustomerChanged', Change<CustomerIdentifiers>>
  /** When it was created or placed, as the sender says. */
  | Event<'PurchaseDatesChanged', Change<PurchaseDates>>
  /** How it is to be paid. */
  | Event<'PaymentMethodChanged', OptionalChange<PaymentMethod>>
  /** The customer's own reference, a purchase order number for instance. */
  | Event<'CustomerReferenceChanged', OptionalChange<string>>
  /** Where the bill goes. */
  | Event<'BillingAddressChanged', OptionalChange<Address>>
  /** A document was attached, to the purchase or to one package. */
  | Event<'AccountingFileAttached', { file: AccountingFile; package?: PackageRef }>
  /** A document was taken away. */
  | Event<'AccountingFileRemoved', { file: AccountingFile; package?: PackageRef }>
  /** The merchant's own fields, whole. */
  | Event<'CustomFieldsChanged', Change<readonly NamedValue[]>>
  /** The sender's own metadata, whole. */
  | Event<'MetadataChanged', Change<readonly NamedValue[]>>
  /** The tax summary of the purchase, whole. */
  | Event<'TaxLinesChanged', Change<readonly TaxLine[]>>
  /** How much is paid, in minor units, in the sender's words. */
  | Event<'TotalPaidChanged', OptionalChange<Minor> & Revalued>
  /** Clocks of the sender moved on (`revision_date`, `updated_at` of the purchase and its packages); both sides hold those that moved. */
  | Event<'SenderClocksChanged', Change<SenderClocks>>
  /** The purchase is gone and its identifiers are free. */
  | Event<'PurchaseDeleted', { at: Instant }>
  // -------------------------------------------------------------- packages
  /** A package appeared with the items that came from nowhere else. Its milestones follow as events of their own. */
  | Event<'PackageAdded', { package: KeyedPackage }>
  /** A package is gone, with the items in it that went nowhere else. */
  | Event<'PackageRemoved', { package: KeyedPackage }>
  /** A package became one of another type, with all that is in it. */
  | Event<'PackageTypeChanged', InPackage & Change<PackageType>>
  /** A package is called otherwise. */
  | Event<'PackageIdentifiersChanged', InPackage & Change<PackageIdentifiers>>
  /** When a package was created, as the sender says. */
  | Event<'PackageDatesChanged', InPackage & Change<Pick<PackageDates, 'createdAt' | 'updatedAt'>>>
  /** A package left the house at `at`. */
  | Event<'PackageShipped', InPackage & { at: Instant }>
  /** A package reached the customer at `at`. */
  | Event<'PackageDelivered', InPackage & { at: Instant }>
  /** A package was refunded at `at`. */
  | Event<'PackageRefunded', InPackage & { at: Instant }>
  /** A package was cancelled at `at`. */
  | Event<'PackageCancelled', InPackage & { at: Instant }>
  /** A milestone was reached at another time than was said before. */
  | Event<'PackageMilestoneCorrected', InPackage & { milestone: PackageMilestone } & Change<Instant>>
  /** A milestone was not reached after all. */
  | Event<'PackageMilestoneWithdrawn', InPackage & { milestone: PackageMilestone; before: Instant }>
  /** How a package is sent, and for how much. */
  | Event<'ShippingMethodChanged', InPackage & OptionalChange<ShippingMethod> & Revalued>
  /** Where a package goes. */
  | Event<'ShippingAddressChanged', InPackage & OptionalChange<Address>>
  /** A parcel of a package got a tracking entry. */
  | Event<'TrackingAdded', InPackage & { tracking: Tracking }>
  /** A tracking entry says something else. */
  | Event<'TrackingChanged', InPackage & Change<Tracking>>
  /** A tracking entry is gone. */
  | Event<'TrackingRemoved', InPackage & { tracking: Tracking }>
  // -------------------------------------------------------------- items
  /** New lines in a package that was there already. */
  | Event<'ItemsAdded', InPackage & { items: readonly KeyedLine[] }>
  /** Whole lines left a package that stays, and the purchase. */
  | Event<'ItemsRemoved', InPackage & { items: readonly KeyedLine[] }>
  /** More or less of an article, with no counterpart in another package. */
  | Event<'ItemQuantityChanged', InPackage & { line: LineRef } & Change<LineAmounts> & Revalued>
  /** The same quantity for another amount. */
  | Event<'ItemRepriced', InPackage & { line: LineRef } & Change<Totals> & Revalued>
  /** What a line says of its article changed. */
  | Event<'ItemDetailsChanged', InPackage & { line: LineRef } & Change<LineDetails>>
  /** Items are expected to come in. */
  | Event<'ItemsMovedToIncoming', ItemsMoved>
  /** Items went back to be processed. */
  | Event<'ItemsMovedToProcessing', ItemsMoved>
  /** Items were put on hold. */
  | Event<'ItemsMovedToOnHold', ItemsMoved>
  /** Items were packed for shipment. */
  | Event<'ItemsMovedToShipment', ItemsMoved>
  /** Items are refunded. */
  | Event<'ItemsMovedToRefund', ItemsMoved>
  /** Items are cancelled. */
  | Event<'ItemsMovedToCancelled', ItemsMoved>
  /** Pieces went from line to line of one package, as when a line is split in two; nothing came or went. */
  | Event<'ItemsRegrouped', InPackage & { items: readonly MovedItem[] }>
  // -------------------------------------------------------------- money and words
  /** The customer paid. */
  | Event<'PaymentRecorded', { transaction: Transaction }>
  /** The customer got money back. */
  | Event<'RefundRecorded', { transaction: Transaction }>
  /** A payment or refund that was known already says something else. */
  | Event<'TransactionChanged', Change<Transaction>>
  /** A message between merchant and customer. */
  | Event<'MessagePosted', { createdBy?: string } & Said>
  /** A note for the staff. */
  | Event<'NoteAdded', { createdBy?: string } & Said>
  /** An e-mail went out. */
  | Event<'EmailSent', { sentBy?: string } & Said>
  /** The rate at which its total is told in US dollars, fixed when it was first submitted, so that a replay gives the same figure for ever. */
  | Event<'UsdRateFixed', UsdRate>
  /** The personal values of its customer are gone: names, addresses, references, words. */
  | Event<'PersonalDataErased', { at: Instant }>;

interface Event<Type extends string, Data> {
  readonly type: Type;
  readonly data: Data;
}

export type PurchaseEventType = PurchaseEvent['type'];

/** Events that say nothing of the business; a timeline leaves them out unless it is asked for them. */
export const CLOCK_EVENTS: readonly PurchaseEventType[] = ['SenderClocksChanged'];

/** The event of one type. */
export type EventOf<Type extends PurchaseEventType> = Extract<PurchaseEvent, { type: Type }>;
