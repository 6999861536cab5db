import { exampleOf } from '../../../../test/stored-events/examples';
import type { EventOf, PurchaseEvent, PurchaseEventType, Transaction } from '../events';
import type { KeyedLine, KeyedPackage } from '../purchase';
import { lineRef, packageRef } from '../diff/refs';
import { inWords } from './words';

const MOVED = '2 × WHITE METAL LANTERN moved from Processing P-1 to Shipment S-1';

/** The sentence of the example of each event. */
const SENTENCES: Record<PurchaseEventType, string> = {
  PurchaseCreated: 'Order created; it follows the deleted purchase 01890000-0000-7000-8000-000000000000',
  QuoteRequested: 'Quote requested',
  ApprovalRequested: 'Approval requested',
  PurchaseApproved: 'Approved as an order',
  PurchaseSubmitted: 'Submitted as an unconfirmed order',
  TypeConfirmed: 'Order confirmed',
  TypeChanged: 'Changed from a quote to a cart',
  CurrencyChanged: 'Currency changed from GBP to EUR',
  IdentifierAssigned: 'Visible number set to B2B-1',
  IdentifierChanged: 'Visible number changed from B2B-1 to B2B-2',
  IdentifierRemoved: 'Visible number B2B-2 removed',
  IdentifierForfeited: 'Unfinished claim to the visible number B2B-1 taken over by another purchase',
  CustomerChanged: 'Customer changed: account from cu_123 to cu_124; child account set to cu_5',
  PurchaseDatesChanged: 'Dates changed: placing date set to 2026-01-31 09:30 UTC',
  PaymentMethodChanged: 'Payment method changed from invoice to on account',
  CustomerReferenceChanged: 'Customer reference changed from PO 1 to PO 2',
  BillingAddressChanged:
    'Billing address changed from Ann Example, 7 Philosophy Way, Willerby, GB to Ann Example, 7 Philosophy Way, Hull, GB',
  AccountingFileAttached: 'Invoice INV-1 of Shipment S-1 attached',
  AccountingFileRemoved: 'Document INV-1 removed',
  CustomFieldsChanged: 'Custom fields changed: Delivery Monday added',
  MetadataChanged: 'Metadata changed: source portal removed',
  TaxLinesChanged: 'Tax summary changed: VAT 3.39 GBP at 20 % added',
  TotalPaidChanged: 'Total paid changed from 0.00 GBP to 20.34 GBP',
  SenderClocksChanged: 'Sender dates changed: revision from 2026-01-31 09:30 UTC to 2026-02-01 09:30 UTC',
  PurchaseDeleted: 'Deleted; its identifiers are free',
  PackageAdded: 'Processing P-1 with 6 × WHITE METAL LANTERN added',
  PackageRemoved: 'Processing P-1 with 6 × WHITE METAL LANTERN removed',
  PackageTypeChanged: 'Processing P-1 became Cancellation',
  PackageIdentifiersChanged: 'Shipment S-1 changed: visible number set to S-1',
  PackageDatesChanged: 'Shipment S-1 changed: last update set to 2026-01-31 09:30 UTC',
  PackageShipped: 'Shipment S-1 shipped at 2026-01-31 09:30 UTC',
  PackageDelivered: 'Shipment S-1 delivered at 2026-01-31 09:30 UTC',
  PackageRefunded: 'Refund R-1 made at 2026-01-31 09:30 UTC',
  PackageCancelled: 'Cancellation made at 2026-01-31 09:30 UTC',
  PackageMilestoneCorrected:
    'Shipping date of Shipment S-1 corrected from 2026-01-31 09:30 UTC to 2026-02-01 09:30 UTC',
  PackageMilestoneWithdrawn: 'Shipping date of Shipment S-1 withdrawn, it was 2026-01-31 09:30 UTC',
  ShippingMethodChanged: 'Shipping of Shipment S-1 changed from Post to Van for 6.00 GBP',
  ShippingAddressChanged:
    'Shipping address of Shipment S-1 changed from Ann Example, 7 Philosophy Way, Willerby, GB to Ann Example, 7 Philosophy Way, Hull, GB',
  TrackingAdded: 'Tracking of Shipment S-1 added: DHL 123',
  TrackingChanged: 'Tracking of Shipment S-1 changed from DHL to DHL 123',
  TrackingRemoved: 'Tracking of Shipment S-1 removed: DHL 123',
  ItemsAdded: '6 × WHITE METAL LANTERN added to Processing P-1',
  ItemsRemoved: '6 × WHITE METAL LANTERN removed from Processing P-1',
  ItemQuantityChanged:
    'WHITE METAL LANTERN (SKU 71053) in Processing P-1 changed from 4 for 16.27 GBP to 2 for 8.14 GBP',
  ItemRepriced: 'WHITE METAL LANTERN (SKU 71053) in Processing P-1 repriced from 16.27 GBP to 8.14 GBP',
  ItemDetailsChanged: 'WHITE METAL LANTERN (SKU 71053) in Processing P-1 changed: variant set to red',
  ItemsMovedToIncoming: MOVED,
  ItemsMovedToProcessing: MOVED,
  ItemsMovedToOnHold: MOVED,
  ItemsMovedToShipment: MOVED,
  ItemsMovedToRefund: MOVED,
  ItemsMovedToCancelled: MOVED,
  ItemsRegrouped: '2 × WHITE METAL LANTERN regrouped in Processing P-1',
  PaymentRecorded: 'Payment of 20.34 GBP by stripe (t-1) recorded',
  RefundRecorded: 'Refund of 20.34 GBP by stripe (t-1) recorded',
  TransactionChanged: 'Payment t-1 changed: amount from 20.34 GBP to 20.00 GBP',
  MessagePosted: 'Message by cu_123: When will it come?',
  NoteAdded: 'Note by staff: Called back',
  EmailSent: 'E-mail sent by shop: Your order is on its way',
  UsdRateFixed: 'US dollar rate fixed: 1 GBP is 1.2734 USD, the rate of 2026-01-31',
  PersonalDataErased: 'Personal data of the customer erased',
};

