import { line, pack } from '../../../../test/builders';
import { newStepBudget, type AssignMoves } from './assign-moves';
import { LineComparison, type PackageChange } from './open-lines';
import { typesIn } from './package-types';
import type { LineItem, PackageKey } from '../purchase';
import { traceLines } from './trace-lines';

/** The stored and the sent lines of a package in processing; stored lines have the keys 1, 2 … in order of the packages. */
type Lines = readonly [before: readonly LineItem[], after: readonly LineItem[]];

interface Asked {
  /** The keys of the stored lines and the quantities of the sent lines of each article. */
  articles: string[];
  supply: PackageKey[];
  demand: PackageKey[];
}

/** Traces the lines of packages 1, 2 …; `asked` gets the arguments of each assignment of moves. */
function trace(
  packages: readonly Lines[],
  { atPrice = false, assign }: { atPrice?: boolean; assign?: AssignMoves } = {},
) {
  let key = 1;
  const steps = packages.map(([before, after], index): PackageChange => ({
    key: index + 1,
    before: { ...pack('processing', []), key: index + 1, items: before.map((each) => ({ ...each, key: key++ })) },
    after: pack('processing', [...after]),
  }));
  const asked: Asked[] = [];
  const noticing: AssignMoves = (articles, earlier, context) => {
    asked.push({
      articles: articles.map(({ supplies, demands }) =>
        [supplies.map((each) => each.line.key), demands.map((each) => each.line.quantity)].join(' to '),
      ),
      supply: [...context.remainders.supply],
      demand: [...context.remainders.demand],
    });
    return assign?.(articles, earlier, context) ?? [];
  };
  const open = new LineComparison().openLines(steps);
  const traced = traceLines(
    open,
    100,
    atPrice,
    { typesOf: typesIn(steps), shipmentsWith: () => [], budget: newStepBudget() },
    noticing,
  );
  return {
    asked,
    flows: traced.flows.map(
      ({ supply, demand, quantity }) => `${supply.line.key}→${demand.key}: ${quantity} of ${demand.line.quantity}`,
    ),
    /** The sent lines, and the stored line that each continues. */
    sources: traced.demands.map(
      ({ key: to, source, left }) => `${to} (${source === undefined ? 'new' : 'kept'}): ${left}`,
    ),
    lost: traced.supplies.map(({ line: { key: from }, left }) => `${from}: ${left}`),
    nextLineKey: traced.nextLineKey,
  };
}

/** Sent lines by quantity and price, and the stored lines that they continue. */
const continued = (before: readonly LineItem[], after: readonly LineItem[]): string[] =>
  trace([[before, after]]).sources;

describe('a sent line continues the stored line of its package and article', () => {
  it('with its quantity and gross total', () => {
    // 3 at 200 is the unit price of the first and the quantity of the second.
    const before = [line('A', 4, 200), line('A', 3, 100), line('A', 3, 200, { nameChild: 'x' })];
    const after = [line('A', 3, 200, { nameChild: 'y' }), line('A', 5, 200)];
    expect(continued(before, after)).toEqual(['3 (kept): 0', '1 (kept): 0']);
  });

  it('else with its unit price', () => {
    const before = [line('A', 6, 100), line('A', 5, 200), line('A', 2, 300)];
    expect(continued(before, [line('A', 2, 200)])).toEqual(['2 (kept): 0']);
    expect(continued(before, [line('A', 2, 100)])).toEqual(['1 (kept): 0']);
  });

  it('else with its quantity', () => {
    const before = [line('A', 6, 100), line('A', 5, 200), line('A', 2, 300)];
    expect(continued(before, [line('A', 5, 999)])).toEqual(['2 (kept): 0']);
    expect(continued(before, [line('A', 2, 999)])).toEqual(['3 (kept): 0']);
  });

  it('else the largest line', () => {
    const before = [line('A', 2, 300), line('A', 6, 100), line('A', 5, 200)];
    expect(continued(before, [line('A', 1, 999)])).toEqual(['2 (kept): 0']);
    expect(continued(before, [line('A', 9, 998), line('A', 1, 999)])).toEqual(['2 (kept): 0', '3 (kept): 0']);
  });

  it('in list order among equals', () => {
    const [before, after] = [
      [line('A', 3, 100, { nameChild: 'x' }), line('A', 3, 100, { nameChild: 'y' })],
      [line('A', 3, 100, { nameChild: 'p' }), line('A', 3, 100, { nameChild: 'q' })],
    ];
    expect(continued(before, after)).toEqual(['1 (kept): 0', '2 (kept): 0']);
  });

  it('unless units of another line are in it already', () => {
    // By the first rule, line 1 is regrouped into both sent lines of equal details; line 2 is another article.
    const result = trace([
      [
        [line('A', 5, 100), line('A', 4, 100, { internal: 'i' })],
        [line('A', 2, 100), line('A', 3, 100), line('A', 4, 100, { internal: 'j' })],
      ],
    ]);
    expect(result.sources).toEqual(['100 (new): 0', '1 (kept): 0', '2 (kept): 0']);
    expect(result.flows).toEqual(['1→100: 2 of 2']);
    expect(result.nextLineKey).toBe(101);
  });

  it('unless it got units of another line by an earlier rule: then the stored line gives it the rest', () => {
    const result = trace([
      [
        [line('A', 5), line('A', 2, 100, { internal: 'i' })],
        [line('A', 4), line('A', 3)],
      ],
    ]);
    expect(result.sources).toEqual(['1 (kept): 0', '100 (new): 0']);
    expect(result.flows).toEqual(['1→100: 1 of 3', '2→100: 2 of 3']);
  });

  it('in its own package only', () => {
    const result = trace([
      [[line('A', 2, 100)], [line('B', 1, 1)]],
      [[line('B', 2, 1)], [line('A', 2, 100)]],
    ]);
    expect(result.sources).toEqual(['100 (new): 1', '101 (new): 2']);
    expect(result.lost).toEqual(['1: 2', '2: 2']);
  });
});

