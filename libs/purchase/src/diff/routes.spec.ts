import { line } from '../../../../test/builders';
import type { ItemsMoved, PackageRef, PurchaseEvent } from '../events';
import { PACKAGE_TYPES, type KeyedLine, type LineAmounts, type PackageType } from '../purchase';
import {
  additionCost,
  costOfEvents,
  EVENT_COST,
  IMPLAUSIBLE_COST,
  isBeforeTypeChange,
  isInEventOrder,
  isOptionalRoute,
  ITEM_COST,
  type PackageTypes,
  removalCost,
  routeCost,
} from './routes';

const of = (type: PackageType, more: Partial<PackageTypes> = {}): PackageTypes => ({
  before: type,
  after: type,
  ...more,
});
const becoming = (before: PackageType, after: PackageType): PackageTypes => ({ before, after });
const [monday, tuesday] = ['2026-02-02T10:00:00.000Z', '2026-02-03T10:00:00.000Z'];

describe('a route', () => {
  it('is implausible between packages whose goods do not move from one to the other', () => {
    const implausible = PACKAGE_TYPES.flatMap((from) =>
      PACKAGE_TYPES.filter((to) => isOptionalRoute(of(from), of(to))).map((to) => `${from} to ${to}`),
    );
    expect(implausible).toEqual([
      'incoming to refund',
      'processing to refund',
      'on_hold to refund',
      'shipment to incoming',
      'shipment to processing',
      'shipment to on_hold',
      'shipment to cancelled',
      'refund to cancelled',
      'cancelled to refund',
    ]);
  });

  it.each([
    ['processing', 'shipment', 'incoming', 'shipment'],
    ['incoming', 'processing', 'incoming', 'shipment'],
    ['on_hold', 'cancelled', 'on_hold', 'shipment'],
    ['shipment', 'refund', 'shipment', 'shipment'],
    ['cancelled', 'processing', 'cancelled', 'shipment'],
    ['refund', 'shipment', 'refund', 'processing'],
  ] as const)('from %s to %s is more plausible than from %s to %s', (from, to, from2, to2) => {
    expect(routeCost(of(from), of(to))).toBeLessThan(routeCost(of(from2), of(to2)));
  });

  it('is as plausible as it was before or is after its packages changed their types', () => {
    expect(routeCost(becoming('processing', 'shipment'), of('refund'))).toBe(0);
    expect(routeCost(becoming('processing', 'shipment'), of('cancelled'))).toBe(0);
  });

  it('to a refund is implausible if the refund is dated before the shipment', () => {
    const [early, late] = [{ completedAt: monday }, { completedAt: tuesday }];
    const refundOf = (shipment: Partial<PackageTypes>, refund: Partial<PackageTypes>): number =>
      routeCost(of('shipment', shipment), of('refund', refund));
    expect(refundOf(late, early)).toBe(IMPLAUSIBLE_COST);
    expect(refundOf(early, late)).toBe(0);
    expect(refundOf(early, early)).toBe(0);
    expect(refundOf(late, {})).toBe(0);
    expect(refundOf({}, early)).toBe(0);
    expect(routeCost(of('processing', late), of('shipment', early))).toBe(0);
    expect(routeCost(of('shipment', late), of('shipment', early))).toBeLessThan(IMPLAUSIBLE_COST);
  });

  it('from a pending package to a replacement costs more and may be left out: its units are new', () => {
    const replacement = of('shipment', { isReplacement: true });
    expect(routeCost(of('processing'), replacement)).toBeGreaterThan(routeCost(of('processing'), of('shipment')));
    expect(isOptionalRoute(of('processing'), replacement)).toBe(true);
    expect(routeCost(of('shipment'), replacement)).toBe(routeCost(of('shipment'), of('shipment')));
    expect(isOptionalRoute(of('shipment'), replacement)).toBe(false);
    expect(isOptionalRoute(of('processing'), of('shipment'))).toBe(false);
  });
});

