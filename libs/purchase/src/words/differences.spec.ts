import fc from 'fast-check';
import { arbitraryPair } from '../../../../test/arbitrary-purchase';
import { diff } from '../diff/diff';
import { evolveAll } from '../evolve';
import type { EventOf, PurchaseEvent, PurchaseEventType } from '../events';
import type { Address, LineDetails, NamedValue, Purchase, TaxLine, Totals, Tracking, UnitTotal } from '../purchase';
import { isSame } from '../same';
import { initialState, type LivePurchase } from '../state';
import { allInWords, inWords } from './words';

const at = '2026-03-10T12:00:00.000Z';
const runs = Number(process.env.PROPERTY_RUNS ?? 100);

function live(purchase: Purchase): LivePurchase {
  const state = evolveAll(initialState, diff(undefined, purchase, { at }));
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}

/** The reverse of an event with before and after; undefined for others. */
function reverse({ type, data }: PurchaseEvent): PurchaseEvent | undefined {
  if (!('before' in data) || !('after' in data)) return undefined;
  const { before, after, ...rest } = data as { before?: unknown; after?: unknown };
  return { type, data: { ...rest, before: after, after: before } } as PurchaseEvent;
}

const FROM_X_TO_X = /from (.+) to \1(?=;|$)/;

/** Fails if the sentences of both directions are equal. */
function expectDifference(event: PurchaseEvent): void {
  const [sentence, back] = [event, reverse(event) ?? event].map((each) => inWords(each, { currency: 'GBP' }));
  expect(sentence).not.toMatch(/\n|undefined|\[object|: $/);
  if (reverse(event) !== undefined) expect(sentence).not.toBe(back);
}

const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined, freq: 2 });
const record = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc
    .record(model)
    .map((value) => Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as unknown as T);

/** Similar texts: different white space, a long common beginning. */
const text = fc.constantFrom('a', 'b', 'a  b', 'a b', 'a\nb', `${'x'.repeat(300)}1`, `${'x'.repeat(300)}2`);
const amount = fc.integer({ min: 0, max: 3 });
/** Similar times. */
const instant = fc.constantFrom(
  '2026-01-01T09:00:00.000Z',
  '2026-01-01T09:00:01.000Z',
  '2026-01-01T09:00:00.001Z',
  '2026-01-02T09:00:00.000Z',
);
const address = record<Address>({
  name: maybe(text),
  company: maybe(text),
  addressLine1: text,
  addressLine2: maybe(text),
  city: text,
  regionCode: maybe(text),
  postalCode: maybe(text),
  countryCode: fc.constantFrom('GB', 'DE'),
  phone: maybe(text),
});
const tracking = record<Tracking>({
  carrier: maybe(text),
  carrierId: maybe(text),
  trackingNumber: maybe(text),
  trackingUrl: maybe(text),
});
const totals = record<Totals>({
  net: amount,
  tax: amount,
  gross: amount,
  discount: maybe(amount),
  discountGross: maybe(amount),
  taxRate: maybe(amount),
});
const name = fc.constantFrom('f', 'g');
const fields = fc.uniqueArray(record<NamedValue>({ name, value: maybe(text) }), {
  selector: (each) => each.name,
  maxLength: 2,
});
const taxLines = fc.uniqueArray(
  record<TaxLine>({ title: maybe(fc.constantFrom('VAT')), amount: maybe(amount), rate: maybe(amount) }),
  { selector: (each) => each.title, maxLength: 2 },
);
const details = record<LineDetails>({
  sku: maybe(text),
  platform: maybe(text),
  internal: maybe(text),
  nameParent: text,
  nameChild: maybe(text),
  customAttributes: fields.map((list) => list.map(({ name: key, value }) => ({ key, ...(value && { value }) }))),
  taxLines,
  unitTotal: maybe(record<UnitTotal>({ net: maybe(amount), gross: amount })),
  rrp: maybe(amount),
  imageUrl: maybe(text),
  productSlug: maybe(text),
  barcode: maybe(text),
});
const clocks = record<EventOf<'SenderClocksChanged'>['data']['before']>({
  updatedAt: maybe(instant),
  revisionDate: maybe(instant),
  packages: fc.constant(undefined),
});

