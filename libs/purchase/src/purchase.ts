/**
 * A purchase as it stands at one revision of its stream.
 *
 * Amounts are whole minor units of the purchase's one currency (1599 is 15.99 GBP; see money.ts).
 * Times are ISO 8601 in UTC with milliseconds. What is absent is a missing property, never "" or null.
 */

export const PURCHASE_TYPES = ['cart', 'quote', 'awaiting_approval', 'order_unconfirmed', 'order'] as const;
export type PurchaseType = (typeof PURCHASE_TYPES)[number];

export const PACKAGE_TYPES = ['incoming', 'processing', 'on_hold', 'shipment', 'refund', 'cancelled'] as const;
export type PackageType = (typeof PACKAGE_TYPES)[number];

export const PAYMENT_METHODS = ['invoice', 'on_account', 'platform_upfront'] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];

export const IDENTIFIER_KINDS = ['sparklayer', 'platform', 'internal', 'visible'] as const;
export type IdentifierKind = (typeof IDENTIFIER_KINDS)[number];

/** The up to four names of one purchase, each unique in its site. */
export type Identifiers = Partial<Record<IdentifierKind, string>>;

/** Whole minor units of the purchase's currency. */
export type Minor = number;

/** ISO 8601, UTC, milliseconds: `2026-01-31T09:30:00.000Z`. */
export type Instant = string;

export interface CustomerIdentifiers {
  sparklayer?: string;
  sparklayerChild?: string;
  sparklayerImpersonator?: string;
  sparklayerSalesRep?: string;
}

export interface Address {
  name?: string;
  company?: string;
  addressLine1: string;
  addressLine2?: string;
  city: string;
  regionCode?: string;
  postalCode?: string;
  countryCode: string;
  phone?: string;
}

/** net + tax = gross, always; the discount is already taken off the net. */
export interface Totals {
  net: Minor;
  tax: Minor;
  gross: Minor;
  discount?: Minor;
  /** The discount with its tax, and the rate of tax in per cent: told, not counted. */
  discountGross?: Minor;
  taxRate?: number;
}

/** What one piece costs, as the sender says: told, not counted. */
export type UnitTotal = Partial<Totals>;

/** `rate` in per cent, as sent: 20 is 20 %. */
export interface TaxLine {
  title?: string;
  amount?: Minor;
  rate?: number;
}

export interface AccountingFile {
  visible?: string;
  uri?: string;
  fileType?: string;
}

/** A custom field or an entry of the metadata. */
export interface NamedValue {
  name: string;
  value?: string;
}

export interface CustomAttribute {
  key: string;
  value?: string;
}

/** What a line says of the article, apart from how many and for how much. */
export interface LineDetails {
  sku?: string;
  platform?: string;
  internal?: string;
  nameParent: string;
  nameChild?: string;
  customAttributes: readonly CustomAttribute[];
  taxLines: readonly TaxLine[];
  unitTotal?: UnitTotal;
  /** The recommended retail price of one piece: told, not counted. */
  rrp?: Minor;
  imageUrl?: string;
  productSlug?: string;
  barcode?: string;
}

/** How many (a positive whole number) and for how much in all. */
export interface LineAmounts {
  quantity: number;
  totals: Totals;
}

export interface LineItem extends LineAmounts {
  details: LineDetails;
}

export interface PackageIdentifiers {
  sparklayerPackageId?: string;
  platform?: string;
  internal?: string;
  visible?: string;
}

export interface ShippingMethod {
  name?: string;
  totals?: Totals;
}

export interface Tracking {
  carrier?: string;
  carrierId?: string;
  trackingNumber?: string;
  trackingUrl?: string;
}

export interface PackageDates {
  createdAt?: Instant;
  updatedAt?: Instant;
  shippedAt?: Instant;
  deliveredAt?: Instant;
  refundedAt?: Instant;
  cancelledAt?: Instant;
}

/** A package without the items in it. */
export interface PackageHeader {
  type: PackageType;
  identifiers: PackageIdentifiers;
  dates: PackageDates;
  shippingMethod?: ShippingMethod;
  shippingAddress?: Address;
  trackings: readonly Tracking[];
  accountingFiles: readonly AccountingFile[];
}

export interface Package extends PackageHeader {
  items: readonly LineItem[];
}

export interface PurchaseDates {
  createdAt?: Instant;
  updatedAt?: Instant;
  placedAt?: Instant;
}

/** A purchase without its packages. */
export interface PurchaseHeader {
  type: PurchaseType;
  /** ISO 4217, upper case. Every amount of the purchase is in it. */
  currency: string;
  identifiers: Identifiers;
  customer: CustomerIdentifiers;
  dates: PurchaseDates;
  paymentMethod?: PaymentMethod;
  customerReference?: string;
  /** The sender's own clock for this version; guards against late messages. */
  revisionDate?: Instant;
  billingAddress?: Address;
  accountingFiles: readonly AccountingFile[];
  customFields: readonly NamedValue[];
  metadata: readonly NamedValue[];
  taxLines: readonly TaxLine[];
  totalPaid?: Minor;
}

/** What a sender says of a purchase: the whole of it. The order within its arrays carries no meaning. */
export interface Purchase extends PurchaseHeader {
  packages: readonly Package[];
}

/** Numbers a package in its purchase, from 1, never used twice: so that events can point at it. */
export type PackageKey = number;
/** Numbers a line in its purchase, from 1, never used twice. */
export type LineKey = number;

export interface KeyedLine extends LineItem {
  key: LineKey;
}

export interface KeyedPackage extends PackageHeader {
  key: PackageKey;
  items: readonly KeyedLine[];
}
