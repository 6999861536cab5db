/**
 * A purchase at one revision of its stream.
 *
 * Amounts are integers in minor units of the currency of the purchase (1599 is 15.99 GBP; see money.ts). Times are ISO
 * 8601 in UTC with milliseconds. An absent value is a missing property, never "" or null.
 */

export const PURCHASE_TYPES = ['cart', 'quote', 'awaiting_approval', 'order_unconfirmed', 'order'] as const;
export type PurchaseType = (typeof PURCHASE_TYPES)[number];

export const PACKAGE_TYPES = ['incoming', 'processing', 'on_hold', 'shipment', 'refund', 'cancelled'] as const;
export type PackageType = (typeof PACKAGE_TYPES)[number];

export const PAYMENT_METHODS = ['invoice', 'on_account', 'platform_upfront'] as const;
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];

export const IDENTIFIER_KINDS = ['sparklayer', 'platform', 'internal', 'visible'] as const;
export type IdentifierKind = (typeof IDENTIFIER_KINDS)[number];

/** The identifiers of a purchase, at most one of each kind, each unique in its site. */
export type Identifiers = Partial<Record<IdentifierKind, string>>;

/** An integer in minor units of the currency of the purchase. */
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

/** Totals of a line: net + tax = gross. The discount is already deducted from net. */
export interface Totals {
  net: Minor;
  tax: Minor;
  gross: Minor;
  discount?: Minor;
  /** The discount including tax, and the tax rate in per cent. For information; not part of any sum. */
  discountGross?: Minor;
  taxRate?: number;
}

/** The price of one unit as sent. For information; not part of any sum. */
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

/** The details of the article in a line, without quantity and totals. */
export interface LineDetails {
  sku?: string;
  platform?: string;
  internal?: string;
  nameParent: string;
  nameChild?: string;
  customAttributes: readonly CustomAttribute[];
  taxLines: readonly TaxLine[];
  unitTotal?: UnitTotal;
  /** The recommended retail price of one unit. For information; not part of any sum. */
  rrp?: Minor;
  imageUrl?: string;
  productSlug?: string;
  barcode?: string;
}

/** The quantity (a positive integer) and the totals of a line. */
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

/** A package without its items. */
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
  /** ISO 4217 code in upper case, the currency of all amounts. */
  currency: string;
  identifiers: Identifiers;
  customer: CustomerIdentifiers;
  dates: PurchaseDates;
  paymentMethod?: PaymentMethod;
  customerReference?: string;
  /** The time of this version as stated by the sender. Older versions are refused (docs/identifiers-and-guards.md). */
  revisionDate?: Instant;
  billingAddress?: Address;
  accountingFiles: readonly AccountingFile[];
  customFields: readonly NamedValue[];
  metadata: readonly NamedValue[];
  taxLines: readonly TaxLine[];
  totalPaid?: Minor;
}

/** A whole purchase as sent. The order within its arrays is not significant. */
export interface Purchase extends PurchaseHeader {
  packages: readonly Package[];
}

/** The number of a package within its purchase, from 1, never reused. Events refer to it. */
export type PackageKey = number;
/** The number of a line within its purchase, from 1, never reused. */
export type LineKey = number;

export interface KeyedLine extends LineItem {
  key: LineKey;
}

export interface KeyedPackage extends PackageHeader {
  key: PackageKey;
  items: readonly KeyedLine[];
}
