/**
 * All events of a purchase.
 *
 * WARNING: `type` strings and the shapes of `data` are stored permanently. Never rename or reuse one. A changed shape
 * gets the next schema version and an upcaster (libs/stored-events/src/upcasters.ts); the golden files of the old
 * version stay.
 *
 * Every event that changes a value contains it before and after, so that the history is readable without a replay.
 * Amounts are in minor units of the currency of the purchase, times are UTC instants, and `at` is when the event
 * happened in the business.
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

/** A reference to a package: its key, with its type and name (`R-1`) at the time of the event. */
export interface PackageRef {
  key: PackageKey;
  type: PackageType;
  name?: string;
}

/** A reference to a line: its key, with the SKU and name of the article. */
export interface LineRef {
  key: LineKey;
  sku?: string;
  name: string;
}

/** One line of a move. `quantity` = from.before − from.after = to.after − to.before, in units. */
export interface MovedItem {
  quantity: number;
  /** `after` is absent if the line has no units left. */
  from: { line: LineRef; before: LineAmounts; after?: LineAmounts };
  /** `before` is absent for a new line. `details` are present if they differ from those of the source line. */
  to: { line: LineRef; before?: LineAmounts; after: LineAmounts; details?: LineDetails };
}

/** Items that are moved from one package to another. */
export interface ItemsMoved extends CurrencyBefore {
  from: PackageRef;
  to: PackageRef;
  /** The header of the package `to`, if this move opens it. */
  opened?: PackageHeader;
  /** The header of the package `from`, if this move empties and closes it. */
  closed?: PackageHeader;
  items: readonly MovedItem[];
}

export interface TypeChange {
  before: PurchaseType;
  after: PurchaseType;
  at: Instant;
}

/** An entry of the history. `idempotencyKey`: the hash of the key of the request, if it had one. */
interface HistoryEntryData {
  body: string;
  at: Instant;
  idempotencyKey?: string;
}
interface Change<T> {
  before: T;
  after: T;
}
/** A value that is absent on at most one side. */
interface OptionalChange<T> {
  before?: T;
  after?: T;
}
/** A change of an amount. `currencyBefore`: the currency of `before`, if it differs from that of `after`. */
interface CurrencyBefore {
  currencyBefore?: string;
}
interface InPackage {
  package: PackageRef;
}

/** A payment or a refund, identified by the id of the platform. */
export interface Transaction {
  platformId: string;
  type: 'payment' | 'refund';
  /** Never negative. */
  amount: Minor;
  status?: string;
  gateway?: string;
  happenedAt?: Instant;
  /** True: informational and not included in totals, for example when pending or failed. */
  informational?: true;
  /** The data of the platform, as sent. */
  particulars?: unknown;
}

/** The rate of the operator for one day: the number of US dollars for one unit of `currency`. */
export interface UsdRate {
  currency: string;
  /** A calendar day, such as `2026-01-31`. */
  day: string;
  /** A decimal as loaded by the operator, such as `1.2734`. */
  rate: string;
}

/** Timestamps that the sender maintains. `packages`: packages whose `updatedAt` changed, by key. */
export interface SenderClocks {
  updatedAt?: Instant;
  revisionDate?: Instant;
  packages?: { key: PackageKey; updatedAt?: Instant }[];
}

/** The dates of a package that are milestones. */
export type PackageMilestone = 'shippedAt' | 'deliveredAt' | 'refundedAt' | 'cancelledAt';