const at1 = { package: { key: 1, type: 'shipment' } } as const;
const line = { line: { key: 1, name: 'Mug' } } as const;
/** The values of events with before and after, and the rest of their data. */
const VALUES: Partial<Record<PurchaseEventType, [value: fc.Arbitrary<unknown>, rest: object]>> = {
  CustomerChanged: [record({ sparklayer: maybe(text), sparklayerSalesRep: maybe(text) }), {}],
  PurchaseDatesChanged: [record({ createdAt: maybe(instant), placedAt: maybe(instant) }), {}],
  CustomerReferenceChanged: [maybe(text), {}],
  PaymentMethodChanged: [maybe(fc.constantFrom('invoice', 'on_account', 'platform_upfront')), {}],
  BillingAddressChanged: [maybe(address), {}],
  ShippingAddressChanged: [maybe(address), at1],
  CustomFieldsChanged: [fields, {}],
  MetadataChanged: [fields, {}],
  TaxLinesChanged: [taxLines, {}],
  TotalPaidChanged: [maybe(amount), {}],
  SenderClocksChanged: [clocks, {}],
  IdentifierChanged: [text, { kind: 'visible' }],
  PackageIdentifiersChanged: [record({ visible: maybe(text), internal: maybe(text) }), at1],
  PackageDatesChanged: [record({ createdAt: maybe(instant), updatedAt: maybe(instant) }), at1],
  PackageMilestoneCorrected: [instant, { ...at1, milestone: 'shippedAt' }],
  ShippingMethodChanged: [maybe(record({ name: maybe(text), totals: maybe(totals) })), at1],
  TrackingChanged: [tracking, at1],
  ItemRepriced: [totals, { ...at1, ...line }],
  ItemDetailsChanged: [details, { ...at1, ...line }],
};

describe('sentences that contain the difference', () => {
  it.each(Object.entries(VALUES))('of %s', (type, [value, rest]) => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        fc.pre(!isSame(before, after));
        const event = { type, data: { ...rest, before, after } } as PurchaseEvent;
        expectDifference(event);
        expect(inWords(event, { currency: 'GBP' })).not.toMatch(FROM_X_TO_X);
      }),
      { numRuns: 300 },
    );
  });

  it('of every event between two purchases', () => {
    fc.assert(
      fc.property(arbitraryPair, ([before, after]) => {
        const was = live(before);
        const events = diff(was, after, { at });
        for (const event of events) expectDifference(event);
        for (const sentence of allInWords(events, { phase: 'live', purchase: was }))
          expect(sentence).not.toMatch(FROM_X_TO_X);
      }),
      { numRuns: runs },
    );
  });
});

describe('packages of one type and name', () => {
  it('are numbered in order', () => {
    const packages = [
      { key: 1, type: 'shipment', identifiers: {} },
      { key: 2, type: 'processing', identifiers: {} },
      { key: 3, type: 'shipment', identifiers: { visible: 'S-3' } },
      { key: 4, type: 'shipment', identifiers: {} },
    ] as const;
    const shipped = (key: number, name?: string): string =>
      inWords(
        { type: 'PackageShipped', data: { package: { key, type: 'shipment', name }, at } },
        { currency: 'GBP', packages },
      );
    expect([shipped(1), shipped(3, 'S-3'), shipped(4), shipped(12)]).toEqual([
      'First Shipment shipped at 2026-03-10 12:00 UTC',
      'Shipment S-3 shipped at 2026-03-10 12:00 UTC',
      'Second Shipment shipped at 2026-03-10 12:00 UTC',
      'Third Shipment shipped at 2026-03-10 12:00 UTC',
    ]);
  });
});

describe('articles with one name', () => {
  const item = (sku: string, colour: string, quantity: number, key: number) =>
    ({
      key,
      quantity,
      totals: { net: 1, tax: 0, gross: 1 },
      details: { sku, nameParent: 'Mug', customAttributes: [{ key: 'colour', value: colour }], taxLines: [] },
    }) as const;
  const added = (...items: ReturnType<typeof item>[]): string =>
    inWords({ type: 'ItemsAdded', data: { ...at1, items } }, { currency: 'GBP' });

  it('are distinguished by SKU and attributes', () => {
    expect(added(item('M-1', 'red', 1, 1), item('M-2', 'red', 2, 2))).toBe(
      '1 × Mug (SKU M-1, colour red), 2 × Mug (SKU M-2, colour red) added to Shipment',
    );
    expect(added(item('M-1', 'red', 1, 1), item('M-1', 'red', 2, 2))).toBe('3 × Mug added to Shipment');
  });
});
