import { line, pack } from '../../../../test/builders';
import { stepsOf } from '../../../../test/traces';
import type { OpenLine } from './flows';
import { hasArticleWithSeveralPrices, LineComparison, sortLines, type PackageChange } from './open-lines';
import type { LineDetails, LineItem, Totals } from '../purchase';

const inWords = ({ package: at, line: { details, quantity } }: OpenLine<LineItem>): string =>
  [`${at}:`, quantity, details.sku, details.nameChild].join(' ').trim();

/** The open lines before and after. */
function openIn(steps: readonly PackageChange[]): [before: string, after: string] {
  const { onlyBefore, onlyAfter } = new LineComparison().openLines(steps);
  return [onlyBefore.map(inWords).join(', '), onlyAfter.map(inWords).join(', ')];
}

describe('the open lines', () => {
  it.each([
    ['are all of a new package', 'shipment: new → 2 A, 1 B', '', '1: 2 A, 1: 1 B'],
    ['are all of a removed package', 'shipment: 2 A, 1 B → gone', '1: 2 A, 1: 1 B', ''],
    ['are none if the lines are the same', 'processing: 2 A, 1 B', '', ''],
    ['are none if the lines are in another order', 'processing: 2 A, 1 B, 3 C → 3 C, 2 A, 1 B', '', ''],
    ['are all if no line is the same', 'processing: 2 A, 1 B → 1 A, 2 B', '1: 2 A, 1: 1 B', '1: 1 A, 1: 2 B'],
    ['are the changed ones', 'processing: 2 A, 1 B, 3 C → 2 A, 2 B, 3 C', '1: 1 B', '1: 2 B'],
    ['are one less if one of them is in another place', 'processing: 2 A, 1 B → 1 B, 3 A', '1: 2 A', '1: 3 A'],
    ['are the last of more equal lines before', 'processing: 2 A, 1 B, 2 A → 1 B, 2 A', '1: 2 A', ''],
    ['are the last of more equal lines after', 'processing: 1 B, 2 A → 2 A, 1 B, 2 A', '', '1: 2 A'],
    ['are those with another detail', 'processing: 2 A → 2 A red', '1: 2 A', '1: 2 A red'],
  ])('%s', (_, change, before, after) => {
    expect(openIn(stepsOf([change]))).toEqual([before, after]);
  });

  it.each([
    ['are those with another price', line('A', 2, 100), line('A', 2, 90)],
    ['are those with another quantity for the same price', line('A', 2, 100), line('A', 4, 50)],
  ])('%s', (_, stored, sent) => {
    const before = { ...pack('processing', []), key: 1, items: [{ ...stored, key: 1 }] };
    expect(openIn([{ key: 1, before, after: pack('processing', [sent]) }])).toEqual([
      `1: ${stored.quantity} A`,
      `1: ${sent.quantity} A`,
    ]);
  });

  it('of several packages are in the order of the packages', () => {
    const packages = ['processing: 2 A, 1 B → 1 B', 'shipment: new → 2 A', 'on_hold: 5 C → 4 C'];
    expect(openIn(stepsOf(packages))).toEqual(['1: 2 A, 3: 5 C', '2: 2 A, 3: 4 C']);
  });

  it('have a key for each match rule, which is computed once for all pairings of packages', () => {
    const comparison = new LineComparison();
    const steps = stepsOf(['processing: 2 A → 1 A']);
    const computed: string[] = [];
    const [byName, byNothing] = [
      (details: LineDetails): string => `${computed.push(details.nameParent)}`,
      (): undefined => void computed.push('nothing'),
    ];
    const keysOf = (rank: number, of: (details: LineDetails) => string | undefined): (string | undefined)[] =>
      comparison
        .openLines(steps)
        .onlyBefore.map(({ matchKey }) => matchKey({ rank, before: of, after: () => 'after', regroups: false }));
    expect([keysOf(0, byName), keysOf(0, byName)]).toEqual([['1'], ['1']]);
    expect([keysOf(1, byNothing), keysOf(1, byNothing)]).toEqual([[undefined], [undefined]]);
    expect(computed).toEqual(['A', 'nothing']);
    const [sent] = comparison.openLines(steps).onlyAfter;
    expect(sent?.matchKey({ rank: 0, before: () => 'before', after: () => 'after', regroups: false })).toBe('after');
  });
});

const open = (each: LineItem, key = 1): OpenLine<LineItem> => ({
  package: key,
  line: each,
  matchKey: (rule) => rule.before(each.details),
});

describe('an article has several prices', () => {
  const pricesDiffer = (before: LineItem[], after: LineItem[]): boolean =>
    hasArticleWithSeveralPrices({
      onlyBefore: before.map((each) => open({ ...each })) as OpenLine<LineItem & { key: number }>[],
      onlyAfter: after.map((each) => open(each)),
    });
  const unnamed = (name: string, price: number): LineItem => line(name, 1, price, { sku: undefined });

  it.each([
    ['if its units cost more in one line', [line('A', 2, 100), line('A', 3, 90)], [], true],
    ['if its units cost more after', [line('A', 2, 100)], [line('A', 2, 110)], true],
    ['if its name differs too', [line('A', 1, 100)], [line('A', 1, 90, { nameParent: 'B' })], true],
    ['by its name if it has no SKU', [unnamed('A', 100)], [unnamed('A', 90)], true],
    ['but not if only the quantity differs', [line('A', 2, 100)], [line('A', 3, 100)], false],
    ['but not if the prices are of two articles', [line('A', 1, 100)], [line('B', 1, 90)], false],
    ['but not if the prices are of two names', [unnamed('A', 100)], [unnamed('B', 90)], false],
  ])('%s', (_, before, after, expected) => {
    expect(pricesDiffer(before, after)).toBe(expected);
  });
});

describe('lines are sorted', () => {
  const of = (totals: Partial<Totals>, sku = 'A', quantity = 2): LineItem => ({
    ...line(sku, quantity),
    totals: { net: 200, tax: 0, gross: 200, ...totals },
  });

  it.each([
    ['by package', open(of({}, 'B', 1), 1), open(of({}, 'A', 2), 2)],
    ['then by quantity, the largest first', open(of({ gross: 100 }, 'B', 3)), open(of({}, 'A', 2))],
    ['then by gross total, the largest first', open(of({ gross: 201 }, 'B')), open(of({}, 'A'))],
    ['then by details', open(of({ net: 100 }, 'A')), open(of({ net: 190 }, 'B'))],
    ['then by net total, the largest first', open(of({ net: 190 })), open(of({ net: 180, discount: 9 }))],
    ['then by discount, the largest first', open(of({ discount: 9 })), open(of({ discount: 8, taxRate: 1 }))],
    ['then by discount, where none is the least', open(of({ discount: 1 })), open(of({ taxRate: 1 }))],
    ['then by all totals', open(of({ taxRate: 10 })), open(of({ taxRate: 20 }))],
  ])('%s, in any order of the body', (_, first, second) => {
    expect(sortLines([first, second])).toEqual([first, second]);
    expect(sortLines([second, first])).toEqual([first, second]);
  });

  it('without changing the given list', () => {
    const given = [open(of({}), 2), open(of({}), 1)];
    expect(sortLines(given).map((each) => each.package)).toEqual([1, 2]);
    expect(given.map((each) => each.package)).toEqual([2, 1]);
  });
});
