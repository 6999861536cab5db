import type {
  AccountingFile,
  Address,
  KeyedLine,
  KeyedPackage,
  LineDetails,
  LineKey,
  Minor,
  PackageKey,
  ShippingMethod,
  TaxLine,
  Totals,
  Tracking,
  UnitTotal,
} from '@app/purchase/purchase';
import type { LivePurchase } from '@app/purchase/state';
import type {
  addressView,
  fileView,
  lineView,
  MoneyView,
  packageView,
  shippingMethodView,
  taxLineView,
  totalView,
  trackingView,
} from './purchase-parts-view';
import type { viewPackages, viewPurchaseBase } from './purchase-view';

/** A live purchase as JSON texts: those that the API returns, and what they do not tell (ADR 94). */
export interface PurchaseTexts {
  /** `viewPurchaseBase`. */
  document: string;
  /** `viewPackages`. */
  packages: string;
  /** `remainderOf`. */
  remainder: string;
}

/** What the views of a purchase do not tell. */
export interface Remainder extends Pick<
  LivePurchase,
  'nextPackageKey' | 'nextLineKey' | 'usdRate' | 'transactions' | 'history'
> {
  /** By package, in their order: its key and those of its lines. */
  keys: readonly (readonly [PackageKey, readonly LineKey[]])[];
}

export const remainderOf = (purchase: LivePurchase): Remainder => ({
  keys: purchase.packages.map(({ key, items }) => [key, items.map((line) => line.key)]),
  nextPackageKey: purchase.nextPackageKey,
  nextLineKey: purchase.nextLineKey,
  usdRate: purchase.usdRate,
  transactions: purchase.transactions,
  history: purchase.history,
});

type View<F extends (...values: never[]) => unknown> = NonNullable<ReturnType<F>>;

/** Exact: an amount has all decimals of its currency, so its digits are its minor units. */
const minor = ({ number }: MoneyView): Minor => Number(number.replace('.', ''));
const maybeMinor = (money: MoneyView | undefined): Minor | undefined => money && minor(money);

const totals = <T extends Totals | UnitTotal>(view: View<typeof totalView>): T =>
  ({
    net: maybeMinor(view.total_net),
    tax: maybeMinor(view.total_tax),
    gross: maybeMinor(view.total_gross),
    discount: maybeMinor(view.discount_net),
    discountGross: maybeMinor(view.discount_gross),
    taxRate: view.tax_rate,
  }) as T;

const taxLine = ({ title, amount, rate }: View<typeof taxLineView>): TaxLine => ({
  title,
  amount: maybeMinor(amount),
  rate,
});

const file = ({ identifiers, data, file_type }: View<typeof fileView>): AccountingFile => ({
  visible: identifiers.visible,
  uri: data?.uri,
  fileType: file_type,
});

const address = (view: View<typeof addressView> | undefined): Address | undefined =>
  view && {
    name: view.name,
    company: view.company,
    addressLine1: view.address_line1,
    addressLine2: view.address_line2,
    city: view.city,
    regionCode: view.region_code,
    postalCode: view.postal_code,
    countryCode: view.country_code,
    phone: view.phone,
  };

const details = (view: View<typeof lineView>): LineDetails => ({
  sku: view.identifiers.sku,
  platform: view.identifiers.platform,
  internal: view.identifiers.internal,
  nameParent: view.name_parent,
  nameChild: view.name_child,
  customAttributes: view.custom_attributes,
  unitTotal: view.unit_total && totals<UnitTotal>(view.unit_total),
  rrp: maybeMinor(view.rrp),
  taxLines: view.tax_lines.map(taxLine),
  imageUrl: view.image_url,
  productSlug: view.product_slug,
  barcode: view.barcode,
});

const line = (view: View<typeof lineView>, key: LineKey): KeyedLine => ({
  key,
  quantity: view.quantity,
  totals: totals<Totals>(view.line_total),
  details: details(view),
});

const shippingMethod = (view: View<typeof shippingMethodView> | undefined): ShippingMethod | undefined =>
  view && { name: view.name, totals: view.line_total && totals<Totals>(view.line_total) };

const tracking = (view: View<typeof trackingView>): Tracking => ({
  carrier: view.carrier,
  carrierId: view.carrier_id,
  trackingNumber: view.tracking_number,
  trackingUrl: view.tracking_url,
});

/** @throws RangeError unless there is one key for each value */
function withKeys<V, K, R>(values: readonly V[], keys: readonly K[], join: (value: V, key: K) => R): R[] {
  if (values.length !== keys.length) throw new RangeError(`${values.length} values have ${keys.length} keys`);
  return keys.map((key, index) => join(values[index] as V, key));
}

const keyedPackage = (view: View<typeof packageView>, [key, lineKeys]: Remainder['keys'][number]): KeyedPackage => ({
  key,
  type: view.type,
  identifiers: {
    sparklayerPackageId: view.identifiers.sparklayer_package_id,
    platform: view.identifiers.platform,
    internal: view.identifiers.internal,
    visible: view.identifiers.visible,
  },
  dates: {
    createdAt: view.dates.created_at,
    updatedAt: view.dates.updated_at,
    shippedAt: view.dates.shipped_at,
    deliveredAt: view.dates.delivered_at,
    refundedAt: view.dates.refunded_at,
    cancelledAt: view.dates.cancelled_at,
  },
  items: withKeys(view.line_items ?? [], lineKeys, line),
  shippingMethod: shippingMethod(view.shipping_method),
  shippingAddress: address(view.shipping_address),
  trackings: view.shipments.map(tracking),
  accountingFiles: view.accounting_files.map(file),
});

/** Restores the purchase whose texts are stored in a row: the inverse of the views. @throws Error for texts that were damaged */
export function restorePurchase(texts: PurchaseTexts): LivePurchase {
  const view = JSON.parse(texts.document) as View<typeof viewPurchaseBase>;
  const packages = JSON.parse(texts.packages) as View<typeof viewPackages>;
  const { keys, ...remainder } = JSON.parse(texts.remainder) as Remainder;
  const { purchase_identifiers, customer_identifiers: customer, dates } = view;
  return Object.assign(remainder, {
    type: view.type,
    currency: view.currency_code,
    identifiers: purchase_identifiers,
    customer: {
      sparklayer: customer.sparklayer,
      sparklayerChild: customer.sparklayer_child,
      sparklayerImpersonator: customer.sparklayer_impersonator,
      sparklayerSalesRep: customer.sparklayer_sales_rep,
    },
    dates: { createdAt: dates.created_at, updatedAt: dates.updated_at, placedAt: dates.placed_at },
    submittedAt: dates.calculated_submitted_at,
    paymentMethod: view.payment_method,
    customerReference: view.customer_reference,
    revisionDate: view.revision_date,
    billingAddress: address(view.billing_address),
    accountingFiles: view.accounting_files.map(file),
    customFields: view.custom_fields,
    metadata: view.metadata,
    taxLines: view.tax_lines.map(taxLine),
    totalPaid: maybeMinor(view.total_paid),
    follows: view.calculated_follows,
    packages: withKeys(packages, keys, keyedPackage),
  });
}
