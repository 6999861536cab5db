import fc from 'fast-check';
import { PACKAGE_TYPES, type LineItem, type Package, type Purchase, type Totals } from '@app/purchase/purchase';

/** Purchases for properties: few names and few amounts, so that twins, moves and near misses are frequent. */

const instant = fc.integer({ min: 0, max: 5 }).map((day) => `2026-01-0${day + 1}T00:00:00.000Z`);
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined, freq: 2 });
/** Absent properties are left out, as a normalised body has them. */
const compact = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
const record = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model).map((value) => compact(value as unknown as T));

const totals: fc.Arbitrary<Totals> = record<Totals>({
  net: fc.integer({ min: -3, max: 1000 }),
  tax: fc.integer({ min: 0, max: 200 }),
  gross: fc.constant(0),
  discount: maybe(fc.integer({ min: 0, max: 9 })),
}).map((each) => ({ ...each, gross: each.net + each.tax }));

const line: fc.Arbitrary<LineItem> = record<LineItem>({
  quantity: fc.oneof(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 1000 })),
  totals,
  details: record<LineItem['details']>({
    sku: maybe(fc.constantFrom('A', 'B', 'C')),
    platform: maybe(fc.constantFrom('p1', 'p2')),
    internal: maybe(fc.constantFrom('i1')),
    nameParent: fc.constantFrom('Lantern', 'Mug'),
    nameChild: maybe(fc.constantFrom('red', 'blue')),
    customAttributes: fc.array(fc.record({ key: fc.constantFrom('k', 'l'), value: fc.constantFrom('1', '2') }), {
      maxLength: 2,
    }),
    taxLines: fc.array(fc.record({ title: fc.constantFrom('VAT'), rate: fc.constantFrom(0, 20) }), { maxLength: 1 }),
  }),
});

const address = record({
  addressLine1: fc.constantFrom('1 Street', '2 Street'),
  city: fc.constant('Town'),
  countryCode: fc.constantFrom('GB', 'DE'),
  name: maybe(fc.constant('Ann')),
});

const file = record({ visible: maybe(fc.constantFrom('INV1', 'INV2')), fileType: maybe(fc.constant('invoice')) });

const twice = <T>(list: fc.Arbitrary<T[]>): fc.Arbitrary<T[]> =>
  fc.tuple(list, fc.integer({ min: 0, max: 9 })).map(([each, twin]) => (twin === 0 ? [...each, ...each] : each));

const pack: fc.Arbitrary<Package> = record<Package>({
  type: fc.constantFrom(...PACKAGE_TYPES),
  identifiers: record<Package['identifiers']>({
    visible: maybe(fc.constantFrom('S-1', 'R-1')),
    platform: maybe(fc.constantFrom('x')),
  }),
  dates: record<Package['dates']>({
    createdAt: maybe(instant),
    updatedAt: maybe(instant),
    shippedAt: maybe(instant),
    deliveredAt: maybe(instant),
    refundedAt: maybe(instant),
    cancelledAt: maybe(instant),
  }),
  shippingMethod: maybe(record({ name: fc.constantFrom('Post', 'Van'), totals: maybe(totals) })),
  shippingAddress: maybe(address),
  trackings: fc.array(
    record({ carrier: maybe(fc.constant('DHL')), trackingNumber: maybe(fc.constantFrom('1', '2')) }),
    { maxLength: 2 },
  ),
  accountingFiles: fc.array(file, { maxLength: 2 }),
  items: twice(fc.array(line, { maxLength: 5 })),
});

export const arbitraryPurchase: fc.Arbitrary<Purchase> = record<Purchase>({
  type: fc.constantFrom('cart', 'order'),
  currency: fc.constantFrom('GBP', 'GBP', 'JPY'),
  identifiers: record<Purchase['identifiers']>({
    platform: maybe(fc.constantFrom('1', '2')),
    visible: maybe(fc.constantFrom('B1', 'B2')),
  }),
  customer: record<Purchase['customer']>({ sparklayer: maybe(fc.constantFrom('c1', 'c2')) }),
  dates: record<Purchase['dates']>({ placedAt: maybe(instant), updatedAt: maybe(instant) }),
  paymentMethod: maybe(fc.constantFrom('invoice', 'on_account')),
  customerReference: maybe(fc.constantFrom('PO 1', 'PO 2')),
  revisionDate: maybe(instant),
  billingAddress: maybe(address),
  accountingFiles: fc.array(file, { maxLength: 2 }),
  customFields: fc.array(fc.record({ name: fc.constantFrom('f', 'g'), value: fc.constantFrom('1', '2') }), {
    maxLength: 2,
  }),
  metadata: fc.array(fc.record({ name: fc.constantFrom('m'), value: fc.constantFrom('1', '2') }), { maxLength: 1 }),
  taxLines: fc.array(fc.record({ title: fc.constant('VAT'), amount: fc.integer({ min: 0, max: 9 }) }), {
    maxLength: 2,
  }),
  totalPaid: maybe(fc.integer({ min: 0, max: 500 })),
  packages: twice(fc.array(pack, { maxLength: 4 })),
});
