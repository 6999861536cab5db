import { line, pack, type PackageParts } from '../../../../test/builders';
import {
  allCandidates,
  articleOf,
  bySimilarity,
  completedAtOf,
  hasNoIdentifiers,
  haveConflictingIdentifiers,
  haveConflictingMilestones,
  haveSameMilestones,
  isPlausiblePair,
  shareAnArticle,
} from './package-similarity';
import type { KeyedPackage, LineItem, Package, PackageType } from '../purchase';

const [monday, tuesday] = ['2026-02-02T10:00:00.000Z', '2026-02-03T10:00:00.000Z'];
const of = (items: LineItem[], more?: PackageParts, type: PackageType = 'shipment'): Package => pack(type, items, more);
const stored = (each: Package, key = 1): KeyedPackage => ({
  ...each,
  key,
  items: each.items.map((item, index) => ({ ...item, key: index + 1 })),
});
const [mug, cup] = [line('Mug', 2), line('Cup', 1)];

describe('identifiers and milestones of two packages', () => {
  it('conflict if one of a kind differs; identifiers and milestones of different kinds do not', () => {
    expect(haveConflictingIdentifiers({ internal: '1', visible: 'a' }, { internal: '2', visible: 'a' })).toBe(true);
    expect(haveConflictingIdentifiers({ internal: '1' }, { internal: '1' })).toBe(false);
    expect(haveConflictingIdentifiers({ internal: '1' }, { visible: '2' })).toBe(false);
    expect(haveConflictingMilestones({ shippedAt: monday }, { shippedAt: tuesday })).toBe(true);
    expect(haveConflictingMilestones({ shippedAt: monday }, { shippedAt: monday })).toBe(false);
    expect(haveConflictingMilestones({ shippedAt: monday }, { deliveredAt: tuesday })).toBe(false);
    expect(haveConflictingMilestones({ createdAt: monday }, { createdAt: tuesday })).toBe(false);
  });

  it('are the same if one milestone is equal and none conflicts', () => {
    const shipped = { shippedAt: monday };
    expect(haveSameMilestones(shipped, { ...shipped, deliveredAt: tuesday })).toBe(true);
    expect(haveSameMilestones({ ...shipped, deliveredAt: monday }, { ...shipped, deliveredAt: tuesday })).toBe(false);
    expect(haveSameMilestones(shipped, {})).toBe(false);
    expect(haveSameMilestones({}, {})).toBe(false);
  });

  it('are absent if no kind has a value', () => {
    expect(hasNoIdentifiers(of([mug]))).toBe(true);
    expect(hasNoIdentifiers(of([mug], { identifiers: { internal: '1' } }))).toBe(false);
  });
});

it('a shipment is complete when shipped, a refund when refunded, another package never', () => {
  const dates = { shippedAt: monday, refundedAt: tuesday };
  expect(completedAtOf(of([], { dates }))).toBe(monday);
  expect(completedAtOf(of([], { dates }, 'refund'))).toBe(tuesday);
  expect(completedAtOf(of([], { dates }, 'processing'))).toBeUndefined();
});

it('the article of a line is its SKU, else its platform id, internal id or name, with its variant', () => {
  const unnamed = { sku: undefined };
  const ids = [
    line('A', 1, 100, { platform: 'p', internal: 'i' }),
    line('A', 1, 100, { ...unnamed, platform: 'p', internal: 'i' }),
    line('A', 1, 100, { ...unnamed, internal: 'i' }),
    line('N', 1, 100, unnamed),
    line('A', 1, 100, { nameChild: 'red' }),
  ];
  expect(new Set(ids.map(articleOf)).size).toBe(5);
  expect(articleOf(line('A', 1, 100, { platform: 'x' }))).toBe(articleOf(line('A', 9)));
  expect(articleOf(line('A', 1, 100, { sku: 'S', nameParent: 'a' }))).toBe(
    articleOf(line('B', 1, 100, { sku: 'S', nameParent: 'b' })),
  );
});

it('two packages share an article if one is in both, or one of them is empty', () => {
  expect(shareAnArticle(of([mug, cup]), of([line('Tea', 1), cup]))).toBe(true);
  expect(shareAnArticle(of([mug]), of([cup]))).toBe(false);
  expect(shareAnArticle(of([]), of([cup]))).toBe(true);
  expect(shareAnArticle(of([mug]), of([]))).toBe(true);
});

describe('a pair of packages of one type', () => {
  const isPlausible = (before: Package, after: Package): boolean =>
    allCandidates([stored(before)], [after]).every(isPlausiblePair);

  it('is plausible if they share an article, wait, or one is empty', () => {
    expect(isPlausible(of([mug]), of([line('Mug', 9)]))).toBe(true);
    expect(isPlausible(of([mug]), of([cup]))).toBe(false);
    expect(isPlausible(of([]), of([cup]))).toBe(true);
    expect(isPlausible(of([mug]), of([]))).toBe(true);
    expect(isPlausible(of([mug], {}, 'on_hold'), of([cup], {}, 'on_hold'))).toBe(true);
  });

  it('is not plausible if their identifiers conflict', () => {
    expect(isPlausible(of([mug], { name: 'S-1' }), of([mug], { name: 'S-2' }))).toBe(false);
  });

  it('is more similar by milestones, equal items, articles, details, other values; then the lower key', () => {
    const at = (shippedAt: string): PackageParts => ({ dates: { shippedAt } });
    const red = line('Mug', 2, 100, { barcode: '1' });
    const tracked = { trackings: [{ trackingNumber: '1' }] };
    const before = of([mug, cup], { ...at(monday), ...tracked });
    /** From the most to the least similar. */
    const sent = [
      of([mug, cup], { ...at(monday), ...tracked }),
      of([mug, cup], at(monday)),
      of([mug, cup, line('Tea', 1)], at(monday)),
      of([red, cup], { ...at(monday), ...tracked }),
      of([cup], at(monday)),
      of([mug, cup], tracked),
      of([mug], {}),
      of([cup], tracked),
      of([mug, cup], { ...at(tuesday), ...tracked }),
    ];
    const order = allCandidates([stored(before)], sent.toReversed())
      .sort(bySimilarity)
      .map(({ after }) => sent.indexOf(after.package));
    expect(order).toEqual(sent.map((_, index) => index));
    const keys = allCandidates([stored(before, 3), stored(before, 2), stored(before, 10)], [of([mug])]);
    expect(keys.sort(bySimilarity).map((each) => each.before.package.key)).toEqual([2, 3, 10]);
    const names = allCandidates([stored(before)], [of([mug], { name: 'b' }), of([mug], { name: 'a' })]);
    expect(names.sort(bySimilarity).map(({ after }) => after.package.identifiers.visible)).toEqual(['a', 'b']);
  });
});
