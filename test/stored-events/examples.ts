import type { ItemsMoved, PurchaseEvent, PurchaseEventType, Transaction } from '@app/purchase/events';
import type { Address, KeyedLine, KeyedPackage, PackageHeader, PurchaseHeader } from '@app/purchase/purchase';

const at = '2026-01-31T09:30:00.000Z';
const address: Address = { name: 'Ann Example', addressLine1: '7 Philosophy Way', city: 'Willerby', countryCode: 'GB' };
const purchase: PurchaseHeader = {
  type: 'order',
  currency: 'GBP',
  identifiers: { internal: 'ERP-1', visible: 'B2B-1' },
  customer: { sparklayer: 'cu_123' },
  dates: { placedAt: at },
  paymentMethod: 'invoice',
  customerReference: 'PO 1',
  revisionDate: at,
  billingAddress: address,
  accountingFiles: [{ visible: 'INV-1', uri: 'https://example.com/1.pdf', fileType: 'invoice' }],
  customFields: [{ name: 'Delivery', value: 'Monday' }],
  metadata: [{ name: 'source', value: 'portal' }],
  taxLines: [{ title: 'VAT', amount: 339, rate: 20 }],
  totalPaid: 2034,
};
const line: KeyedLine = {
  key: 1,
  quantity: 6,
  totals: { net: 2034, tax: 407, gross: 2441, discount: 100 },
  details: {
    sku: '71053',
    nameParent: 'WHITE METAL LANTERN',
    customAttributes: [{ key: 'engraving', value: 'A' }],
    taxLines: [{ title: 'VAT', amount: 407, rate: 20 }],
  },
};
const header: PackageHeader = {
  type: 'processing',
  identifiers: { visible: 'P-1' },
  dates: { createdAt: at },
  shippingMethod: { name: 'Post', totals: { net: 500, tax: 100, gross: 600 } },
  shippingAddress: address,
  trackings: [{ carrier: 'DHL', trackingNumber: '123' }],
  accountingFiles: [],
};
const pack: KeyedPackage = { ...header, key: 1, items: [line] };
const processing = { key: 1, type: 'processing', name: 'P-1' } as const;
const shipment = { key: 2, type: 'shipment', name: 'S-1' } as const;
const article = { key: 1, sku: '71053', name: 'WHITE METAL LANTERN' };
const two = { quantity: 2, totals: { net: 678, tax: 136, gross: 814 } };
const four = { quantity: 4, totals: { net: 1356, tax: 271, gross: 1627 } };
const moved: ItemsMoved = {
  from: processing,
  to: shipment,
  opened: { ...header, type: 'shipment', identifiers: { visible: 'S-1' } },
  items: [
    {
      quantity: 2,
      from: { line: article, before: { quantity: 6, totals: line.totals }, after: four },
      to: { line: { ...article, key: 2 }, after: two },
    },
  ],
};
const transaction: Transaction = {
  platformId: 't-1',
  type: 'payment',
  amount: 2034,
  gateway: 'stripe',
  happenedAt: at,
};
const typeChange = (
  before: 'cart' | 'quote' | 'awaiting_approval' | 'order_unconfirmed',
  after: PurchaseHeader['type'],
) => ({ before, after, at });

