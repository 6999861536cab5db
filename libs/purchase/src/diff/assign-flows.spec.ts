import { line } from '../../../../test/builders';
import { assignMoves, newStepBudget } from './assign-moves';
import type { Article, Demand, Flow, Remainders, Supply, TypesOf } from './flows';
import type { PackageKey, PackageType } from '../purchase';

/** Units by package, in the order of the lines. */
type Units = readonly (readonly [PackageKey, number])[];

const matchKey = (): string => '';

const supplyOf = ([key, left]: Units[number]): Supply => ({
  package: key,
  line: { ...line('A', left), key },
  matchKey,
  left,
});

const demandOf = ([key, left]: Units[number]): Demand => ({
  package: key,
  line: line('A', left),
  matchKey,
  key: 0,
  left,
});

const articleOf = (supplies: Units, demands: Units): Article => ({
  supplies: supplies.map(supplyOf),
  demands: demands.map(demandOf),
});

const shipmentsWith = (): [] => [];

const NOTHING: Remainders = { supply: new Set(), demand: new Set() };

interface Situation {
  types?: Readonly<Record<PackageKey, PackageType>>;
  earlier?: readonly Flow[];
  remainders?: Remainders;
  /** The step budget: 0 allows no search. */
  steps?: number;
}

const asText = ({ supply, demand, quantity }: Flow): string => `${supply.package}→${demand.package}: ${quantity}`;

/** Packages are in processing unless `types` says otherwise. Returns the flows of each call, in their order. */
function flowsOf(articles: readonly Article[], situation: Situation = {}): string[] {
  const { types = {}, earlier = [], remainders = NOTHING, steps = newStepBudget().left } = situation;
  const typesOf: TypesOf = (key) => {
    const type = types[key] ?? 'processing';
    return { before: type, after: type };
  };
  return assignMoves(articles, earlier, { remainders, typesOf, shipmentsWith, budget: { left: steps } }).map(asText);
}

/** The search steps of an assignment. */
function stepsOf(articles: readonly Article[], budget = newStepBudget()): number {
  const { left } = budget;
  const typesOf: TypesOf = () => ({ before: 'processing', after: 'processing' });
  assignMoves(articles, [], { remainders: NOTHING, typesOf, shipmentsWith, budget });
  return left - budget.left;
}

const NO_SEARCH = { steps: 0 };

describe('an assignment without budget for a search', () => {
  it('takes the cheapest pair of package types first, in any order of the lines', () => {
    const types = { 1: 'processing', 2: 'shipment', 3: 'shipment', 4: 'refund' } as const;
    const article = articleOf(
      [
        [2, 5],
        [1, 5],
      ],
      [
        [3, 5],
        [4, 5],
      ],
    );
    expect(flowsOf([article], { ...NO_SEARCH, types })).toEqual(['2→4: 5', '1→3: 5']);
  });

  it('takes routes that other articles use first', () => {
    const first = articleOf([[1, 2]], [[3, 2]]);
    const second = articleOf(
      [
        [2, 4],
        [1, 4],
      ],
      [
        [4, 4],
        [3, 4],
      ],
    );
    expect(flowsOf([first, second], NO_SEARCH)).toEqual(['1→3: 2', '1→3: 4', '2→4: 4']);
  });

  it.each([
    [7, ['1→30: 4']],
    [8, ['2→30: 4']],
  ])('looks for routes in use to the first eight packages that ask for units: %i before it', (others, expected) => {
    const asking = Array.from({ length: others }, (_, n) => [n + 10, 9] as const);
    const second = articleOf(
      [
        [2, 4],
        [1, 4],
      ],
      [...asking, [30, 4]],
    );
    const flows = flowsOf([articleOf([[1, 2]], [[30, 2]]), second], NO_SEARCH);
    expect(flows[0]).toBe('1→30: 2');
    expect(flows.slice(1).filter((each) => each.includes('→30'))).toEqual(expected);
  });

  it('does not use a route along which no unit moved', () => {
    // When package 3 asks for more, package 2 has nothing left for it.
    const first = articleOf(
      [
        [1, 2],
        [2, 4],
      ],
      [
        [1, 5],
        [3, 9],
      ],
    );
    const second = articleOf(
      [
        [4, 1],
        [2, 1],
      ],
      [[3, 1]],
    );
    expect(flowsOf([first, second], NO_SEARCH)).toEqual(['2→1: 4', '1→3: 2', '4→3: 1']);
  });

  it('then pairs equal quantities, in list order', () => {
    const article = articleOf(
      [
        [1, 3],
        [2, 5],
        [3, 3],
        [4, 8],
      ],
      [
        [5, 6],
        [6, 8],
        [7, 3],
        [8, 3],
      ],
    );
    expect(flowsOf([article], NO_SEARCH)).toEqual(['1→7: 3', '3→8: 3', '4→6: 8', '2→5: 5']);
  });

  it('then moves the rest in list order', () => {
    const article = articleOf(
      [
        [1, 7],
        [2, 4],
        [3, 9],
      ],
      [
        [4, 6],
        [5, 8],
      ],
    );
    expect(flowsOf([article], NO_SEARCH)).toEqual(['1→4: 6', '1→5: 1', '2→5: 4', '3→5: 3']);
  });

  it('moves nothing within a package, and keeps its units for the others', () => {
    const article = articleOf(
      [
        [1, 2],
        [2, 4],
      ],
      [
        [1, 5],
        [3, 1],
      ],
    );
    expect(flowsOf([article], NO_SEARCH)).toEqual(['2→1: 4', '1→3: 1']);
  });

  it('moves no more than there is on either side', () => {
    const more = articleOf([[1, 9]], [[2, 4]]);
    const less = articleOf([[3, 4]], [[4, 9]]);
    expect(flowsOf([more, less], { ...NO_SEARCH, types: { 1: 'shipment', 3: 'shipment' } })).toEqual([
      '1→2: 4',
      '3→4: 4',
    ]);
  });
});

