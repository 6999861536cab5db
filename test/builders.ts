import type { LineDetails, LineItem, Package, PackageType, Purchase } from '@app/purchase/purchase';

/** Builders of purchases for tests. */

/** A line: quantity of an article at a price in pence each, without tax. */
export const line = (
  name: string,
  quantity: number,
  price = 100,
  { tax = 0, ...more }: Partial<LineDetails> & { tax?: number } = {},
): LineItem => ({
  quantity,
  totals: { net: quantity * price, tax, gross: quantity * price + tax },
  details: { sku: name, nameParent: name, customAttributes: [], taxLines: [], ...more },
});

export type PackageParts = Partial<Package> & { name?: string };

/** A package; `name` is its visible identifier. */
export const pack = (type: PackageType, items: LineItem[], { name, ...more }: PackageParts = {}): Package => ({
  type,
  identifiers: name === undefined ? {} : { visible: name },
  dates: {},
  trackings: [],
  accountingFiles: [],
  items,
  ...more,
});

/** An order in pounds. */
export const orderOf = (packages: Package[], more: Partial<Purchase> = {}): Purchase => ({
  type: 'order',
  currency: 'GBP',
  identifiers: {},
  customer: {},
  dates: {},
  accountingFiles: [],
  customFields: [],
  metadata: [],
  taxLines: [],
  packages,
  ...more,
});
