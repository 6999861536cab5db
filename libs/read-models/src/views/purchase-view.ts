import { formatAmount } from '@app/purchase/money/money';
import type { AccountingFile, Address, LineItem, Minor, Package, TaxLine, Totals } from '@app/purchase/purchase';
import type { LivePurchase } from '@app/purchase/state';
import { statusOf } from '@app/purchase/status';
import { totalsOf } from '@app/purchase/totals';

/** A purchase as the API answers it (contract.md). Absent values are left out of the JSON. */

interface MoneyView {
  number: string;
  currency: string;
}

type Money = (minor: Minor) => MoneyView;

const moneyIn =
  (currency: string): Money =>
  (minor) => ({ number: formatAmount(minor, currency), currency });

const maybe = (money: Money, minor: Minor | undefined): MoneyView | undefined =>
  minor === undefined ? undefined : money(minor);

const addressView = (address: Address | undefined): object | undefined =>
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

const totalView = ({ net, tax, gross, discount }: Totals, money: Money): object => ({
  total_net: money(net),
  total_tax: money(tax),
  total_gross: money(gross),
  discount_net: maybe(money, discount),
});

const taxLineView = ({ title, amount, rate }: TaxLine, money: Money): object => ({
  title,
  amount: maybe(money, amount),
  rate,
});

const fileView = ({ visible, uri, fileType }: AccountingFile): object => ({
  identifiers: { visible },
  ...(uri !== undefined && { data: { type: 'uri', uri } }),
  file_type: fileType,
});

const lineView = ({ quantity, totals, details }: LineItem, money: Money): object => ({
  identifiers: { sku: details.sku, platform: details.platform, internal: details.internal },
  name_parent: details.nameParent,
  name_child: details.nameChild,
  quantity,
  custom_attributes: details.customAttributes,
  line_total: totalView(totals, money),
  tax_lines: details.taxLines.map((each) => taxLineView(each, money)),
  image_url: details.imageUrl,
  product_slug: details.productSlug,
  barcode: details.barcode,
});

const packageView = ({ identifiers, dates, shippingMethod, ...rest }: Package, money: Money): object => ({
  type: rest.type,
  identifiers: {
    sparklayer_package_id: identifiers.sparklayerPackageId,
    platform: identifiers.platform,
    internal: identifiers.internal,
    visible: identifiers.visible,
  },
  dates: {
    created_at: dates.createdAt,
    updated_at: dates.updatedAt,
    shipped_at: dates.shippedAt,
    delivered_at: dates.deliveredAt,
    refunded_at: dates.refundedAt,
    cancelled_at: dates.cancelledAt,
  },
  line_items: rest.items.map((each) => lineView(each, money)),
  shipping_method: shippingMethod && {
    name: shippingMethod.name,
    line_total: shippingMethod.totals && totalView(shippingMethod.totals, money),
  },
  shipping_address: addressView(rest.shippingAddress),
  shipments: rest.trackings.map(({ carrier, carrierId, trackingNumber, trackingUrl }) => ({
    carrier,
    carrier_id: carrierId,
    tracking_number: trackingNumber,
    tracking_url: trackingUrl,
  })),
  accounting_files: rest.accountingFiles.map(fileView),
});

/** The first shipping address in one line: "John Spark, SparkLayer, 1 Street, Example City, 12345, GB". */
function oneLine(packages: readonly Package[]): string | undefined {
  const address = packages.find(({ shippingAddress }) => shippingAddress !== undefined)?.shippingAddress;
  if (address === undefined) return undefined;
  const { name, company, addressLine1, addressLine2, city, regionCode, postalCode, countryCode } = address;
  return [name, company, addressLine1, addressLine2, city, regionCode, postalCode, countryCode]
    .filter(Boolean)
    .join(', ');
}

function calculatedView(purchase: LivePurchase, revision: bigint, money: Money): object {
  const totals = totalsOf(purchase);
  return {
    calculated_fulfilment_status: statusOf(purchase.packages),
    calculated_totals: Object.fromEntries(Object.entries(totals).map(([name, minor]) => [name, money(minor as Minor)])),
    calculated_total: money(totals.payable),
    // The rate table is not there yet: without a rate the answer is null (contract.md).
    calculated_total_usd: null,
    calculated_shipping_address: oneLine(purchase.packages),
    calculated_revision: Number(revision),
    // The id of the deleted purchase that had its identifier before: its timeline is read by this.
    calculated_follows: purchase.follows,
  };
}

/** A purchase without its packages, as lists show it. `revision` is that of its stream, from 0. */
export function viewPurchaseBase(purchase: LivePurchase, revision: bigint): object {
  const { customer, dates, currency } = purchase;
  const money = moneyIn(currency);
  return {
    type: purchase.type,
    purchase_identifiers: purchase.identifiers,
    customer_identifiers: {
      sparklayer: customer.sparklayer,
      sparklayer_child: customer.sparklayerChild,
      sparklayer_impersonator: customer.sparklayerImpersonator,
      sparklayer_sales_rep: customer.sparklayerSalesRep,
    },
    payment_method: purchase.paymentMethod,
    dates: {
      created_at: dates.createdAt,
      updated_at: dates.updatedAt,
      placed_at: dates.placedAt,
      calculated_submitted_at: purchase.submittedAt,
    },
    customer_reference: purchase.customerReference,
    currency_code: currency,
    revision_date: purchase.revisionDate,
    billing_address: addressView(purchase.billingAddress),
    accounting_files: purchase.accountingFiles.map(fileView),
    custom_fields: purchase.customFields,
    metadata: purchase.metadata,
    tax_lines: purchase.taxLines.map((each) => taxLineView(each, money)),
    total_paid: maybe(money, purchase.totalPaid),
    ...calculatedView(purchase, revision, money),
  };
}

/** The packages of a purchase. */
export const viewPackages = (purchase: LivePurchase): object[] => {
  const money = moneyIn(purchase.currency);
  return purchase.packages.map((each) => packageView(each, money));
};

/** A whole purchase. */
export const viewPurchase = (purchase: LivePurchase, revision: bigint): object => ({
  ...viewPurchaseBase(purchase, revision),
  packages: viewPackages(purchase),
});