describe('added and removed units', () => {
  it('are added to pending packages rather than to shipments, and to these rather than to refunds', () => {
    const cost = (type: PackageType): number => additionCost(of(type));
    expect(cost('processing')).toBe(0);
    expect(cost('incoming')).toBeLessThan(cost('on_hold'));
    expect(cost('on_hold')).toBeLessThan(cost('shipment'));
    expect([cost('cancelled'), cost('refund')]).toEqual([IMPLAUSIBLE_COST, IMPLAUSIBLE_COST]);
    expect(additionCost(becoming('processing', 'shipment'))).toBe(0);
    expect(additionCost(becoming('on_hold', 'processing'))).toBe(0);
  });

  it('are added to a replacement as plausibly as to an order', () => {
    expect(additionCost(of('shipment', { isReplacement: true }))).toBe(0);
  });

  it('are removed from pending packages rather than from cancellations, refunds and shipments', () => {
    const cost = (type: PackageType): number => removalCost(of(type));
    expect([cost('incoming'), cost('processing')]).toEqual([0, 0]);
    expect(cost('on_hold')).toBeLessThan(cost('cancelled'));
    expect(cost('cancelled')).toBeLessThan(cost('refund'));
    expect(cost('refund')).toBeLessThan(cost('shipment'));
    expect(removalCost(becoming('processing', 'shipment'))).toBe(0);
    expect(removalCost(becoming('on_hold', 'processing'))).toBe(0);
  });
});

describe('the order of the events', () => {
  const shipped = becoming('processing', 'shipment');

  it('cancelled units leave a package before it becomes a shipment, refunded ones afterwards', () => {
    expect(isBeforeTypeChange(shipped, of('cancelled'))).toBe(true);
    expect(isBeforeTypeChange(shipped, of('refund'))).toBe(false);
    expect(isBeforeTypeChange(of('processing'), of('shipment'))).toBe(true);
  });

  it('units enter a package before they leave it for a later type of the business process', () => {
    expect(isInEventOrder(of('processing'), of('shipment'), of('refund'))).toBe(true);
    expect(isInEventOrder(of('processing'), of('refund'), of('shipment'))).toBe(false);
    expect(isInEventOrder(of('processing'), of('shipment'), of('shipment'))).toBe(false);
  });

  it('a move before a type change precedes one after it', () => {
    expect(isInEventOrder(of('on_hold'), shipped, of('refund'))).toBe(true);
    expect(isInEventOrder(of('shipment'), shipped, of('cancelled'))).toBe(false);
  });

  it('moves on one side of a type change are in the order of the types on that side', () => {
    // A refund becomes a shipment: units are shipped in it and then refunded.
    expect(isInEventOrder(of('processing'), becoming('refund', 'shipment'), of('refund'))).toBe(true);
    // A shipment becomes a refund: units are shipped in it and refunded before that.
    expect(isInEventOrder(of('processing'), becoming('shipment', 'refund'), of('refund'))).toBe(true);
  });
});