const dataOf = <Type extends PurchaseEventType>(type: Type): EventOf<Type>['data'] =>
  exampleOf(type).data as EventOf<Type>['data'];
const saying = <Type extends PurchaseEventType>(type: Type, data: Partial<EventOf<Type>['data']>, currency = 'GBP') =>
  inWords({ type, data: { ...dataOf(type), ...data } } as PurchaseEvent, { currency });

describe('sentences of events', () => {
  it.each(Object.entries(SENTENCES))('%s: %s', (type, sentence) => {
    expect(inWords(exampleOf(type as PurchaseEventType), { currency: 'GBP' })).toBe(sentence);
  });

  it.each<[string, () => string, string]>([
    ['a purchase that follows none', () => saying('PurchaseCreated', { follows: undefined }), 'Order created'],
    [
      'a cart that was awaiting approval',
      () => saying('TypeChanged', { before: 'awaiting_approval', after: 'cart' }),
      'Changed from a purchase awaiting approval to a cart',
    ],
    [
      'another impersonator and no representative',
      () =>
        saying('CustomerChanged', {
          before: { sparklayerSalesRep: 'rep_1' },
          after: { sparklayerImpersonator: 'u_2' },
        }),
      'Customer changed: impersonator set to u_2; sales representative rep_1 removed',
    ],
    [
      'all dates of a purchase',
      () =>
        saying('PurchaseDatesChanged', {
          before: { createdAt: '2026-01-01T00:00:00.000Z', placedAt: '2026-01-01T00:00:00.000Z' },
          after: { updatedAt: '2026-01-02T00:00:00.000Z' },
        }),
      'Dates changed: creation date 2026-01-01 00:00 UTC removed; placing date 2026-01-01 00:00 UTC removed; last update set to 2026-01-02 00:00 UTC',
    ],
    [
      'dates of a purchase that was placed before',
      () =>
        saying('PurchaseDatesChanged', {
          before: { placedAt: '2026-01-01T00:00:00.000Z' },
          after: { placedAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-02T00:00:00.000Z' },
        }),
      'Dates changed: last update set to 2026-01-02 00:00 UTC',
    ],
    [
      'how it is paid, for the first time',
      () => saying('PaymentMethodChanged', { before: undefined }),
      'Payment method set to on account',
    ],
    [
      'a reference that is gone',
      () => saying('CustomerReferenceChanged', { after: undefined }),
      'Customer reference PO 1 removed',
    ],
    [
      'a billing address of a company, after none',
      () =>
        saying('BillingAddressChanged', {
          before: undefined,
          after: { company: 'Acme', name: 'Ann', addressLine1: '1 Street', city: 'Town', countryCode: 'DE' },
        }),
      'Billing address set to Acme, 1 Street, Town, DE',
    ],
    [
      'a document with nothing but an address',
      () => saying('AccountingFileRemoved', { file: { uri: 'https://example.com/1.pdf' } }),
      'Document https://example.com/1.pdf removed',
    ],
    ['a document without particulars', () => saying('AccountingFileRemoved', { file: {} }), 'Document removed'],
    [
      'fields without values, more than are named',
      () =>
        saying('CustomFieldsChanged', {
          after: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, ...(name === 'a' && { value: '1' }) })),
        }),
      'Custom fields changed: a 1 added; b added; c added and 2 more fields',
    ],
    [
      'a tax summary',
      () => saying('TaxLinesChanged', { after: [{ amount: 5 }, { title: 'VAT' }] }),
      'Tax summary changed: untitled tax 0.05 GBP added; VAT added',
    ],
    [
      'a total paid that is not said any more',
      () => saying('TotalPaidChanged', { after: undefined }),
      'Total paid 0.00 GBP removed',
    ],
    [
      'an empty package that only its platform names',
      () => saying('PackageRemoved', { package: pack({ identifiers: { platform: 'p-7' }, items: [] }) }),
      'Processing p-7 without items removed',
    ],
    [
      'a package without a name, with three articles',
      () => saying('PackageAdded', { package: pack({ identifiers: {}, items: lines('A', 'B', 'C') }) }),
      'Processing with 1 × A, 1 × B, 1 × C added',
    ],
    [
      'one article more than are named',
      () => saying('ItemsAdded', { items: lines('A', 'B', 'C', 'D') }),
      '1 × A, 1 × B, 1 × C and 1 more article added to Processing P-1',
    ],
    [
      'a variant',
      () =>
        saying('ItemsRemoved', { items: [{ ...line('Mug'), details: { ...line('Mug').details, nameChild: 'red' } }] }),
      '1 × Mug red removed from Processing P-1',
    ],
    [
      'all names of a package',
      () =>
        saying('PackageIdentifiersChanged', {
          before: { sparklayerPackageId: 'k-1', platform: 'p-1' },
          after: { internal: 'i-1', platform: 'p-2' },
        }),
      'Shipment S-1 changed: platform id from p-1 to p-2; internal id set to i-1; SparkLayer id k-1 removed',
    ],
    [
      'a refund date that is withdrawn',
      () => saying('PackageMilestoneWithdrawn', { milestone: 'refundedAt' }),
      'Refund date of Shipment S-1 withdrawn, it was 2026-01-31 09:30 UTC',
    ],
    [
      'shipping that is not said any more',
      () => saying('ShippingMethodChanged', { before: { totals: dataOf('ItemRepriced').before }, after: undefined }),
      'Shipping of Shipment S-1 removed: 16.27 GBP',
    ],
    [
      'tracking by an address',
      () => saying('TrackingAdded', { tracking: { trackingUrl: 'https://example.com/t/1' } }),
      'Tracking of Shipment S-1 added: https://example.com/t/1',
    ],
    [
      'tracking without particulars',
      () => saying('TrackingRemoved', { tracking: { carrierId: '7' } }),
      'Tracking of Shipment S-1 removed: 7',
    ],
    [
      'several details of a line',
      () =>
        saying('ItemDetailsChanged', {
          after: { nameParent: 'Lamp', customAttributes: [], taxLines: [], barcode: '1' },
        }),
      'WHITE METAL LANTERN (SKU 71053) in Processing P-1 changed: name from WHITE METAL LANTERN to Lamp; SKU 71053 removed; barcode set to 1; engraving A removed; VAT 4.07 GBP at 20 % removed',
    ],
    [
      'lines of one article that move together',
      () => {
        const { items } = dataOf('ItemsMovedToRefund');
        return saying('ItemsMovedToRefund', { items: [...items, ...items] });
      },
      '4 × WHITE METAL LANTERN moved from Processing P-1 to Shipment S-1',
    ],
    [
      'a payment by nobody knows what',
      () => saying('PaymentRecorded', { transaction: { platformId: 't-2', type: 'payment', amount: 5 } }, 'KWD'),
      'Payment of 0.005 KWD (t-2) recorded',
    ],
    ['a note by nobody', () => saying('NoteAdded', { createdBy: undefined }), 'Note: Called back'],
    [
      'amounts of a purchase whose currency changed',
      () => saying('ItemRepriced', { currencyBefore: 'JPY' }),
      'WHITE METAL LANTERN (SKU 71053) in Processing P-1 repriced from 1627 JPY to 8.14 GBP',
    ],
    [
      'a quantity of a purchase whose currency changed',
      () => saying('ItemQuantityChanged', { currencyBefore: 'JPY' }),
      'WHITE METAL LANTERN (SKU 71053) in Processing P-1 changed from 4 for 1627 JPY to 2 for 8.14 GBP',
    ],
    [
      'more of a line that waits',
      () =>
        saying('ItemQuantityChanged', {
          before: dataOf('ItemQuantityChanged').after,
          after: dataOf('ItemQuantityChanged').before,
        }),
      '2 × WHITE METAL LANTERN (SKU 71053) added to Processing P-1: from 2 for 8.14 GBP to 4 for 16.27 GBP',
    ],
    [
      'shipping of a purchase whose currency changed',
      () => saying('ShippingMethodChanged', { before: dataOf('ShippingMethodChanged').after, currencyBefore: 'JPY' }),
      'Shipping of Shipment S-1 changed from Van for 600 JPY to Van for 6.00 GBP',
    ],
    [
      'what is paid of a purchase whose currency changed',
      () => saying('TotalPaidChanged', { before: 2034, currencyBefore: 'JPY' }),
      'Total paid changed from 2034 JPY to 20.34 GBP',
    ],
  ])('%s', (_, sentence, expected) => {
    expect(sentence()).toBe(expected);
  });

  it('of a changed transaction state the changes', () => {
    const before: Transaction = {
      platformId: 't-1',
      type: 'refund',
      amount: 5,
      status: 'pending',
      informational: true,
    };
    const after: Transaction = {
      platformId: 't-1',
      type: 'payment',
      amount: 6,
      gateway: 'stripe',
      happenedAt: '2026-01-31T09:30:00.000Z',
      particulars: { card: '…4242' },
    };
    const head = 'Refund t-1 changed: amount from 0.05 GBP to 0.06 GBP; type from refund to payment; ';
    expect(saying('TransactionChanged', { before, after })).toBe(
      `${head}status pending removed; gateway set to stripe; date set to 2026-01-31 09:30 UTC; now counted as paid; platform details changed: card`,
    );
    expect(saying('TransactionChanged', { before: after, after: { ...after, informational: true } })).toBe(
      'Payment t-1 changed: no longer counted as paid',
    );
  });

  it.each([
    ['incoming', 'Incoming'],
    ['processing', 'Processing'],
    ['on_hold', 'On hold'],
    ['shipment', 'Shipment'],
    ['refund', 'Refund'],
    ['cancelled', 'Cancellation'],
  ] as const)('a package of type %s is called %s', (after, word) => {
    expect(saying('PackageTypeChanged', { after })).toBe(`Processing P-1 became ${word}`);
  });

  it.each([
    ['sparklayer', 'SparkLayer id'],
    ['platform', 'Platform id'],
    ['internal', 'Internal id'],
    ['visible', 'Visible number'],
  ] as const)('an identifier of kind %s is called %s', (kind, word) => {
    expect(saying('IdentifierAssigned', { kind, value: '7' })).toBe(`${word} set to 7`);
  });

  it.each([
    ['shippedAt', 'Shipping date'],
    ['deliveredAt', 'Delivery date'],
    ['refundedAt', 'Refund date'],
    ['cancelledAt', 'Cancellation date'],
  ] as const)('%s is called %s', (milestone, word) => {
    expect(saying('PackageMilestoneWithdrawn', { milestone })).toBe(
      `${word} of Shipment S-1 withdrawn, it was 2026-01-31 09:30 UTC`,
    );
  });

  it.each([
    ['sku', 'SKU from 71053 to x'],
    ['platform', 'platform id set to x'],
    ['internal', 'internal id set to x'],
    ['nameParent', 'name from WHITE METAL LANTERN to x'],
    ['nameChild', 'variant set to x'],
    ['imageUrl', 'image set to x'],
    ['productSlug', 'product page set to x'],
    ['barcode', 'barcode set to x'],
  ] as const)('%s of a line that changed is told: %s', (key, change) => {
    const { before } = dataOf('ItemDetailsChanged');
    expect(saying('ItemDetailsChanged', { before, after: { ...before, [key]: 'x' } })).toBe(
      `WHITE METAL LANTERN (SKU 71053) in Processing P-1 changed: ${change}`,
    );
  });
});