describe('the step budget', () => {
  // 5 is 1 + 4 or 2 + 3: four moves. In list order: 1, 2, and 2 of 3 to the first package, five moves.
  const subsetSum = (): Article =>
    articleOf(
      [
        [1, 1],
        [2, 2],
        [3, 3],
        [4, 4],
      ],
      [
        [5, 5],
        [6, 5],
      ],
    );
  /** Each article between each two packages (1 · 4 · 2), for each route that can be chosen (4 + 2). */
  const ONE_PASS = 48;

  it('allows a search if one pass over all routes fits', () => {
    expect(flowsOf([subsetSum()])).toHaveLength(4);
    expect(flowsOf([subsetSum()], { steps: ONE_PASS })).toHaveLength(4);
    expect(flowsOf([subsetSum()], { steps: ONE_PASS - 1 })).toHaveLength(5);
  });

  it('counts the pass and the steps of the search', () => {
    const steps = stepsOf([subsetSum()]);
    expect(steps).toBeGreaterThan(ONE_PASS);
    expect(steps).toBeLessThan(10_000);
  });

  it('is searched for each group of articles that share no package on one side', () => {
    const between = (from: PackageKey, to: PackageKey): Article =>
      articleOf(
        [
          [from, 3],
          [from + 1, 4],
        ],
        [
          [to, 5],
          [to + 1, 2],
        ],
      );
    const alone = stepsOf([between(1, 11)]);
    const apart = [between(1, 11), between(3, 13), between(5, 15)];
    expect(stepsOf(apart)).toBe(3 * alone);
    const sharingSource = [between(1, 11), between(2, 13)];
    expect(stepsOf(sharingSource)).toBeGreaterThan(2 * alone);
    const sharingTarget = [between(1, 11), between(3, 12)];
    expect(stepsOf(sharingTarget)).toBeGreaterThan(2 * alone);
    // The first and the second share no package, but each of them shares one with the third.
    const sharingThird = [between(1, 11), between(3, 13), articleOf([[2, 1]], [[13, 1]])];
    expect(stepsOf(sharingThird)).toBeGreaterThan(2 * alone);
    // A source and a target of one key are separate.
    expect(stepsOf([between(1, 11), between(11, 1)])).toBe(2 * alone);
  });

  it('is not needed if units can move along one plausible route only', () => {
    expect(stepsOf([articleOf([[1, 3]], [[2, 3]])])).toBe(0);
    expect(stepsOf([articleOf([[1, 3]], [[1, 3]])])).toBeGreaterThan(0);
    const implausible = { 1: 'processing', 2: 'refund' } as const;
    expect(flowsOf([articleOf([[1, 3]], [[2, 3]])], { types: implausible })).toEqual(['1→2: 3']);
  });

  it('spends nothing on lines without units', () => {
    const [supplies, demands]: [Units, Units] = [
      [
        [1, 3],
        [2, 4],
      ],
      [
        [11, 5],
        [12, 2],
      ],
    ];
    const steps = stepsOf([articleOf(supplies, demands)]);
    expect(stepsOf([articleOf([...supplies, [3, 0]], [...demands, [13, 0]])])).toBe(steps);
  });

  it('spends nothing on articles that are missing or new only', () => {
    expect(stepsOf([articleOf([[1, 3]], []), articleOf([], [[2, 3]])])).toBe(0);
    const settled = articleOf([[1, 3]], [[2, 3]]);
    expect(flowsOf([settled])).toEqual(['1→2: 3']);
    expect(stepsOf([settled])).toBe(0);
  });

  it('is spent once on routes that can be filled in any order, and not on results that cannot be cheaper', () => {
    // Each package becomes another: without these limits, the search takes from 50,000 to more than 100,000 steps.
    const quantities = [2, 3, 5, 7, 9, 13];
    const exchanged = (): Article =>
      articleOf(
        quantities.map((each, n) => [n + 1, each] as const),
        quantities.map((each, n) => [n + 11, each] as const),
      );
    expect(flowsOf([exchanged()])).toHaveLength(6);
    expect(stepsOf([exchanged()])).toBeLessThan(10_000);
  });

  it('is spent equally in both directions', () => {
    const [one, two]: [Units, Units] = [
      [[1, 3]],
      [
        [11, 2],
        [12, 1],
      ],
    ];
    expect(stepsOf([articleOf(one, two)])).toBe(stepsOf([articleOf(two, one)]));
  });

  it('limits the search of one group', () => {
    // 12 packages with quantities that no smaller group of packages settles.
    const hard = (): Article =>
      articleOf(
        Array.from({ length: 12 }, (_, n) => [n + 1, 97 + n * n] as const),
        Array.from({ length: 12 }, (_, n) => [n + 101, 89 + 3 * n * n] as const),
      );
    const [onePass, limit] = [12 * 12 * 24, 100_000];
    const steps = stepsOf([hard()]);
    expect(steps).toBeGreaterThan(onePass + limit);
    expect(steps).toBeLessThan(onePass + limit + 10_000);
    // Less is left than that: one pass and the search share it.
    const shared = stepsOf([hard()], { left: 50_000 });
    expect(shared).toBeGreaterThan(50_000);
    expect(shared).toBeLessThan(50_000 + onePass);
  });
});

