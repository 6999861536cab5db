import { exampleOf } from '../../../../test/stored-events/examples';
import type { EventOf, PurchaseEvent, PurchaseEventType, Transaction } from '../events';
import type { Address, KeyedLine, KeyedPackage } from '../purchase';
import { lineRef, packageRef } from '../diff/refs';
import { initialState } from '../state';
import { allInWords, inWords } from './words';

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

const address: Address = { name: 'Ann', addressLine1: '1 Street', city: 'Town', countryCode: 'GB' };

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
      'each value of an address that the short text does not contain',
      () =>
        saying('ShippingAddressChanged', {
          before: { ...address, addressLine2: 'Flat 1', regionCode: 'YKS', postalCode: 'HU10', phone: '0123' },
          after: { ...address, addressLine2: 'Flat 2', regionCode: 'NYK', postalCode: 'HU11', phone: '0124' },
        }),
      'Shipping address of Shipment S-1 changed: address line 2 from Flat 1 to Flat 2; region from YKS to NYK; postal code from HU10 to HU11; phone from 0123 to 0124',
    ],
    [
      'hidden values of an address with its other changes',
      () =>
        saying('ShippingAddressChanged', {
          before: { ...address, addressLine2: 'Flat 1', regionCode: 'YKS', postalCode: 'HU10', phone: '0123' },
          after: { ...address, city: 'Hull' },
        }),
      'Shipping address of Shipment S-1 changed from Ann, 1 Street, Town, GB to Ann, 1 Street, Hull, GB; address line 2 Flat 1 removed; region YKS removed; postal code HU10 removed; phone 0123 removed',
    ],
    [
      'the values of an address that change places',
      () =>
        saying('BillingAddressChanged', {
          before: { name: 'A', addressLine1: 'B, C', city: 'D', countryCode: 'GB' },
          after: { company: 'A', addressLine1: 'B', city: 'C, D', countryCode: 'GB' },
        }),
      'Billing address changed: name A removed; company set to A; address line 1 from B, C to B; city from D to C, D',
    ],
    [
      'the country of an address that looks the same',
      () =>
        saying('BillingAddressChanged', {
          before: { addressLine1: 'A', city: 'B', countryCode: 'C, D' },
          after: { addressLine1: 'A', city: 'B, C', countryCode: 'D' },
        }),
      'Billing address changed: city from B to B, C; country from C, D to D',
    ],
    [
      'the values of tracking that looks the same',
      () =>
        saying('TrackingChanged', {
          before: { carrier: 'DHL', trackingNumber: '1', carrierId: 'a' },
          after: { trackingNumber: 'DHL 1', carrierId: 'b' },
        }),
      'Tracking of Shipment S-1 changed: carrier DHL removed; carrier id from a to b; number from 1 to DHL 1',
    ],
    [
      'the carrier id of tracking with another number',
      () =>
        saying('TrackingChanged', {
          before: { trackingNumber: '1', carrierId: 'a' },
          after: { trackingNumber: '2', carrierId: 'b' },
        }),
      'Tracking of Shipment S-1 changed from 1 to 2; carrier id from a to b',
    ],
    [
      'tracking with nothing in it',
      () => saying('TrackingAdded', { tracking: {} }),
      'Tracking of Shipment S-1 added: without details',
    ],
    [
      'shipping with nothing in it',
      () => saying('ShippingMethodChanged', { before: {}, after: undefined }),
      'Shipping of Shipment S-1 removed: without details',
    ],
    [
      'a discount and a tax rate of a repriced line',
      () =>
        saying('ItemRepriced', {
          before: { net: 10, tax: 2, gross: 12 },
          after: { net: 8, tax: 1, gross: 9, discount: 3, discountGross: 4, taxRate: 20 },
        }),
      'WHITE METAL LANTERN (SKU 71053) in Processing P-1 repriced from 0.12 GBP to 0.09 GBP; discount set to 0.03 GBP; gross discount set to 0.04 GBP; tax rate set to 20 %',
    ],
    [
      'the parts of an equal gross total',
      () =>
        saying('ItemRepriced', {
          before: { net: 10, tax: 2, gross: 12, discount: 1, discountGross: 1, taxRate: 5 },
          after: { net: 9, tax: 3, gross: 12, discount: 2, discountGross: 3, taxRate: 7.5 },
        }),
      'WHITE METAL LANTERN (SKU 71053) in Processing P-1 changed: net from 0.10 GBP to 0.09 GBP; tax from 0.02 GBP to 0.03 GBP; discount from 0.01 GBP to 0.02 GBP; gross discount from 0.01 GBP to 0.03 GBP; tax rate from 5 % to 7.5 %',
    ],
    [
      'the parts of the cost of shipping if the gross total is equal',
      () =>
        saying('ShippingMethodChanged', {
          before: { name: 'Van', totals: { net: 10, tax: 2, gross: 12 } },
          after: { name: 'Van', totals: { net: 9, tax: 3, gross: 12, discount: 1, discountGross: 2, taxRate: 20 } },
        }),
      'Shipping of Shipment S-1 changed: cost from 0.12 GBP (net 0.10 GBP, tax 0.02 GBP) to 0.12 GBP (net 0.09 GBP, tax 0.03 GBP, discount 0.01 GBP, gross discount 0.02 GBP, tax rate 20 %)',
    ],
    [
      'the parts of the cost of shipping that its gross total does not tell',
      () =>
        saying('ShippingMethodChanged', {
          before: { name: 'Post', totals: { net: 10, tax: 2, gross: 12 } },
          after: { name: 'Van', totals: { net: 9, tax: 3, gross: 12 } },
        }),
      'Shipping of Shipment S-1 changed from Post for 0.12 GBP to Van for 0.12 GBP; cost from 0.12 GBP (net 0.10 GBP, tax 0.02 GBP) to 0.12 GBP (net 0.09 GBP, tax 0.03 GBP)',
    ],
    [
      'the parts of a price whose gross total changes its currency only',
      () =>
        saying('ItemRepriced', {
          before: { net: 10, tax: 2, gross: 12 },
          after: { net: 9, tax: 3, gross: 12 },
          currencyBefore: 'JPY',
        }),
      'WHITE METAL LANTERN (SKU 71053) in Processing P-1 repriced from 12 JPY to 0.12 GBP; net from 10 JPY to 0.09 GBP; tax from 2 JPY to 0.03 GBP',
    ],
    [
      'the unit price and the recommended price of a line',
      () => {
        const { before } = dataOf('ItemDetailsChanged');
        return saying('ItemDetailsChanged', {
          before: { ...before, unitTotal: { gross: 12 }, rrp: 15 },
          after: { ...before, unitTotal: { net: 8, gross: 10 }, rrp: 14 },
        });
      },
      'WHITE METAL LANTERN (SKU 71053) in Processing P-1 changed: unit price from 0.12 GBP to 0.10 GBP (net 0.08 GBP); recommended retail price from 0.15 GBP to 0.14 GBP',
    ],
    [
      'one attribute more than are named',
      () => {
        const { before } = dataOf('ItemDetailsChanged');
        const customAttributes = ['a', 'b', 'c', 'd'].map((key) => ({ key, value: '1' }));
        return saying('ItemDetailsChanged', {
          before: { ...before, customAttributes: [] },
          after: { ...before, customAttributes },
        });
      },
      'WHITE METAL LANTERN (SKU 71053) in Processing P-1 changed: a 1 added; b 1 added; c 1 added and 1 more attribute',
    ],
    [
      'one tax line more than are named',
      () => saying('TaxLinesChanged', { after: ['a', 'b', 'c', 'd'].map((title) => ({ title })) }),
      'Tax summary changed: a added; b added; c added and 1 more tax line',
    ],
    [
      'metadata that changes, gets a value and loses one, and one more',
      () =>
        saying('MetadataChanged', {
          before: [{ name: 'a', value: '1' }, { name: 'b' }, { name: 'c', value: '3' }, { name: 'd' }],
          after: [{ name: 'a', value: '2' }, { name: 'b', value: '2' }, { name: 'c' }],
        }),
      'Metadata changed: a from 1 to 2; b from none to 2; c from 3 to none and 1 more value',
    ],
    [
      'what differs in two long references',
      () =>
        saying('CustomerReferenceChanged', {
          before: `${'x'.repeat(130)}red${'y'.repeat(150)}`,
          after: `${'x'.repeat(130)}blue`,
        }),
      `Customer reference changed from …${'x'.repeat(20)}red${'y'.repeat(97)}… to …${'x'.repeat(20)}blue`,
    ],
    [
      'the beginning of a long reference',
      () => saying('CustomerReferenceChanged', { before: 'x'.repeat(120), after: 'y'.repeat(121) }),
      `Customer reference changed from ${'x'.repeat(120)} to ${'y'.repeat(120)}…`,
    ],
    [
      'a reference of several lines in one',
      () => saying('CustomerReferenceChanged', { before: ' a\n\tb ', after: 'c  d' }),
      'Customer reference changed from a b to c d',
    ],
    [
      'white space if nothing else changes',
      () => saying('CustomerReferenceChanged', { before: 'a b', after: 'a\nb' }),
      'Customer reference changed from "a b" to "a\\nb"',
    ],
    [
      'particulars of a payment that have no members',
      () => {
        const { before } = dataOf('TransactionChanged');
        return saying('TransactionChanged', {
          before: { ...before, particulars: 1 },
          after: { ...before, particulars: 2 },
        });
      },
      'Payment t-1 changed: platform details changed',
    ],
    [
      'only those members of the particulars that change, and one more than are named',
      () => {
        const { before } = dataOf('TransactionChanged');
        return saying('TransactionChanged', {
          before: { ...before, particulars: { same: 1 } },
          after: { ...before, particulars: { same: 1, a: 1, b: 1, c: 1, d: 1 } },
        });
      },
      'Payment t-1 changed: platform details changed: a, b, c and 1 more member',
    ],
    [
      'payment before delivery',
      () => saying('PaymentMethodChanged', { after: 'platform_upfront' }),
      'Payment method changed from invoice to upfront on the platform',
    ],
    [
      'the cancellation of a package of another type',
      () => saying('PackageCancelled', { package: { key: 1, type: 'shipment', name: 'S-1' } }),
      'Shipment S-1 cancelled at 2026-01-31 09:30 UTC',
    ],
    [
      'a move between two packages of one name',
      () => saying('ItemsMovedToShipment', { from: { key: 1, type: 'shipment' }, to: { key: 2, type: 'shipment' } }),
      '2 × WHITE METAL LANTERN moved from Shipment to another Shipment',
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
  it.each([
    [4, 'Fourth'],
    [5, 'Fifth'],
    [6, 'Sixth'],
    [7, 'Seventh'],
    [8, 'Eighth'],
    [9, 'Ninth'],
    [10, 'Tenth'],
    [11, '11th'],
    [13, '13th'],
    [14, '14th'],
    [21, '21st'],
    [22, '22nd'],
    [23, '23rd'],
    [30, '30th'],
    [111, '111th'],
    [121, '121st'],
  ])('of package %d among those of one name start with %s', (key, ordinal) => {
    const packages = Array.from({ length: 200 }, (_, n) => pack({ key: n + 1, identifiers: {} }));
    const event: PurchaseEvent = {
      type: 'PackageCancelled',
      data: { package: { key, type: 'processing' }, at: '2026-01-31T09:30:00.000Z' },
    };
    expect(inWords(event, { currency: 'GBP', packages })).toMatch(new RegExp(`^${ordinal} Processing`));
  });

  it('are not numbered in a purchase of more than 200 packages', () => {
    const packages = Array.from({ length: 201 }, (_, n) => pack({ key: n + 1, identifiers: {} }));
    const event: PurchaseEvent = {
      type: 'PackageCancelled',
      data: { package: { key: 2, type: 'processing' }, at: '2026-01-31T09:30:00.000Z' },
    };
    expect(inWords(event, { currency: 'GBP', packages })).toMatch(/^Processing/);
  });

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

it('consecutive events are told in the currency of their time', () => {
  const created = exampleOf('PurchaseCreated');
  const paid = (after: number): PurchaseEvent => ({ type: 'TotalPaidChanged', data: { before: 100, after } });
  const changed: PurchaseEvent = { type: 'CurrencyChanged', data: { before: 'GBP', after: 'JPY' } };
  expect(allInWords([created, paid(200), changed, paid(300)], initialState).slice(1)).toEqual([
    'Total paid changed from 1.00 GBP to 2.00 GBP',
    'Currency changed from GBP to JPY',
    'Total paid changed from 100 JPY to 300 JPY',
  ]);
});
