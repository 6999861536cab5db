import { line, pack, type PackageParts } from '../../../../test/builders';
import type { PurchaseEvent } from '../events';
import { diffPackages } from './packages';
import type { KeyedPackage, LineItem, Package, PackageDates, PackageType, Tracking } from '../purchase';

const day = (number: number): string => `2026-02-0${number}T10:00:00.000Z`;
const of =
  (type: PackageType) =>
  (items: LineItem[], more?: PackageParts): Package =>
    pack(type, items, more);
const [processing, shipment, refund] = [of('processing'), of('shipment'), of('refund')];
const mugs = (quantity: number): LineItem[] => [line('Mug', quantity)];
const cups = (quantity: number): LineItem[] => [line('Cup', quantity)];

/** The events from stored packages 1, 2 … with lines 1, 2 … to sent ones. */
function eventsBetween(before: readonly Package[], after: readonly Package[]): PurchaseEvent[] {
  let nextLineKey = 1;
  const packages = before.map((each, index): KeyedPackage => ({
    ...each,
    key: index + 1,
    items: each.items.map((item) => ({ ...item, key: nextLineKey++ })),
  }));
  return diffPackages({ packages, nextPackageKey: before.length + 1, nextLineKey }, after);
}

const typesBetween = (before: readonly Package[], after: readonly Package[]): string[] =>
  eventsBetween(before, after).map(({ type }) => type);

describe('added packages', () => {
  /** The names of the added packages, in the order of their keys. */
  const added = (after: readonly Package[], before: readonly Package[] = []): (string | undefined)[] =>
    eventsBetween(before, after).flatMap(({ type, data }) =>
      type === 'PackageAdded' ? [data.package.identifiers.internal] : [],
    );
  const named = (internal: string, type: PackageType, dates: PackageDates = {}, visible?: string): Package =>
    pack(type, [line(internal, 1)], { identifiers: { internal, visible }, dates });

  it.each<[string, Package[], string[]]>([
    [
      'types in business order',
      [named('c', 'refund'), named('b', 'shipment'), named('a', 'processing')],
      ['a', 'b', 'c'],
    ],
    [
      'type, in the order of their dates, without a date first',
      [
        named('b', 'shipment', { shippedAt: day(3) }),
        named('d', 'shipment', { cancelledAt: day(1) }),
        named('e', 'shipment'),
        named('c', 'shipment', { refundedAt: day(2) }),
        named('a', 'shipment', { createdAt: day(4) }),
      ],
      ['e', 'd', 'c', 'b', 'a'],
    ],
    [
      'type, by the shipping date rather than others',
      [
        named('b', 'shipment', { shippedAt: day(3), cancelledAt: day(1), refundedAt: day(1), createdAt: day(1) }),
        named('a', 'shipment', { shippedAt: day(2), cancelledAt: day(9), refundedAt: day(9), createdAt: day(9) }),
      ],
      ['a', 'b'],
    ],
    [
      'type, by the date of a cancellation or refund rather than that of creation',
      [
        named('c', 'cancelled', { cancelledAt: day(3), refundedAt: day(1), createdAt: day(1) }),
        named('b', 'cancelled', { refundedAt: day(2), createdAt: day(1) }),
        named('a', 'cancelled', { createdAt: day(1) }),
      ],
      ['a', 'b', 'c'],
    ],
    [
      'date, by their names, shorter ones and those without one first',
      [
        named('c', 'shipment', {}, 'S-10'),
        named('b', 'shipment', {}, 'S-2'),
        shipment(mugs(1)),
        named('a', 'shipment', {}, 'S-1'),
      ],
      [undefined, 'a', 'b', 'c'] as string[],
    ],
  ])('have keys in the order of their %s', (_, after, expected) => {
    expect(added(after)).toEqual(expected);
    expect(added(after.toReversed())).toEqual(expected);
    const stored = [pack('cancelled', [line('Tea', 1)], { name: 'T' })];
    expect(added([...after, ...stored], stored)).toEqual(expected);
  });

  it('have keys in the order of their content if all else is equal', () => {
    const after = [shipment(cups(1)), shipment(mugs(1))];
    expect(eventsBetween([], after)).toEqual(eventsBetween([], after.toReversed()));
  });
});

