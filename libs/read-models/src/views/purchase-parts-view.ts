import { formatAmount } from '@app/purchase/money/money';
import type {
  AccountingFile,
  Address,
  CustomerIdentifiers,
  Identifiers,
  LineDetails,
  LineItem,
  Minor,
  NamedValue,
  Package,
  PackageDates,
  PackageHeader,
  PackageIdentifiers,
  PurchaseDates,
  PurchaseHeader,
  ShippingMethod,
  TaxLine,
  Totals,
  Tracking,
  UnitTotal,
} from '@app/purchase/purchase';

/**
 * The parts of a purchase as the API returns them (contract.md), the same in responses, lists, timelines, dry runs and the feed. Absent values are
 * undefined, which JSON omits. The order of the properties is fixed, whatever their order in the state. `restorePurchase` is the inverse: its types are those
 * of these functions.
 */

export interface MoneyView {
  number: string;
  currency: string;
}

/** Formats minor units; names the currency when it differs from that of the purchase. */
export type Money = (minor: Minor) => MoneyView;

export const moneyIn =
  (currency: string): Money =>
  (minor) => ({ number: formatAmount(minor, currency), currency });

export const maybe = (money: Money, minor: Minor | undefined): MoneyView | undefined =>
  minor === undefined ? undefined : money(minor);

const identifiersView = ({ sparklayer, platform, internal, visible }: Identifiers) => ({
  sparklayer,
  platform,
  internal,
  visible,
});

export const customerView = (customer: CustomerIdentifiers) => ({
  sparklayer: customer.sparklayer,
  sparklayer_child: customer.sparklayerChild,
  sparklayer_impersonator: customer.sparklayerImpersonator,
  sparklayer_sales_rep: customer.sparklayerSalesRep,
});

export const datesView = ({ createdAt, updatedAt, placedAt }: PurchaseDates) => ({
  created_at: createdAt,
  updated_at: updatedAt,
  placed_at: placedAt,
});

export const namedValueView = ({ name, value }: NamedValue) => ({ name, value });

export const addressView = (address: Address | undefined) =>
  address && {
    name: address.name,
    company: address.company,
    address_line1: address.addressLine1,
    address_line2: address.addressLine2,
    city: address.city,
    region_code: address.regionCode,
    postal_code: address.postalCode,
    country_code: address.countryCode,
    phone: address.phone,
  };

export const totalView = (total: Totals | UnitTotal, money: Money) => ({
  total_net: maybe(money, total.net),
  total_tax: maybe(money, total.tax),
  total_gross: maybe(money, total.gross),
  discount_net: maybe(money, total.discount),
  discount_gross: maybe(money, total.discountGross),
  tax_rate: total.taxRate,
});

export const taxLineView = ({ title, amount, rate }: TaxLine, money: Money) => ({
  title,
  amount: maybe(money, amount),
  rate,
});

export const fileView = ({ visible, uri, fileType }: AccountingFile) => ({
  identifiers: { visible },
  ...(uri !== undefined && { data: { type: 'uri', uri } }),
  file_type: fileType,
});

const customAttributesView = ({ customAttributes }: LineDetails) =>
  customAttributes.map(({ key, value }) => ({ key, value }));

export const detailsView = (details: LineDetails, money: Money) => ({
  identifiers: { sku: details.sku, platform: details.platform, internal: details.internal },
  name_parent: details.nameParent,
  name_child: details.nameChild,
  custom_attributes: customAttributesView(details),
  unit_total: details.unitTotal && totalView(details.unitTotal, money),
  rrp: maybe(money, details.rrp),
  tax_lines: details.taxLines.map((each) => taxLineView(each, money)),
  image_url: details.imageUrl,
  product_slug: details.productSlug,
  barcode: details.barcode,
});

/** Like `detailsView`, with quantity and total. One literal, because spreading objects made the views of lines several times as slow. */
export const lineView = ({ quantity, totals, details }: LineItem, money: Money) => ({
  identifiers: { sku: details.sku, platform: details.platform, internal: details.internal },
  name_parent: details.nameParent,
  name_child: details.nameChild,
  quantity,
  custom_attributes: customAttributesView(details),
  line_total: totalView(totals, money),
  unit_total: details.unitTotal && totalView(details.unitTotal, money),
  rrp: maybe(money, details.rrp),
  tax_lines: details.taxLines.map((each) => taxLineView(each, money)),
  image_url: details.imageUrl,
  product_slug: details.productSlug,
  barcode: details.barcode,
});

export const packageIdentifiersView = (identifiers: PackageIdentifiers) => ({
  sparklayer_package_id: identifiers.sparklayerPackageId,
  platform: identifiers.platform,
  internal: identifiers.internal,
  visible: identifiers.visible,
});

export const packageDatesView = (dates: PackageDates) => ({
  created_at: dates.createdAt,
  updated_at: dates.updatedAt,
  shipped_at: dates.shippedAt,
  delivered_at: dates.deliveredAt,
  refunded_at: dates.refundedAt,
  cancelled_at: dates.cancelledAt,
});

export const shippingMethodView = (method: ShippingMethod | undefined, money: Money) =>
  method && { name: method.name, line_total: method.totals && totalView(method.totals, money) };

export const trackingView = ({ carrier, carrierId, trackingNumber, trackingUrl }: Tracking) => ({
  carrier,
  carrier_id: carrierId,
  tracking_number: trackingNumber,
  tracking_url: trackingUrl,
});

/** A package, with its lines if it has any. */
export const packageView = (shown: PackageHeader & Partial<Pick<Package, 'items'>>, money: Money) => ({
  type: shown.type,
  identifiers: packageIdentifiersView(shown.identifiers),
  dates: packageDatesView(shown.dates),
  line_items: shown.items?.map((each) => lineView(each, money)),
  shipping_method: shippingMethodView(shown.shippingMethod, money),
  shipping_address: addressView(shown.shippingAddress),
  shipments: shown.trackings.map(trackingView),
  accounting_files: shown.accountingFiles.map(fileView),
});

/** The values of a purchase that come from the sender, without packages. `submittedAt` is added by the service. */
export const headerView = (purchase: PurchaseHeader, money: Money, { submittedAt }: { submittedAt?: string } = {}) => ({
  type: purchase.type,
  purchase_identifiers: identifiersView(purchase.identifiers),
  customer_identifiers: customerView(purchase.customer),
  payment_method: purchase.paymentMethod,
  dates: { ...datesView(purchase.dates), calculated_submitted_at: submittedAt },
  customer_reference: purchase.customerReference,
  currency_code: purchase.currency,
  revision_date: purchase.revisionDate,
  billing_address: addressView(purchase.billingAddress),
  accounting_files: purchase.accountingFiles.map(fileView),
  custom_fields: purchase.customFields.map(namedValueView),
  metadata: purchase.metadata.map(namedValueView),
  tax_lines: purchase.taxLines.map((each) => taxLineView(each, money)),
  total_paid: maybe(money, purchase.totalPaid),
});
