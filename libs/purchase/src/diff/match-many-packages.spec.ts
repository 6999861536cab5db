import { line, pack, type PackageParts } from '../../../../test/builders';
import { matchPackages } from './match-packages';
import type { LineItem, Package, PackageType } from '../purchase';

const shipment = (items: LineItem[], more?: PackageParts): Package => pack('shipment', items, more);
/** 100 values give 10,000 possible pairs, 101 give more. */
const many = <T>(count: number, each: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => each(n));
/** Texts of equal length, so that their order is that of the numbers. */
const text = (n: number): string => String(100 + n);
const article = (n: number, quantity = 1): LineItem => line(text(n), quantity);
const at = (n: number): PackageParts['dates'] => ({ shippedAt: `2026-02-02T10:00:00.${text(n)}Z` });
const tracked = { trackings: [{ trackingNumber: '1' }] };

/** The pairs as indexes of the stored and of the sent package. */
function match(before: readonly Package[], after: readonly Package[]) {
  const stored = before.map((each, key) => ({ ...each, key, items: each.items.map((item) => ({ ...item, key })) }));
  const indexes = new Map(after.map(({ items }, index) => [items, index]));
  const { pairs, uncertain, onlyBefore } = matchPackages(stored, after);
  return {
    pairs: pairs.map(([b, a]) => [b.key, indexes.get(a.items)] as const).sort(([a], [b]) => a - b),
    uncertain: uncertain.length,
    removed: onlyBefore.map(({ key }) => key),
  };
}
const inOrder = (count: number): number[][] => many(count, (n) => [n, n]);
const reversed = (count: number): number[][] => many(count, (n) => [n, count - 1 - n]);

describe('packages under one identifier', () => {
  const named = { name: 'X' };
  /** Stored with descending articles, sent with ascending ones. */
  const matchOf = (count: number): unknown =>
    match(
      many(count, (n) => shipment([article(count - 1 - n)], named)),
      many(count, (n) => shipment([article(n)], { ...named, ...tracked })),
    );

  it('are paired by similarity if there are up to 10,000 possible pairs', () => {
    expect(matchOf(100)).toEqual({ pairs: reversed(100), uncertain: 0, removed: [] });
  });

  it('else the stored ones in list order with the sent ones in the order of their content', () => {
    expect(matchOf(101)).toEqual({ pairs: inOrder(101), uncertain: 0, removed: [] });
  });

  it('are paired under their identifier only', () => {
    const before = [...many(101, (n) => shipment([article(n)], named)), shipment([article(1)], { name: 'Y' })];
    const after = [...many(101, (n) => shipment([article(n, 2)], named)), shipment([article(3)], { name: 'Z' })];
    expect(match(before, after)).toEqual({ pairs: inOrder(101), uncertain: 0, removed: [101] });
  });
});

describe('packages of one type without identifiers', () => {
  const pairsOf = (before: readonly Package[], after: readonly Package[]): unknown => match(before, after).pairs;

  it('are paired by similarity if there are up to 10,000 possible pairs', () => {
    // The first article of the sent ones would pair them the other way round.
    const before = many(100, (n) => shipment([article(500 + n)]));
    const after = many(100, (n) => shipment([article(99 - n), article(500 + n)]));
    expect(pairsOf(before, after)).toEqual(inOrder(100));
  });

  it('else by equal dates and items', () => {
    expect(
      pairsOf(
        many(101, (n) => shipment([article(0)], { dates: at(100 - n) })),
        many(101, (n) => shipment([article(0)], { dates: at(n), ...tracked })),
      ),
    ).toEqual(reversed(101));
  });

  it('then by equal items', () => {
    expect(
      pairsOf(
        many(101, (n) => shipment([article(n)])),
        many(101, (n) => shipment([article(100 - n)], { dates: at(n) })),
      ),
    ).toEqual(reversed(101));
  });

  it('then by equal dates', () => {
    expect(
      pairsOf(
        many(101, (n) => shipment([article(n)], { dates: at(n) })),
        many(101, (n) => shipment([article(200 + n)], { dates: at(100 - n) })),
      ),
    ).toEqual(reversed(101));
  });

  it('then in the order of their contents', () => {
    expect(
      pairsOf(
        many(101, (n) => shipment([article(n)], { dates: at(n) })),
        many(101, (n) => shipment([article(300 - n)])),
      ),
    ).toEqual(reversed(101));
  });

  it('and not with packages of another type or with an identifier', () => {
    const of = (type: PackageType, more?: PackageParts): Package => pack(type, [article(500)], more);
    const before = [...many(101, (n) => shipment([article(n)])), of('refund'), of('shipment', { name: 'S-1' })];
    const after = [
      ...many(101, (n) => shipment([article(n, 2)])),
      of('cancelled'),
      of('shipment', { name: 'S-2', dates: at(1) }),
    ];
    expect(match(before, after)).toMatchObject({ pairs: inOrder(101), removed: [101, 102] });
  });
});

describe('the rests of packages that were shipped in part', () => {
  it('are looked for if there are up to 10,000 possible pairs', () => {
    const pairsWithRests = (count: number): number => {
      const waiting =
        (name: string) =>
        (n: number): Package =>
          pack('processing', [article(n, 2)], { name: `${name}-${n}` });
      const shipped = many(count, (n) => shipment([article(n)], { name: `FO-${n}` }));
      const rests = many(count, (n) => pack('processing', [article(n)], { name: `N-${n}` }));
      return match(many(count, waiting('FO')), [...shipped, ...rests]).pairs.filter(([b, a]) => a === count + b).length;
    };
    expect(pairsWithRests(100)).toBe(100);
    expect(pairsWithRests(101)).toBe(0);
  });
});