describe('tracking entries', () => {
  const trackings = (before: readonly Tracking[], after: readonly Tracking[]): unknown[] =>
    eventsBetween([shipment(mugs(1), { trackings: before })], [shipment(mugs(1), { trackings: after })]).map(
      ({ type, data }) =>
        type === 'TrackingChanged'
          ? [before.indexOf(data.before), after.indexOf(data.after)]
          : type === 'TrackingAdded'
            ? ['added', after.indexOf(data.tracking)]
            : type === 'TrackingRemoved'
              ? ['removed', before.indexOf(data.tracking)]
              : [type],
    );
  const [one, two] = [{ trackingNumber: '1' }, { trackingNumber: '2' }];
  const [dhl, ups] = [{ carrier: 'DHL' }, { carrier: 'UPS' }];
  const [url1, url2] = [{ trackingUrl: 'https://x/1' }, { trackingUrl: 'https://x/2' }];

  it.each<[string, Tracking[], Tracking[]]>([
    [
      'number and carrier before the number',
      [
        { ...one, ...dhl },
        { ...one, ...ups },
      ],
      [
        { ...one, ...dhl, ...url2 },
        { ...one, ...ups, ...url1 },
      ],
    ],
    [
      'number before the URL',
      [
        { ...one, ...url1 },
        { ...two, ...url2 },
      ],
      [
        { ...one, ...url2 },
        { ...two, ...url1 },
      ],
    ],
    [
      'URL before the carrier id',
      [
        { ...url1, carrierId: 'a' },
        { ...url2, carrierId: 'b' },
      ],
      [
        { ...url1, carrierId: 'b' },
        { ...url2, carrierId: 'a' },
      ],
    ],
    [
      'URL before the carrier',
      [
        { ...url1, ...dhl },
        { ...url2, ...ups },
      ],
      [
        { ...url1, ...ups },
        { ...url2, ...dhl },
      ],
    ],
    [
      'carrier id before the carrier',
      [
        { carrierId: 'a', ...dhl },
        { carrierId: 'b', ...ups },
      ],
      [
        { carrierId: 'a', ...ups },
        { carrierId: 'b', ...dhl },
      ],
    ],
    [
      'carrier before any',
      [
        { ...one, ...dhl },
        { ...two, ...ups },
      ],
      [
        { trackingNumber: '9', ...dhl },
        { trackingNumber: '0', ...ups },
      ],
    ],
  ])('are paired by the %s', (_, before, after) => {
    const pairs = [
      [0, 0],
      [1, 1],
    ];
    expect(trackings(before, after).sort()).toEqual(pairs);
    expect(trackings(before, after.toReversed()).sort()).toEqual([
      [0, 1],
      [1, 0],
    ]);
  });

  it('are paired in any case, the others are added or removed', () => {
    expect(trackings([one], [two])).toEqual([[0, 0]]);
    expect(trackings([one], [two, one])).toEqual([['added', 0]]);
    expect(trackings([one, two], [two])).toEqual([['removed', 0]]);
    const ofOneNumber = [dhl, ups].map((each) => ({ ...one, ...each }));
    expect(trackings(ofOneNumber, [{ ...one, ...ups, ...url1 }])).toEqual([
      [1, 0],
      ['removed', 0],
    ]);
    expect(trackings([one, two], [two, one])).toEqual([]);
  });

  it('without anything in common are paired in the order of their content', () => {
    const [before, after] = [
      [one, url1],
      [two, dhl],
    ];
    const told = (was: Tracking[], is: Tracking[]): PurchaseEvent[] =>
      eventsBetween([shipment(mugs(1), { trackings: was })], [shipment(mugs(1), { trackings: is })]);
    expect(told(before, after)).toHaveLength(2);
    expect(told(before, after.toReversed())).toEqual(told(before, after));
    expect(told(before.toReversed(), after)).toEqual(told(before, after));
  });
});