describe('units are assigned by one match rule after the other', () => {
  it('to lines of all equal details first', () => {
    const red = { customAttributes: [{ key: 'colour', value: 'red' }] };
    const { asked } = trace([
      [[line('A', 5), line('A', 4, 100, red)], [line('A', 1)]],
      [[], [line('A', 2, 100, red), line('A', 3)]],
    ]);
    expect(asked[0]?.articles).toEqual(['1 to 1,3', '2 to 2']);
  });

  it('at equal unit prices before other prices, if that is wanted', () => {
    const packages: Lines[] = [
      [[line('A', 5, 100), line('A', 5, 200)], []],
      [[], [line('A', 5, 200), line('A', 4, 100)]],
    ];
    expect(trace(packages, { atPrice: true }).asked[0]?.articles).toEqual(['2 to 5', '1 to 4']);
    expect(trace(packages).asked[0]?.articles).toEqual(['2,1 to 5,4']);
    // A line without identifiers has no key by SKU, at any price.
    const unnamed = (quantity: number): LineItem =>
      line('', quantity, 100, { sku: undefined, nameParent: `N${quantity}` });
    expect(
      trace(
        [
          [[unnamed(2)], []],
          [[], [unnamed(3)]],
        ],
        { atPrice: true },
      ).asked,
    ).toEqual([]);
  });

  it('and each sees only the lines with units left', () => {
    const moveAll: AssignMoves = (articles) =>
      articles.flatMap(({ supplies, demands }) => {
        const [supply, demand] = [supplies[0], demands[0]];
        if (supply === undefined || demand === undefined) return [];
        const quantity = Math.min(supply.left, demand.left);
        supply.left -= quantity;
        demand.left -= quantity;
        return [{ supply, demand, quantity }];
      });
    const { asked, flows } = trace(
      [
        [[line('A', 5), line('A', 3, 100, { nameParent: 'old' })], []],
        [[], [line('A', 5), line('A', 3, 100, { nameParent: 'new' })]],
      ],
      { assign: moveAll },
    );
    expect(asked.map(({ articles }) => articles)).toEqual([['1 to 5'], ['2 to 3']]);
    expect(flows).toEqual(['1→100: 5 of 5', '2→101: 3 of 3']);
  });

  it('and learns which packages lose or get other units in any case', () => {
    const [{ supply, demand } = { supply: [], demand: [] }] = trace([
      [[line('A', 5), line('B', 2)], []],
      [[line('D', 1)], [line('A', 5), line('C', 1), line('D', 1)]],
      [[], [line('E', 1)]],
    ]).asked;
    expect([supply, demand]).toEqual([[1], [2, 3]]);
  });

  it('and does not count changed quantities of lines that stay', () => {
    const [{ supply, demand } = { supply: [], demand: [] }] = trace([
      [[line('A', 5), line('B', 9)], [line('B', 4)]],
      [[line('C', 4)], [line('A', 5), line('C', 9)]],
    ]).asked;
    // By the first rule, B and C have both sides in one package: they belong to an article.
    expect([supply, demand]).toEqual([[], []]);
  });

  it('and does not count a kept line that changes its quantity and has no counterpart by the rule', () => {
    const coloured = (value: string): LineItem => line('B', 2, 100, { customAttributes: [{ key: 'colour', value }] });
    const moved: Lines[] = [
      [[coloured('red')], []],
      [[], [coloured('blue')]],
    ];
    const remaindersOfLast = (packages: Lines[]): [PackageKey[], PackageKey[]] | undefined => {
      const last = trace(packages).asked.at(-1);
      return last && [last.supply, last.demand];
    };
    expect(remaindersOfLast([...moved, [[line('A', 5)], [line('A', 3)]]])).toEqual([[], []]);
    expect(remaindersOfLast([...moved, [[line('A', 3)], [line('A', 5)]]])).toEqual([[], []]);
    expect(remaindersOfLast([...moved, [[line('A', 3)], [line('C', 3)]]])).toEqual([[3], [3]]);
  });

  it('regroups units between lines of one package only by rules that include the attributes', () => {
    const size = (value: string): { customAttributes: { key: string; value: string }[] } => ({
      customAttributes: [{ key: 'size', value }],
    });
    const regrouped = trace([[[line('A', 2), line('A', 3)], [line('A', 5)]]]);
    expect(regrouped.flows).toEqual(['1→2: 2 of 5']);
    const resized = trace([
      [[line('A', 2, 100, size('S')), line('A', 3, 100, size('M'))], [line('A', 5, 100, size('L'))]],
    ]);
    expect(resized.flows).toEqual([]);
    expect(resized.sources).toEqual(['2 (kept): 2']);
    const elsewhere = trace([
      [[line('A', 2), line('A', 3)], []],
      [[], [line('A', 5)]],
    ]);
    expect(elsewhere.flows).toEqual([]);
  });
});
