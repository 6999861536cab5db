import { line, orderOf, pack } from '../../../../test/builders';
import { diff } from './diff';
import type { MovedItem, PurchaseEvent } from '../events';
import { evolveAll } from '../evolve';
import { diffItems } from './items';
import type { PackageChange } from './open-lines';
import type { LineItem, Package, PackageType } from '../purchase';
import { initialState } from '../state';

type Side = readonly [PackageType, ...LineItem[]];

/** Packages 1, 2 …; the stored lines of package 1 have the keys 10, 11 …, those of package 2 the keys 20 … */
const stepsOf = (
  packages: readonly (readonly [before: Side | undefined, after: Side | undefined])[],
): PackageChange[] =>
  packages.map(([before, after], index) => {
    const key = index + 1;
    const packed = ([type, ...items]: Side): Package => pack(type, items);
    const was = before && packed(before);
    return {
      key,
      before: was && { ...was, key, items: was.items.map((each, at) => ({ ...each, key: 10 * key + at })) },
      after: after && packed(after),
    };
  });

const HEADER: PurchaseEvent = {
  type: 'PackageDatesChanged',
  data: { package: { key: 9, type: 'processing' }, before: {}, after: {} },
};

function eventsOf(...packages: Parameters<typeof stepsOf>[0]): readonly PurchaseEvent[] {
  return diffItems(stepsOf(packages), 100, { headers: [HEADER] }).events;
}

/** The events as text, with the type of their package when they happen; the header changes are told as `headers`. */
const told = (...packages: Parameters<typeof stepsOf>[0]): string[] =>
  eventsOf(...packages).map((event) => {
    if (event === HEADER) return 'headers';
    const { type, data } = event;
    return 'from' in data
      ? `${type} from ${data.from.type}`
      : 'package' in data
        ? `${type} in ${data.package?.type ?? ''}`
        : type;
  });

const movedItems = (...packages: Parameters<typeof stepsOf>[0]): readonly MovedItem[] =>
  eventsOf(...packages).flatMap(({ data }) => ('from' in data ? data.items : []));

const mug = (quantity: number, price?: number): LineItem => line('Mug', quantity, price);
const cup = (quantity: number): LineItem => line('Cup', quantity);

describe('the items of a package that changes its type', () => {
  it.each<[string, LineItem[], LineItem[], string[]]>([
    ['changed', [mug(5)], [mug(6)], ['ItemQuantityChanged']],
    ['repriced', [mug(5)], [mug(5, 90)], ['ItemRepriced']],
    ['regrouped', [mug(2), mug(3)], [mug(5)], ['ItemsRegrouped']],
    ['removed', [mug(2), cup(3)], [mug(2)], ['ItemsRemoved']],
    ['added', [mug(2)], [mug(2), cup(3)], ['ItemsAdded']],
  ])('are %s before that', (_, before, after, types) => {
    const processing = types.map((type) => `${type} in processing`);
    expect(
      told([
        ['processing', ...before],
        ['shipment', ...after],
      ]),
    ).toEqual([...processing, 'headers']);
  });

  it('are changed afterwards if units move after it', () => {
    const before: Side = ['processing', mug(5), cup(4), line('Tea', 1), line('Tea', 2), line('Pot', 1)];
    const after: Side = ['shipment', mug(3), cup(5), line('Tea', 3)];
    expect(told([before, after], [undefined, ['refund', mug(2)]])).toEqual([
      'headers',
      'ItemsMovedToRefund from shipment',
      'ItemsRegrouped in shipment',
      'ItemQuantityChanged in shipment',
      'ItemsRemoved in shipment',
    ]);
  });

  it('move before it if that is as plausible', () => {
    const before: Side = ['processing', mug(5), cup(4)];
    expect(told([before, ['shipment', mug(3), cup(5)]], [undefined, ['cancelled', mug(2)]])).toEqual([
      'ItemsMovedToCancelled from processing',
      'ItemQuantityChanged in processing',
      'headers',
    ]);
  });
});

it('the items of a package that keeps its type are changed after the headers, and added before', () => {
  const before: Side = ['processing', mug(5), line('Tea', 1), line('Tea', 2), line('Pot', 1)];
  expect(told([before, ['processing', mug(6), line('Tea', 3), cup(1)]])).toEqual([
    'ItemsAdded in processing',
    'headers',
    'ItemsRegrouped in processing',
    'ItemQuantityChanged in processing',
    'ItemsRemoved in processing',
  ]);
});

describe('a move', () => {
  it('states the amounts of a line before and after, unless it is empty', () => {
    const [item] = movedItems(
      [
        ['processing', mug(5)],
        ['processing', mug(3)],
      ],
      [undefined, ['shipment', mug(2)]],
    );
    const totals = (gross: number) => ({ net: gross, tax: 0, gross });
    expect(item?.from).toStrictEqual({
      line: { key: 10, sku: 'Mug', name: 'Mug' },
      before: expect.objectContaining({ quantity: 5, totals: totals(500) }) as unknown,
      after: { quantity: 3, totals: totals(300) },
    });
    expect(item?.to).toStrictEqual({
      line: { key: 100, sku: 'Mug', name: 'Mug' },
      after: expect.objectContaining({ quantity: 2, totals: totals(200) }) as unknown,
    });
    const [whole] = movedItems([['processing', mug(5)], undefined], [undefined, ['shipment', mug(5)]]);
    expect(Object.keys(whole?.from ?? {})).toEqual(['line', 'before']);
    const [more] = movedItems(
      [['processing', mug(5)], undefined],
      [
        ['shipment', mug(1)],
        ['shipment', mug(6)],
      ],
    );
    expect(more?.to.before).toMatchObject({ quantity: 1 });
  });

  it('contains its items in the order of the stored lines, then of the sent ones', () => {
    const sent = (name: string, quantity: number): LineItem => line('Mug', quantity, 100, { nameParent: name });
    const keys = movedItems(
      [['processing', cup(1), mug(5)], undefined],
      [undefined, ['shipment', sent('a', 1), sent('b', 4), cup(1)]],
    ).map(({ from, to }) => [from.line.key, to.line.key]);
    expect(keys).toEqual([
      [10, 102],
      [11, 100],
      [11, 101],
    ]);
  });
});

describe('units that stay in their line', () => {
  it('are not regrouped, also if units of twin lines move between twin packages', () => {
    const at = '2026-02-10T08:00:00.000Z';
    const twins = (type: PackageType, quantity: number, taxRate?: number): Package[] => {
      const { totals, ...mugs } = mug(quantity, 0);
      const each = { ...mugs, totals: { ...totals, taxRate } };
      return Array.from({ length: 2 }, () => pack(type, [each, each], { identifiers: { platform: 'P-1' } }));
    };
    const stored = evolveAll(initialState, diff(undefined, orderOf(twins('incoming', 1)), { at }));
    if (stored.phase !== 'live') throw new Error(stored.phase);
    const folded = evolveAll(stored, diff(stored.purchase, orderOf(twins('cancelled', 2, 0)), { at }));
    expect(folded).toMatchObject({ purchase: { packages: twins('cancelled', 2, 0) } });
  });
});