/** A complete example of each event, with all optional properties. */
const EXAMPLES: { [Type in PurchaseEventType]: Extract<PurchaseEvent, { type: Type }>['data'] } = {
  PurchaseCreated: { purchase, at, follows: '01890000-0000-7000-8000-000000000000' },
  QuoteRequested: typeChange('cart', 'quote'),
  ApprovalRequested: typeChange('cart', 'awaiting_approval'),
  PurchaseApproved: typeChange('awaiting_approval', 'order'),
  PurchaseSubmitted: typeChange('cart', 'order_unconfirmed'),
  TypeConfirmed: typeChange('order_unconfirmed', 'order'),
  TypeChanged: typeChange('quote', 'cart'),
  CurrencyChanged: { before: 'GBP', after: 'EUR' },
  IdentifierAssigned: { kind: 'visible', value: 'B2B-1' },
  IdentifierChanged: { kind: 'visible', before: 'B2B-1', after: 'B2B-2' },
  IdentifierRemoved: { kind: 'visible', value: 'B2B-2' },
  IdentifierForfeited: { kind: 'visible', value: 'B2B-1', to: 'r-2' },
  CustomerChanged: { before: { sparklayer: 'cu_123' }, after: { sparklayer: 'cu_124', sparklayerChild: 'cu_5' } },
  PurchaseDatesChanged: { before: {}, after: { placedAt: at } },
  PaymentMethodChanged: { before: 'invoice', after: 'on_account' },
  CustomerReferenceChanged: { before: 'PO 1', after: 'PO 2' },
  BillingAddressChanged: { before: address, after: { ...address, city: 'Hull' } },
  AccountingFileAttached: {
    file: { visible: 'INV-1', uri: 'https://example.com/1.pdf', fileType: 'invoice' },
    package: shipment,
  },
  AccountingFileRemoved: { file: { visible: 'INV-1' } },
  CustomFieldsChanged: { before: [], after: [{ name: 'Delivery', value: 'Monday' }] },
  MetadataChanged: { before: [{ name: 'source', value: 'portal' }], after: [] },
  TaxLinesChanged: { before: [], after: [{ title: 'VAT', amount: 339, rate: 20 }] },
  TotalPaidChanged: { before: 0, after: 2034 },
  SenderClocksChanged: { before: { revisionDate: at }, after: { revisionDate: '2026-02-01T09:30:00.000Z' } },
  PurchaseDeleted: { at },
  PackageAdded: { package: pack },
  PackageRemoved: { package: pack },
  PackageTypeChanged: { package: processing, before: 'processing', after: 'cancelled' },
  PackageIdentifiersChanged: { package: shipment, before: {}, after: { visible: 'S-1' } },
  PackageDatesChanged: { package: shipment, before: {}, after: { updatedAt: at } },
  PackageShipped: { package: shipment, at },
  PackageDelivered: { package: shipment, at },
  PackageRefunded: { package: { key: 3, type: 'refund', name: 'R-1' }, at },
  PackageCancelled: { package: { key: 4, type: 'cancelled' }, at },
  PackageMilestoneCorrected: {
    package: shipment,
    milestone: 'shippedAt',
    before: at,
    after: '2026-02-01T09:30:00.000Z',
  },
  PackageMilestoneWithdrawn: { package: shipment, milestone: 'shippedAt', before: at },
  ShippingMethodChanged: {
    package: shipment,
    before: { name: 'Post' },
    after: { name: 'Van', totals: { net: 500, tax: 100, gross: 600 } },
  },
  ShippingAddressChanged: { package: shipment, before: address, after: { ...address, city: 'Hull' } },
  TrackingAdded: { package: shipment, tracking: { carrier: 'DHL', trackingNumber: '123' } },
  TrackingChanged: { package: shipment, before: { carrier: 'DHL' }, after: { carrier: 'DHL', trackingNumber: '123' } },
  TrackingRemoved: { package: shipment, tracking: { carrier: 'DHL', trackingNumber: '123' } },
  ItemsAdded: { package: processing, items: [line] },
  ItemsRemoved: { package: processing, items: [line] },
  ItemQuantityChanged: { package: processing, line: article, before: four, after: two },
  ItemRepriced: { package: processing, line: article, before: four.totals, after: two.totals },
  ItemDetailsChanged: {
    package: processing,
    line: article,
    before: line.details,
    after: { ...line.details, nameChild: 'red' },
  },
  ItemsMovedToIncoming: moved,
  ItemsMovedToProcessing: moved,
  ItemsMovedToOnHold: moved,
  ItemsMovedToShipment: moved,
  ItemsMovedToRefund: moved,
  ItemsMovedToCancelled: { ...moved, closed: header },
  ItemsRegrouped: {
    package: processing,
    items: [
      {
        quantity: 2,
        from: { line: article, before: { quantity: 6, totals: line.totals }, after: four },
        to: { line: { ...article, key: 2 }, after: two },
      },
    ],
  },
  PaymentRecorded: { transaction },
  RefundRecorded: { transaction: { ...transaction, type: 'refund' } },
  TransactionChanged: { before: transaction, after: { ...transaction, amount: 2000 } },
  MessagePosted: { createdBy: 'cu_123', body: 'When will it come?', at },
  NoteAdded: { createdBy: 'staff', body: 'Called back', at },
  EmailSent: {
    sentBy: 'shop',
    body: 'Your order is on its way',
    at,
  },
  UsdRateFixed: { currency: 'GBP', day: '2026-01-31', rate: '1.2734' },
  PersonalDataErased: { at },
};

export const exampleOf = (type: PurchaseEventType): PurchaseEvent => ({ type, data: EXAMPLES[type] }) as PurchaseEvent;
