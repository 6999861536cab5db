import { line, pack, type PackageParts } from '../../../../test/builders';
import type { PackageChange } from './open-lines';
import { typesIn } from './package-types';
import type { KeyedPackage, LineItem, Package, PackageType } from '../purchase';
import { replacementsIn } from './replacements';

const [morning, evening, tuesday] = [
  '2026-02-02T08:00:00.000Z',
  '2026-02-02T20:00:00.000Z',
  '2026-02-03T08:00:00.000Z',
];
const [mug, cup] = [line('Mug', 1), line('Cup', 1)];
const stored = (each: Package): KeyedPackage => ({
  ...each,
  key: 1,
  items: each.items.map((item, index) => ({ ...item, key: index + 1 })),
});

describe('the replacements of refunded units', () => {
  const shipped = (items: LineItem[], shippedAt?: string): Package =>
    pack('shipment', items, shippedAt === undefined ? {} : { dates: { shippedAt } });
  const refunded = (items: LineItem[], refundedAt?: string): Package =>
    pack('refund', items, refundedAt === undefined ? {} : { dates: { refundedAt } });
  /** The positions of the replacements among new packages. */
  const replacementsOf = (...after: Package[]): number[] =>
    [...replacementsIn(after.map((each, key): PackageChange => ({ key, after: each })))].sort();

  it('are new shipments of the day of new refunds that contain all of their units', () => {
    expect(replacementsOf(shipped([mug], morning), refunded([mug], evening))).toEqual([0]);
    expect(replacementsOf(shipped([mug], morning), refunded([mug, cup], evening))).toEqual([0]);
    expect(replacementsOf(shipped([mug, cup], morning), refunded([mug], evening))).toEqual([]);
    expect(replacementsOf(shipped([line('Mug', 2)], morning), refunded([mug], evening))).toEqual([]);
    expect(replacementsOf(shipped([mug, cup], morning), refunded([mug], evening), refunded([cup], morning))).toEqual([
      0,
    ]);
    expect(replacementsOf(shipped([mug], morning), refunded([mug], tuesday))).toEqual([]);
    expect(replacementsOf(shipped([mug], morning), shipped([mug], tuesday), refunded([mug], tuesday))).toEqual([1]);
  });

  it('are new shipments without a date with the content of a new refund without a date, in any order and at any price', () => {
    const dearMug = line('Mug', 1, 999);
    expect(replacementsOf(shipped([mug, cup]), refunded([cup, dearMug]))).toEqual([0]);
    expect(replacementsOf(shipped([cup, mug]), refunded([mug, cup]))).toEqual([0]);
    expect(replacementsOf(shipped([mug]), refunded([mug, cup]))).toEqual([]);
    expect(replacementsOf(shipped([mug]), refunded([mug], morning))).toEqual([]);
  });

  it('are the last of the shipments for which there are enough refunded units', () => {
    expect(replacementsOf(shipped([mug]), shipped([mug]), refunded([mug]))).toEqual([1]);
    expect(replacementsOf(shipped([mug]), shipped([mug]), refunded([mug]), refunded([mug]))).toEqual([0, 1]);
    expect(replacementsOf(shipped([mug], morning), shipped([mug], evening), refunded([mug], morning))).toEqual([1]);
  });

  it('have units, and are in the sent purchase only', () => {
    expect(replacementsOf(shipped([]), refunded([]))).toEqual([]);
    const [sent, back] = [shipped([mug], morning), refunded([mug], morning)];
    expect([
      ...replacementsIn([
        { key: 1, before: stored(sent), after: sent },
        { key: 2, after: back },
      ]),
    ]).toEqual([]);
    expect([
      ...replacementsIn([
        { key: 1, after: sent },
        { key: 2, before: stored(back), after: back },
      ]),
    ]).toEqual([]);
    expect([
      ...replacementsIn([
        { key: 1, before: stored(sent) },
        { key: 2, after: back },
      ]),
    ]).toEqual([]);
  });
});

describe('what the cost of the routes of a package depends on', () => {
  const of = (type: PackageType, more: PackageParts = {}): Package => pack(type, [mug], more);
  const typesOf = (before?: Package, after?: Package) =>
    typesIn([{ key: 1, ...(before && { before: stored(before) }), ...(after && { after }) }])(1);

  it('are its stored and its sent type, and the time of shipping or refunding', () => {
    expect(typesOf(of('processing'), of('shipment', { dates: { shippedAt: morning } }))).toEqual({
      before: 'processing',
      after: 'shipment',
      isInSent: true,
      isNew: false,
      completedAt: morning,
    });
    expect(typesOf(of('refund', { dates: { refundedAt: morning } }))).toEqual({
      before: 'refund',
      after: 'refund',
      isInSent: false,
      isNew: false,
      completedAt: morning,
    });
    expect(typesOf(undefined, of('on_hold'))).toEqual({
      before: 'on_hold',
      after: 'on_hold',
      isInSent: true,
      isNew: true,
    });
    const changed = typesOf(
      of('shipment', { dates: { shippedAt: morning } }),
      of('shipment', { dates: { shippedAt: tuesday } }),
    );
    expect(changed.completedAt).toBe(tuesday);
  });

  it('is whether it replaces refunded units', () => {
    const typesOfAll = typesIn([
      { key: 1, after: of('shipment') },
      { key: 2, after: of('refund') },
    ]);
    expect([typesOfAll(1).isReplacement, typesOfAll(2).isReplacement]).toEqual([true, undefined]);
  });
});