function line(name: string): KeyedLine {
  return {
    ...dataOf('PackageAdded').package.items[0],
    quantity: 1,
    details: { nameParent: name, customAttributes: [], taxLines: [] },
  } as KeyedLine;
}
const lines = (...names: string[]): KeyedLine[] => names.map(line);
function pack(more: Partial<KeyedPackage>): KeyedPackage {
  return { ...dataOf('PackageAdded').package, ...more };
}

describe('names in sentences', () => {
  it('of a package are its visible number, else its platform, internal or SparkLayer id', () => {
    const identifiers = { visible: 'v', platform: 'p', internal: 'i', sparklayerPackageId: 's' };
    const { visible: _v, ...unseen } = identifiers;
    const { platform: _p, ...own } = unseen;
    const { internal: _i, ...last } = own;
    expect(
      [identifiers, unseen, own, last, {}].map((each) => packageRef(1, { type: 'refund', identifiers: each })),
    ).toStrictEqual([
      { key: 1, type: 'refund', name: 'v' },
      { key: 1, type: 'refund', name: 'p' },
      { key: 1, type: 'refund', name: 'i' },
      { key: 1, type: 'refund', name: 's' },
      { key: 1, type: 'refund' },
    ]);
  });

  it('of an article are its name with its variant, and its SKU if present', () => {
    const details = { nameParent: 'Mug', customAttributes: [], taxLines: [] };
    expect(lineRef(1, details)).toStrictEqual({ key: 1, name: 'Mug' });
    expect(lineRef(1, { ...details, nameChild: 'red', sku: 'M' })).toStrictEqual({ key: 1, sku: 'M', name: 'Mug red' });
  });
});