describe('milestones', () => {
  const milestones = (before: PackageDates, after: PackageDates): unknown[] =>
    eventsBetween(
      [shipment(mugs(1), { name: 'S-1', dates: before })],
      [shipment(mugs(1), { name: 'S-1', dates: after })],
    ).map(({ type, data }) => [type, Object.fromEntries(Object.entries(data).filter(([key]) => key !== 'package'))]);

  it('are reached, corrected or withdrawn', () => {
    const shippedAt = day(1);
    expect(milestones({}, { shippedAt })).toEqual([['PackageShipped', { at: shippedAt }]]);
    expect(milestones({ shippedAt }, { shippedAt: day(2) })).toEqual([
      ['PackageMilestoneCorrected', { milestone: 'shippedAt', before: shippedAt, after: day(2) }],
    ]);
    expect(milestones({ shippedAt }, {})).toEqual([
      ['PackageMilestoneWithdrawn', { milestone: 'shippedAt', before: shippedAt }],
    ]);
    expect(milestones({ shippedAt }, { shippedAt })).toEqual([]);
  });

  it('are told by date, after what was corrected and withdrawn', () => {
    const before = { deliveredAt: day(9), cancelledAt: day(8) };
    const after = { shippedAt: day(5), refundedAt: day(3), cancelledAt: day(9) };
    expect(milestones(before, after)).toEqual([
      ['PackageMilestoneWithdrawn', { milestone: 'deliveredAt', before: day(9) }],
      ['PackageMilestoneCorrected', { milestone: 'cancelledAt', before: day(8), after: day(9) }],
      ['PackageRefunded', { at: day(3) }],
      ['PackageShipped', { at: day(5) }],
    ]);
  });

  it('of one time are told in the order of their kinds and packages', () => {
    const all = { cancelledAt: day(1), refundedAt: day(1), deliveredAt: day(1), shippedAt: day(1) };
    expect(milestones({}, all).map((each) => (each as [string])[0])).toEqual([
      'PackageShipped',
      'PackageDelivered',
      'PackageRefunded',
      'PackageCancelled',
    ]);
  });

  it('are not withdrawn in order to save a move', () => {
    const dates = { shippedAt: day(1), deliveredAt: day(2) };
    const before = [shipment(mugs(1), { dates }), shipment([...mugs(1), ...cups(1)])];
    const after = [shipment([...mugs(1), ...cups(1)], { dates }), shipment(mugs(1))];
    expect(typesBetween(before, after)).toEqual(['ItemsMovedToShipment']);
  });
});

describe('a pending package', () => {
  const items = (quantity: number): LineItem[] => ['A', 'B', 'C', 'D'].map((sku) => line(sku, quantity));

  it('stays the same whatever changes in it', () => {
    const [change, changes] = ['ItemQuantityChanged', Array<string>(4).fill('ItemQuantityChanged')];
    expect(typesBetween([processing(items(5))], [processing(items(6))])).toEqual(changes);
    expect(typesBetween([processing(items(6))], [processing(items(5))])).toEqual(changes);
    expect(typesBetween([processing(items(5)), refund(cups(1))], [processing(items(6)), refund(cups(2))])).toEqual([
      ...changes,
      change,
    ]);
  });

  it.each<PackageType>(['shipment', 'cancelled', 'refund'])(
    'a %s stays the same too, if it keeps its milestones and most of its articles',
    (type) => {
      const changes = Array<string>(4).fill('ItemQuantityChanged');
      const [was, is] = [pack(type, items(6)), pack(type, items(2))];
      expect(typesBetween([was], [is])).toEqual(changes);
      expect(typesBetween([is], [was])).toEqual(changes);
      expect(typesBetween([was], [pack(type, items(2).slice(1))])).toEqual([...changes.slice(1), 'ItemsRemoved']);
      expect(typesBetween([was], [pack(type, items(2).slice(2))])).toContain('PackageRemoved');
    },
  );

  it('unlike a shipment, is not replaced if all of its items leave it', () => {
    const others = [...mugs(1), ...cups(9)];
    expect(typesBetween([shipment(mugs(5))], [shipment(others), refund(mugs(5))])).toEqual([
      'PackageAdded',
      'ItemsMovedToRefund',
    ]);
    expect(typesBetween([processing(mugs(5))], [processing(others), shipment(mugs(5))])).toEqual([
      'ItemsAdded',
      'ItemQuantityChanged',
      'ItemsMovedToShipment',
    ]);
  });

  it('is another one if it got an identifier and all of its items were shipped', () => {
    const after = [shipment(mugs(5)), processing(cups(3), { name: 'P-2' })];
    expect(typesBetween([processing(mugs(5))], after)).toEqual(['PackageAdded', 'ItemsMovedToShipment']);
  });
});