export type PurchaseEvent =
  // -------------------------------------------------------------- the purchase
  /** The purchase was received for the first time; `follows` is the id of a deleted purchase that had the identifier of its path. */
  | Event<'PurchaseCreated', { purchase: PurchaseHeader; at: Instant; follows?: string }>
  /** The buyer requested a quote: cart → quote. */
  | Event<'QuoteRequested', TypeChange>
  /** The purchase awaits the approval of a colleague of the buyer: cart or quote → awaiting_approval. */
  | Event<'ApprovalRequested', TypeChange>
  /** The purchase was approved and thereby submitted: awaiting_approval → order_unconfirmed or order. */
  | Event<'PurchaseApproved', TypeChange>
  /** The buyer submitted the purchase: cart or quote → order_unconfirmed or order. */
  | Event<'PurchaseSubmitted', TypeChange>
  /** The merchant confirmed the order: order_unconfirmed → order. */
  | Event<'TypeConfirmed', TypeChange>
  /** Any other allowed change of type. */
  | Event<'TypeChanged', TypeChange>
  /** The currency changed; an amount that changes with it has an event of its own. */
  | Event<'CurrencyChanged', Change<string>>
  /** The purchase got an identifier of a kind that it did not have. */
  | Event<'IdentifierAssigned', { kind: IdentifierKind; value: string }>
  /** An identifier of the purchase changed. */
  | Event<'IdentifierChanged', { kind: IdentifierKind } & Change<string>>
  /** An identifier of the purchase was removed. */
  | Event<'IdentifierRemoved', { kind: IdentifierKind; value: string }>
  /** Another writer took over an identifier that this purchase had claimed but never held; the purchase does not change (ADR 2). */
  | Event<'IdentifierForfeited', { kind: IdentifierKind; value: string; to: string }>
  /** The customer, child account, impersonator or sales representative changed. */
  | Event<'CustomerChanged', Change<CustomerIdentifiers>>
  /** The creation date or the placement date changed, as reported by the sender. */
  | Event<'PurchaseDatesChanged', Change<PurchaseDates>>
  /** The payment method changed. */
  | Event<'PaymentMethodChanged', OptionalChange<PaymentMethod>>
  /** The reference of the customer changed, for example a purchase order number. */
  | Event<'CustomerReferenceChanged', OptionalChange<string>>
  /** The billing address changed. */
  | Event<'BillingAddressChanged', OptionalChange<Address>>
  /** A document was attached to the purchase or to a package. */
  | Event<'AccountingFileAttached', { file: AccountingFile; package?: PackageRef }>
  /** A document was removed. */
  | Event<'AccountingFileRemoved', { file: AccountingFile; package?: PackageRef }>
  /** The custom fields of the merchant changed; contains all of them. */
  | Event<'CustomFieldsChanged', Change<readonly NamedValue[]>>
  /** The metadata of the sender changed; contains all of it. */
  | Event<'MetadataChanged', Change<readonly NamedValue[]>>
  /** The tax summary of the purchase changed; contains all lines. */
  | Event<'TaxLinesChanged', Change<readonly TaxLine[]> & CurrencyBefore>
  /** The amount paid as reported by the sender changed, in minor units. */
  | Event<'TotalPaidChanged', OptionalChange<Minor> & CurrencyBefore>
  /** Timestamps of the sender changed (`revision_date`, `updated_at` of the purchase and its packages); both sides contain the changed ones. */
  | Event<'SenderClocksChanged', Change<SenderClocks>>
  /** The purchase was deleted; its identifiers can be used again. */
  | Event<'PurchaseDeleted', { at: Instant }>
  // -------------------------------------------------------------- packages
  /** A package was added, with the items that did not come from another package. Its milestones are events of their own. */
  | Event<'PackageAdded', { package: KeyedPackage }>
  /** A package was removed, with the items that did not go to another package. */
  | Event<'PackageRemoved', { package: KeyedPackage } & CurrencyBefore>
  /** The type of a package changed, including all its items. */
  | Event<'PackageTypeChanged', InPackage & Change<PackageType>>
  /** The identifiers of a package changed. */
  | Event<'PackageIdentifiersChanged', InPackage & Change<PackageIdentifiers>>
  /** The creation date of a package changed, as reported by the sender. */
  | Event<'PackageDatesChanged', InPackage & Change<Pick<PackageDates, 'createdAt' | 'updatedAt'>>>
  /** A package was shipped at `at`. */
  | Event<'PackageShipped', InPackage & { at: Instant }>
  /** A package was delivered at `at`. */
  | Event<'PackageDelivered', InPackage & { at: Instant }>
  /** A package was refunded at `at`. */
  | Event<'PackageRefunded', InPackage & { at: Instant }>
  /** A package was cancelled at `at`. */
  | Event<'PackageCancelled', InPackage & { at: Instant }>
  /** The date of a milestone was corrected. */
  | Event<'PackageMilestoneCorrected', InPackage & { milestone: PackageMilestone } & Change<Instant>>
  /** A milestone was withdrawn. */
  | Event<'PackageMilestoneWithdrawn', InPackage & { milestone: PackageMilestone; before: Instant }>
  /** The shipping method or the shipping price of a package changed. */
  | Event<'ShippingMethodChanged', InPackage & OptionalChange<ShippingMethod> & CurrencyBefore>
  /** The shipping address of a package changed. */
  | Event<'ShippingAddressChanged', InPackage & OptionalChange<Address>>
  /** A tracking entry was added to a package. */
  | Event<'TrackingAdded', InPackage & { tracking: Tracking }>
  /** A tracking entry changed. */
  | Event<'TrackingChanged', InPackage & Change<Tracking>>
  /** A tracking entry was removed. */
  | Event<'TrackingRemoved', InPackage & { tracking: Tracking }>
  // -------------------------------------------------------------- items
  /** Lines were added to an existing package. */
  | Event<'ItemsAdded', InPackage & { items: readonly KeyedLine[] }>
  /** Whole lines were removed from an existing package and from the purchase. */
  | Event<'ItemsRemoved', InPackage & { items: readonly KeyedLine[] } & CurrencyBefore>
  /** The quantity of an article changed, with no counterpart in another package. */
  | Event<'ItemQuantityChanged', InPackage & { line: LineRef } & Change<LineAmounts> & CurrencyBefore>
  /** The amounts of a line changed, but not its quantity. */
  | Event<'ItemRepriced', InPackage & { line: LineRef } & Change<Totals> & CurrencyBefore>
  /** The details of the article in a line changed. */
  | Event<'ItemDetailsChanged', InPackage & { line: LineRef } & Change<LineDetails> & CurrencyBefore>
  /** Items were moved to an incoming package. */
  | Event<'ItemsMovedToIncoming', ItemsMoved>
  /** Items were moved back to processing. */
  | Event<'ItemsMovedToProcessing', ItemsMoved>
  /** Items were put on hold. */
  | Event<'ItemsMovedToOnHold', ItemsMoved>
  /** Items were moved to a shipment. */
  | Event<'ItemsMovedToShipment', ItemsMoved>
  /** Items were refunded. */
  | Event<'ItemsMovedToRefund', ItemsMoved>
  /** Items were cancelled. */
  | Event<'ItemsMovedToCancelled', ItemsMoved>
  /**
   * Units were moved between lines of one package, for example when a line is split. The total of the package does not
   * change.
   */
  | Event<'ItemsRegrouped', InPackage & { items: readonly MovedItem[] } & CurrencyBefore>
  // -------------------------------------------------------------- money and words
  /** A payment of the customer was recorded. */
  | Event<'PaymentRecorded', { transaction: Transaction }>
  /** A refund to the customer was recorded. */
  | Event<'RefundRecorded', { transaction: Transaction }>
  /** A recorded payment or refund changed. */
  | Event<'TransactionChanged', Change<Transaction>>
  /** A message between merchant and customer was posted. */
  | Event<'MessagePosted', { createdBy?: string } & HistoryEntryData>
  /** An internal note was added. */
  | Event<'NoteAdded', { createdBy?: string } & HistoryEntryData>
  /** An e-mail was sent. */
  | Event<'EmailSent', { sentBy?: string } & HistoryEntryData>
  /** The rate of `calculated_total_usd` was fixed at the first submission, so that a replay always gives the same total. */
  | Event<'UsdRateFixed', UsdRate>
  /** The personal data of the customer were erased: names, addresses, references, messages. */
  | Event<'PersonalDataErased', { at: Instant }>;

interface Event<Type extends string, Data> {
  readonly type: Type;
  readonly data: Data;
}

export type PurchaseEventType = PurchaseEvent['type'];

/** Events that only change sender timestamps; timelines exclude them unless they are requested. */
export const CLOCK_EVENTS: readonly PurchaseEventType[] = ['SenderClocksChanged'];

/** The event of one type. */
export type EventOf<Type extends PurchaseEventType> = Extract<PurchaseEvent, { type: Type }>;