describe('the cost of an event list', () => {
  const at = monday;
  const ref = (type: PackageType, key = 1): PackageRef => ({ key, type });
  const mug = { key: 1, name: 'Mug' };
  const amounts = (quantity: number, gross: number): LineAmounts => ({
    quantity,
    totals: { net: gross, tax: 0, gross },
  });
  const keyed = (key: number): KeyedLine => ({ ...line('Mug', 1), key });
  const item = (before = amounts(2, 200), after = amounts(2, 200)): ItemsMoved['items'][number] => ({
    quantity: 2,
    from: { line: mug, before },
    to: { line: mug, after },
  });
  const moveTo = (to: PackageType, items = [item()], from: PackageType = 'cancelled'): ItemsMoved => ({
    from: ref(from),
    to: ref(to, 2),
    items,
  });
  const cost = (...events: PurchaseEvent[]): number => costOfEvents(events);

  it.each([
    ['ItemsMovedToIncoming', 'incoming'],
    ['ItemsMovedToProcessing', 'processing'],
    ['ItemsMovedToOnHold', 'on_hold'],
    ['ItemsMovedToShipment', 'shipment'],
    ['ItemsMovedToRefund', 'refund'],
    ['ItemsMovedToCancelled', 'cancelled'],
  ] as const)('%s costs one event, its items and its implausibility', (type, to) => {
    const route = routeCost(of('cancelled'), of(to));
    expect(route).toBeGreaterThan(0);
    expect(cost({ type, data: moveTo(to) })).toBe(EVENT_COST + route + ITEM_COST);
    expect(cost({ type, data: moveTo(to, [item(), item()]) })).toBe(EVENT_COST + route + 2 * ITEM_COST);
  });

  it('a move that changes a price or details costs more, but not if the amounts are only rounded', () => {
    const shipping = (items: ItemsMoved['items']): number =>
      cost({ type: 'ItemsMovedToShipment', data: moveTo('shipment', [...items], 'processing') });
    const plain = shipping([item()]);
    expect(shipping([item(amounts(2, 200), amounts(2, 204))])).toBe(plain);
    expect(shipping([item(amounts(2, 200), amounts(2, 196))])).toBe(plain);
    expect(shipping([item(amounts(3, 300), amounts(1, 100))])).toBe(plain);
    const repriced = shipping([item(amounts(2, 200), amounts(2, 206))]);
    expect(repriced).toBeGreaterThan(plain);
    expect(shipping([item(amounts(2, 200), amounts(2, 194))])).toBe(repriced);
    expect(shipping([item(amounts(4, 400), amounts(2, 400))])).toBe(repriced);
    const described = item();
    const { details } = keyed(1);
    expect(shipping([{ ...described, to: { ...described.to, details } }])).toBeGreaterThan(repriced);
  });

  it('a move of pending units to a replacement costs more', () => {
    const data = moveTo('shipment', [item()], 'processing');
    const events: PurchaseEvent[] = [{ type: 'ItemsMovedToShipment', data }];
    expect(costOfEvents(events, { isReplacement: (key) => key === 2 })).toBeGreaterThan(
      costOfEvents(events, { isReplacement: (key) => key === 1 }),
    );
    expect(costOfEvents(events, { isReplacement: (key) => key === 1 })).toBe(costOfEvents(events));
  });

  it('added and removed lines cost one event and the implausibility of each', () => {
    const items = [keyed(1), keyed(2)];
    const whole = (type: PackageType) => ({
      package: { key: 1, type, identifiers: {}, dates: {}, trackings: [], accountingFiles: [], items },
    });
    const adding = EVENT_COST + 2 * (ITEM_COST + additionCost(of('shipment')));
    expect(cost({ type: 'PackageAdded', data: whole('shipment') })).toBe(adding);
    expect(cost({ type: 'ItemsAdded', data: { package: ref('shipment'), items } })).toBe(adding);
    const removing = EVENT_COST + 2 * (ITEM_COST + removalCost(of('shipment')));
    expect(cost({ type: 'PackageRemoved', data: whole('shipment') })).toBe(removing);
    expect(cost({ type: 'ItemsRemoved', data: { package: ref('shipment'), items } })).toBe(removing);
    const added: PurchaseEvent[] = [{ type: 'PackageAdded', data: whole('shipment') }];
    expect(costOfEvents(added, { isReplacement: (key) => key === 1 })).toBe(EVENT_COST + 2 * ITEM_COST);
  });

  it('a changed quantity costs what its added or removed units cost', () => {
    const quantity = (before: LineAmounts, after: LineAmounts): number =>
      cost({ type: 'ItemQuantityChanged', data: { package: ref('refund'), line: mug, before, after } });
    expect(quantity(amounts(1, 1), amounts(2, 2))).toBe(EVENT_COST + ITEM_COST + additionCost(of('refund')));
    expect(quantity(amounts(2, 2), amounts(1, 1))).toBe(EVENT_COST + ITEM_COST + removalCost(of('refund')));
  });

  it('events that move no units between packages cost less than one that does', () => {
    const { totals } = amounts(1, 1);
    const { details } = keyed(1);
    const at1 = { package: ref('processing'), line: mug };
    const minor: PurchaseEvent[] = [
      { type: 'ItemsRegrouped', data: { package: ref('processing'), items: [item()] } },
      { type: 'ItemRepriced', data: { ...at1, before: totals, after: totals } },
      { type: 'ItemDetailsChanged', data: { ...at1, before: details, after: details } },
    ];
    for (const event of minor) {
      expect(cost(event)).toBeGreaterThan(0);
      expect(cost(event)).toBeLessThan(EVENT_COST);
    }
    expect(cost(...minor)).toBe(3 * cost(...minor.slice(0, 1)));
  });

  it('milestones and the dates of the sender cost nothing, other events of a package do', () => {
    const reached = { package: ref('shipment'), at };
    const free: PurchaseEvent[] = [
      { type: 'PackageShipped', data: reached },
      { type: 'PackageDelivered', data: reached },
      { type: 'PackageRefunded', data: reached },
      { type: 'PackageCancelled', data: reached },
      { type: 'PackageDatesChanged', data: { package: ref('shipment'), before: {}, after: {} } },
    ];
    for (const event of free) expect(cost(event)).toBe(0);
    expect(cost({ type: 'PackageIdentifiersChanged', data: { package: ref('shipment'), before: {}, after: {} } })).toBe(
      EVENT_COST,
    );
  });
});
