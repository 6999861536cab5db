import { deriveTotals } from '@app/purchase/money/line-totals';
import { parseAmount } from '@app/purchase/money/money';
import {
  type AccountingFile,
  type Address,
  type Identifiers,
  type LineItem,
  type Minor,
  type Package,
  type Purchase,
  type TaxLine,
  type Totals,
  type UnitTotal,
} from '@app/purchase/purchase';
import type {
  AccountingFileDto,
  AddressDto,
  LineItemDto,
  LineTotalDto,
  MoneyDto,
  PackageDto,
  PurchaseDto,
  PurchaseIdentifiersDto,
  TaxLineDto,
} from './purchase-dto';

/** Copies an object without undefined properties. A copy, because V8 slows down objects after `delete`. */
function present<T extends object>(object: T): T {
  const kept = {} as T;
  for (const key in object) if (object[key] !== undefined) kept[key] = object[key];
  return kept;
}

/** Minor units of an accepted amount. */
export function minor(money: MoneyDto): Minor;
export function minor(money: MoneyDto | undefined): Minor | undefined;
export function minor(money: MoneyDto | undefined): Minor | undefined {
  if (money === undefined) return undefined;
  const parsed = parseAmount(money.number, money.currency);
  if (typeof parsed === 'string') throw new Error(`an accepted amount is ${parsed}`);
  return parsed;
}

const taxLine = ({ title, amount, rate }: TaxLineDto): TaxLine => present({ title, amount: minor(amount), rate });

const readTotals = (sent: LineTotalDto): UnitTotal => ({
  net: minor(sent.total_net),
  tax: minor(sent.total_tax),
  gross: minor(sent.total_gross),
  discount: minor(sent.discount_net),
  discountGross: minor(sent.discount_gross),
  taxRate: sent.tax_rate,
});

function totals(total: LineTotalDto, taxLines: readonly TaxLine[]): Totals {
  const sent = readTotals(total);
  const derived = deriveTotals(sent, taxLines);
  if (!derived.ok) throw new Error(`accepted totals: ${derived.problem}`);
  const { totals } = derived;
  if (sent.discountGross !== undefined) totals.discountGross = sent.discountGross;
  if (sent.taxRate !== undefined) totals.taxRate = sent.taxRate;
  return totals;
}

const address = (sent: AddressDto | undefined): Address | undefined =>
  sent &&
  present({
    name: sent.name,
    company: sent.company,
    addressLine1: sent.address_line1,
    addressLine2: sent.address_line2,
    city: sent.city,
    regionCode: sent.region_code,
    postalCode: sent.postal_code,
    countryCode: sent.country_code,
    phone: sent.phone,
  });

const file = ({ identifiers, data, file_type }: AccountingFileDto): AccountingFile =>
  present({ visible: identifiers?.visible, uri: data?.uri, fileType: file_type });

function line(sent: LineItemDto): LineItem {
  const taxLines = (sent.tax_lines ?? []).map(taxLine);
  return {
    quantity: sent.quantity,
    totals: totals(sent.line_total, taxLines),
    details: present({
      sku: sent.identifiers?.sku,
      platform: sent.identifiers?.platform,
      internal: sent.identifiers?.internal,
      nameParent: sent.name_parent,
      nameChild: sent.name_child,
      customAttributes: (sent.custom_attributes ?? []).map(({ key, value }) => present({ key, value })),
      taxLines,
      unitTotal: sent.unit_total && present(readTotals(sent.unit_total)),
      rrp: minor(sent.rrp),
      imageUrl: sent.image_url,
      productSlug: sent.product_slug,
      barcode: sent.barcode,
    }),
  };
}

function pack(sent: PackageDto): Package {
  const { identifiers = {}, dates = {}, shipping_method: method } = sent;
  return present({
    type: sent.type,
    identifiers: present({
      sparklayerPackageId: identifiers.sparklayer_package_id,
      platform: identifiers.platform,
      internal: identifiers.internal,
      visible: identifiers.visible,
    }),
    dates: present({
      createdAt: dates.created_at,
      updatedAt: dates.updated_at,
      shippedAt: dates.shipped_at,
      deliveredAt: dates.delivered_at,
      refundedAt: dates.refunded_at,
      cancelledAt: dates.cancelled_at,
    }),
    shippingMethod:
      method && present({ name: method.name, totals: method.line_total && totals(method.line_total, []) }),
    shippingAddress: address(sent.shipping_address),
    trackings: (sent.shipments ?? []).map((each) =>
      present({
        carrier: each.carrier,
        carrierId: each.carrier_id,
        trackingNumber: each.tracking_number,
        trackingUrl: each.tracking_url,
      }),
    ),
    accountingFiles: (sent.accounting_files ?? []).map(file),
    items: (sent.line_items ?? []).map(line),
  });
}

const identifiers = ({ sparklayer, platform, internal, visible }: PurchaseIdentifiersDto = {}): Identifiers =>
  present({ sparklayer, platform, internal, visible });

/** Converts an accepted body to the domain model: minor units, without absent values. */
export function toPurchase(sent: PurchaseDto): Purchase {
  const { customer_identifiers: customer = {}, dates = {} } = sent;
  return present({
    type: sent.type,
    currency: sent.currency_code,
    identifiers: identifiers(sent.purchase_identifiers),
    customer: present({
      sparklayer: customer.sparklayer,
      sparklayerChild: customer.sparklayer_child,
      sparklayerImpersonator: customer.sparklayer_impersonator,
      sparklayerSalesRep: customer.sparklayer_sales_rep,
    }),
    dates: present({
      createdAt: dates.created_at,
      updatedAt: dates.updated_at,
      placedAt: dates.placed_at,
    }),
    paymentMethod: sent.payment_method,
    customerReference: sent.customer_reference,
    revisionDate: sent.revision_date,
    billingAddress: address(sent.billing_address),
    accountingFiles: (sent.accounting_files ?? []).map(file),
    customFields: (sent.custom_fields ?? []).map(({ name, value }) => present({ name, value })),
    metadata: (sent.metadata ?? []).map(({ name, value }) => present({ name, value })),
    taxLines: (sent.tax_lines ?? []).map(taxLine),
    totalPaid: minor(sent.total_paid),
    packages: sent.packages.map(pack),
  });
}
