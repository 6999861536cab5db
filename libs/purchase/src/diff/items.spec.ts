import { line, pack } from '../../../../test/builders';
import { addPackages, diffItems } from './items';
import type { PackageChange } from './open-lines';
import type { KeyedPackage, LineItem, PackageType } from '../purchase';
import { additionCost, EVENT_COST, ITEM_COST, type PackageTypes } from './routes';

const storedPack = (key: number, type: PackageType, items: readonly LineItem[]): KeyedPackage => ({
  ...pack(type, []),
  key,
  items: items.map((each, index) => ({ ...each, key: 10 * key + index })),
});
const of = (type: PackageType): PackageTypes => ({ before: type, after: type });

describe('packages of a new purchase', () => {
  const added = [
    { key: 1, after: pack('processing', [line('Mug', 2), line('Cup', 0), line('Mug', 1)], { name: 'P-1' }) },
    { key: 2, after: pack('shipment', [line('Mug', 2)], { dates: { shippedAt: '2026-02-02T10:00:00.000Z' } }) },
    { key: 3, after: pack('cancelled', []) },
  ];

  it('are added with a key for each line, without lines of no units', () => {
    const contents = addPackages(added, 7).map(({ type, data }) =>
      type === 'PackageAdded' ? data.package.items.map(({ key, quantity }) => [key, quantity]) : [type],
    );
    expect(contents).toEqual([
      [
        [7, 2],
        [9, 1],
      ],
      [[10, 2]],
      [],
    ]);
  });

  it('have the events that a comparison with nothing gives', () => {
    expect(addPackages(added, 7)).toEqual(diffItems(added, 7).events);
  });
});

describe('item events', () => {
  it('of an added shipment cost less if it replaces refunded units', () => {
    const shipped: PackageChange = {
      key: 1,
      before: storedPack(1, 'shipment', [line('Mug', 2)]),
      after: pack('shipment', [line('Mug', 1)]),
    };
    const [refund, shipment] = [
      { key: 2, after: pack('refund', [line('Mug', 1)]) },
      { key: 3, after: pack('shipment', [line('Mug', 1)]) },
    ];
    const event = EVENT_COST + ITEM_COST;
    expect(diffItems([shipped, refund, shipment], 30).cost).toBe(2 * event);
    const other = { key: 3, after: pack('shipment', [line('Cup', 1)]) };
    expect(diffItems([shipped, refund, other], 30).cost).toBe(2 * event + additionCost(of('shipment')));
  });

  it('cost the same in any order of lines, also if a line has other prices between two events', () => {
    const split: PackageChange = {
      key: 1,
      before: storedPack(1, 'processing', [line('Mug', 188, 0)]),
      after: pack('processing', [line('Mug', 1, 8)]),
    };
    const items = [line('Mug', 185, 0), line('Mug', 2, 0, { customAttributes: [{ key: 'hue', value: 'red' }] })];
    const costOf = (lines: LineItem[]): number =>
      diffItems([split, { key: 2, after: pack('on_hold', lines) }], 30).cost;
    expect(costOf(items.toReversed())).toBe(costOf(items));
  });
});