describe('a search whose budget ends with its first result', () => {
  /** Only one pass over all routes fits: one article between two sources and two targets (2 · 2), for each route (2 + 2). */
  const ONE_PASS = { steps: 16 };

  it('fills the routes first that leave no units on either side', () => {
    const [large, exact]: [Units, Units] = [
      [
        [1, 5],
        [2, 3],
      ],
      [
        [11, 3],
        [12, 2],
      ],
    ];
    expect(flowsOf([articleOf(large, exact)], ONE_PASS)).toEqual(['2→11: 3', '1→12: 2']);
    expect(flowsOf([articleOf(exact, large)], ONE_PASS)).toEqual(['11→2: 3', '12→1: 2']);
  });

  it('then the most plausible', () => {
    const types = { 1: 'shipment', 2: 'processing', 11: 'shipment', 12: 'refund' } as const;
    const article = articleOf(
      [
        [1, 3],
        [2, 3],
      ],
      [
        [11, 3],
        [12, 3],
      ],
    );
    expect(flowsOf([article], { ...ONE_PASS, types })).toEqual(['1→12: 3', '2→11: 3']);
  });

  it('then those with the most units', () => {
    const article = articleOf(
      [
        [1, 5],
        [2, 1],
      ],
      [
        [11, 3],
        [12, 4],
      ],
    );
    expect(flowsOf([article], ONE_PASS)).toEqual(['1→12: 4', '1→11: 1', '2→11: 1']);
  });
});

