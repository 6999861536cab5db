import fc from 'fast-check';
import { PACKAGE_TYPES, type LineItem, type Package, type Purchase, type Totals } from '@app/purchase/purchase';

/** Purchases for property tests. Few names and few amounts make duplicates, moves and near matches frequent. */

const instant = fc.integer({ min: 0, max: 5 }).map((day) => `2026-01-0${day + 1}T00:00:00.000Z`);
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined, freq: 2 });
const sometimes = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: of });
/** Omits absent properties, as normalization does. */
const compact = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
const record = <T extends object>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model).map((value) => compact(value as unknown as T));

const totals: fc.Arbitrary<Totals> = record<Totals>({
  net: fc.integer({ min: -3, max: 1000 }),
  tax: fc.integer({ min: 0, max: 200 }),
  gross: fc.constant(0),
  discount: maybe(fc.integer({ min: 0, max: 9 })),
  discountGross: sometimes(fc.integer({ min: 0, max: 9 })),
  taxRate: sometimes(fc.constantFrom(0, 20)),
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

const turned = <T>(list: readonly T[]): T[] => [...list].reverse();

/** Splits a line: half of it rounded down, and the rest. */
function halves(each: LineItem): [LineItem, LineItem] {
  const part = (of: number): [number, number] => [Math.trunc(of / 2), of - Math.trunc(of / 2)];
  const [quantity, net, tax] = [part(each.quantity), part(each.totals.net), part(each.totals.tax)];
  const half = (index: 0 | 1): LineItem => ({
    ...each,
    quantity: quantity[index],
    totals: { ...each.totals, net: net[index], tax: tax[index], gross: net[index] + tax[index] },
  });
  return [half(0), half(1)];
}

const onLine =
  (change: (line: LineItem) => LineItem[]) =>
  ({ packages, ...rest }: Purchase, at: number): Purchase => ({
    ...rest,
    packages: packages.map((each, index) => ({
      ...each,
      items: each.items.flatMap((item, place) => ((index + place) % 3 === at % 3 ? change(item) : [item])),
    })),
  });

/** Single edits that senders make; `at` selects the place. */
const EDITS: Record<string, (purchase: Purchase, at: number) => Purchase> = {
  turnOver: (p) => ({ ...p, packages: turned(p.packages).map((each) => ({ ...each, items: turned(each.items) })) }),
  moveAll: ({ packages, ...rest }, at) => {
    const type = PACKAGE_TYPES[at % PACKAGE_TYPES.length] ?? 'shipment';
    const [first, ...others] = packages;
    return first === undefined
      ? { ...rest, packages }
      : { ...rest, packages: [...others, { ...first, identifiers: {}, type }] };
  },
  moveHalf: ({ packages, ...rest }, at) => {
    const [first, ...others] = packages;
    if (first === undefined) return { ...rest, packages };
    const split = first.items.filter(({ quantity }) => quantity > 1).map(halves);
    const kept = first.items.filter(({ quantity }) => quantity === 1);
    const type = PACKAGE_TYPES[at % PACKAGE_TYPES.length] ?? 'refund';
    const moved = { ...first, type, identifiers: {}, items: split.map(([, half]) => half) };
    return { ...rest, packages: [{ ...first, items: [...kept, ...split.map(([half]) => half)] }, ...others, moved] };
  },
  joinPackages: ({ packages, ...rest }) => {
    const [first, second, ...others] = packages;
    if (first === undefined || second === undefined) return { ...rest, packages };
    return { ...rest, packages: [{ ...first, items: [...second.items, ...first.items] }, ...others] };
  },
  splitLines: onLine((item) => (item.quantity > 1 ? halves(item) : [item])),
  twinLines: onLine((item) => [item, item]),
  dropLines: onLine(() => []),
  raiseQuantity: onLine((item) => [{ ...item, quantity: item.quantity + 1 }]),
  reprice: onLine((item) => [
    { ...item, totals: { ...item.totals, net: item.totals.net + 1, gross: item.totals.gross + 1 } },
  ]),
  rename: onLine((item) => [{ ...item, details: { ...item.details, nameParent: 'Renamed' } }]),
  giveSku: onLine((item) => [{ ...item, details: { ...item.details, sku: 'A' } }]),
  takeIdentifiers: onLine(({ details: { sku: _s, platform: _p, internal: _i, ...details }, ...item }) => [
    { ...item, details },
  ]),
  empty: ({ packages, ...rest }) => ({ ...rest, packages: packages.map((each) => ({ ...each, items: [] })) }),
  removeAll: (p) => ({ ...p, packages: [] }),
  addTwinPackages: ({ packages, ...rest }) => ({ ...rest, packages: [...packages, ...packages] }),
  ship: ({ packages, ...rest }, at) => ({
    ...rest,
    packages: packages.map((each) => ({
      ...each,
      dates: { ...each.dates, shippedAt: `2026-02-0${(at % 8) + 1}T00:00:00.000Z` },
    })),
  }),
};

/** Maximum number of lines of a purchase in a chain; duplicating edits grow it exponentially. */
const MOST_LINES = 200;

export interface Edited {
  /** The edits made, for the report of a counterexample. */
  done: readonly string[];
  states: readonly Purchase[];
}

/** A purchase and its states after each edit; sometimes an edit replaces the whole purchase. */
export const arbitraryChain: fc.Arbitrary<Edited> = fc
  .tuple(
    arbitraryPurchase,
    fc.array(
      fc.oneof(
        { weight: 9, arbitrary: fc.tuple(fc.constantFrom(...Object.keys(EDITS)), fc.nat(20)) },
        { weight: 1, arbitrary: arbitraryPurchase },
      ),
      { minLength: 1, maxLength: 8 },
    ),
  )
  .map(([first, edits]) => {
    const states = [first];
    const done: string[] = [];
    for (const edit of edits) {
      const last = states.at(-1) ?? first;
      const next = Array.isArray(edit) ? (EDITS[edit[0]]?.(last, edit[1]) ?? last) : edit;
      if (next.packages.reduce((sum, { items }) => sum + items.length, 0) > MOST_LINES) continue;
      states.push(next);
      done.push(Array.isArray(edit) ? `${edit[0]} ${edit[1]}` : 'another purchase');
    }
    return { done, states };
  });

/** Two purchases: unrelated, or one after a few edits of the other. */
export const arbitraryPair: fc.Arbitrary<readonly [before: Purchase, after: Purchase]> = fc.oneof(
  fc.tuple(arbitraryPurchase, arbitraryPurchase),
  arbitraryChain.map(({ states }) => [states[0], states.at(-1)] as [Purchase, Purchase]),
);