describe('an assignment', () => {
  it('states the fewest lines, of results with equally many events', () => {
    const [one, two]: [Units, Units] = [
      [[1, 2]],
      [
        [11, 5],
        [12, 2],
      ],
    ];
    const more: Units = [[11, 5]];
    // If package 12 got nothing, it would be a line more that is added.
    expect(flowsOf([articleOf(one, two), articleOf(one, more)])).toEqual(['1→12: 2', '1→11: 2']);
    expect(flowsOf([articleOf(two, one), articleOf(more, one)])).toEqual(['12→1: 2', '11→1: 2']);
  });

  it('moves nothing within a package', () => {
    const article = articleOf(
      [
        [1, 2],
        [2, 4],
      ],
      [
        [1, 6],
        [3, 1],
      ],
    );
    expect(flowsOf([article])).toEqual(['2→1: 4', '1→3: 1']);
  });

  it('moves units along a plausible route even if both packages change in any case', () => {
    const article = articleOf(
      [[1, 2]],
      [
        [2, 2],
        [3, 2],
      ],
    );
    const remainders = { supply: new Set([1]), demand: new Set([2, 3]) };
    expect(flowsOf([article], { remainders })).toEqual(['1→2: 2']);
  });

  it('continues the routes of earlier flows at no cost', () => {
    const flowAlong = (from: PackageKey, to: PackageKey): Flow => ({
      supply: supplyOf([from, 1]),
      demand: demandOf([to, 1]),
      quantity: 1,
    });
    const article = (): Article =>
      articleOf(
        [
          [1, 2],
          [2, 2],
        ],
        [
          [3, 2],
          [4, 2],
        ],
      );
    expect(flowsOf([article()], { earlier: [flowAlong(2, 3), flowAlong(1, 4)] })).toEqual(['2→3: 2', '1→4: 2']);
    expect(flowsOf([article()], { earlier: [flowAlong(2, 3)] })).toEqual(['2→3: 2', '1→4: 2']);
    // Units that were regrouped within a package are no route.
    const inside = articleOf(
      [[1, 2]],
      [
        [1, 2],
        [2, 2],
      ],
    );
    expect(flowsOf([inside], { earlier: [flowAlong(1, 1)] })).toEqual(['1→2: 2']);
    expect(flowsOf([article()])).toEqual(['1→3: 2', '2→4: 2']);
  });

  it('moves all articles along a route that it chose', () => {
    const articles = [
      articleOf([[1, 2]], [[3, 2]]),
      articleOf([[1, 5]], [[3, 5]]),
      articleOf(
        [
          [1, 1],
          [2, 1],
        ],
        [[3, 1]],
      ),
    ];
    expect(flowsOf(articles)).toEqual(['1→3: 2', '1→3: 5', '1→3: 1']);
  });

  it('leaves units in a package that loses units in any case', () => {
    const article = (): Article =>
      articleOf(
        [
          [1, 2],
          [2, 2],
        ],
        [[3, 2]],
      );
    expect(flowsOf([article()])).toEqual(['1→3: 2']);
    expect(flowsOf([article()], { remainders: { supply: new Set([1]), demand: new Set() } })).toEqual(['2→3: 2']);
    // Units of another article leave the purchase from package 1.
    expect(flowsOf([articleOf([[1, 7]], []), article()])).toEqual(['2→3: 2']);
    // They are settled, or another line continues the line: that line is changed by an event of its own.
    expect(flowsOf([articleOf([[1, 0]], []), article()])).toEqual(['1→3: 2']);
    const continued = articleOf([[1, 7]], []);
    for (const supply of continued.supplies) supply.successor = demandOf([1, 5]);
    expect(flowsOf([continued, article()])).toEqual(['1→3: 2']);
  });

  it('leaves units in a package that gets units in any case', () => {
    const article = (): Article =>
      articleOf(
        [[3, 2]],
        [
          [1, 2],
          [2, 2],
        ],
      );
    expect(flowsOf([article()])).toEqual(['3→1: 2']);
    expect(flowsOf([article()], { remainders: { supply: new Set(), demand: new Set([1]) } })).toEqual(['3→2: 2']);
    expect(flowsOf([articleOf([], [[1, 7]]), article()])).toEqual(['3→2: 2']);
    expect(flowsOf([articleOf([], [[1, 0]]), article()])).toEqual(['3→1: 2']);
    const continuing = articleOf([], [[1, 7]]);
    for (const demand of continuing.demands) demand.source = supplyOf([1, 5]);
    expect(flowsOf([continuing, article()])).toEqual(['3→1: 2']);
  });

  it('counts a remainder of a line with a counterpart as an event of its own', () => {
    const remainders = { supply: new Set([1]), demand: new Set<PackageKey>() };
    const article = articleOf(
      [
        [1, 2],
        [2, 2],
      ],
      [[3, 2]],
    );
    const [first] = article.supplies;
    if (first !== undefined) first.successor = demandOf([1, 1]);
    expect(flowsOf([article], { remainders })).toEqual(['1→3: 2']);
    const two = articleOf(
      [
        [1, 1],
        [1, 1],
        [2, 2],
      ],
      [[3, 2]],
    );
    const [ofTwo] = two.supplies;
    if (ofTwo !== undefined) ofTwo.successor = demandOf([1, 1]);
    expect(flowsOf([two], { remainders })).toEqual(['1→3: 1', '1→3: 1']);
    const turned = articleOf(
      [[3, 2]],
      [
        [1, 2],
        [2, 2],
      ],
    );
    const [demand] = turned.demands;
    if (demand !== undefined) demand.source = supplyOf([1, 1]);
    expect(flowsOf([turned], { remainders: { supply: new Set(), demand: new Set([1]) } })).toEqual(['3→1: 2']);
  });

  it('leaves units where they are if the only route is implausible and the packages change in any case', () => {
    const types = { 1: 'shipment', 2: 'processing' } as const;
    const article = (): Article => articleOf([[1, 2]], [[2, 2]]);
    const remainders = { supply: new Set([1]), demand: new Set([2]) };
    expect(flowsOf([article()], { types })).toEqual(['1→2: 2']);
    expect(flowsOf([article()], { types, remainders })).toEqual([]);
  });

  it('resolves ties by the lower package key', () => {
    const article = articleOf(
      [
        [12, 2],
        [9, 2],
      ],
      [
        [30, 2],
        [4, 2],
      ],
    );
    expect(flowsOf([article])).toEqual(['9→4: 2', '12→30: 2']);
  });
});
