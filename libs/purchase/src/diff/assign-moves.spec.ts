import fc from 'fast-check';
import type { AssignMoves } from './assign-moves';
import { line, pack } from '../../../../test/builders';
import { diffItems } from './items';
import type { Article, Flow } from './flows';
import type { KeyedLine, LineItem } from '../purchase';
import type { PackageChange } from './open-lines';

/** The units of each article in each package, before and after. */
type Counts = readonly { before: readonly number[]; after: readonly number[] }[];

const lines = (counts: readonly number[]): LineItem[] =>
  counts.flatMap((quantity, article) => (quantity > 0 ? [line(`A${article}`, quantity)] : []));
/** Packages that are empty before are added, packages that are empty afterwards are removed. */
function stepsOf(counts: Counts): PackageChange[] {
  let key = 1;
  const keyed = (items: LineItem[]): KeyedLine[] => items.map((each) => ({ ...each, key: key++ }));
  return counts.flatMap(({ before, after }, index): PackageChange[] => {
    const [was, is] = [lines(before), lines(after)];
    if (was.length === 0 && is.length === 0) return [];
    return [
      {
        key: index + 1,
        ...(was.length > 0 && { before: { ...pack('processing', was), key: index + 1, items: keyed(was) } }),
        ...(is.length > 0 && { after: pack('processing', is) }),
      },
    ];
  });
}

/** All assignments of one article that move the maximum number of units, as units from each supply to each demand. */
function everyFlow({ supplies, demands }: Article): number[][][] {
  const ways: number[][][] = [];
  const most = Math.min(
    supplies.reduce((sum, { left }) => sum + left, 0),
    demands.reduce((sum, { left }) => sum + left, 0),
  );
  const cells = supplies.flatMap((_, s) => demands.map((__, d) => [s, d] as const));
  const gives = supplies.map(({ left }) => left);
  const wants = demands.map(({ left }) => left);
  const flow = supplies.map(() => demands.map(() => 0));
  const fill = (cell: number, moved: number): void => {
    const [s, d] = cells[cell] ?? [];
    if (s === undefined || d === undefined) {
      if (moved === most) ways.push(structuredClone(flow));
      return;
    }
    for (let pieces = 0; pieces <= Math.min(gives[s]!, wants[d]!); pieces++) {
      gives[s]! -= pieces;
      wants[d]! -= pieces;
      flow[s]![d] = pieces;
      fill(cell + 1, moved + pieces);
      gives[s]! += pieces;
      wants[d]! += pieces;
    }
    flow[s]![d] = 0;
  };
  fill(0, 0);
  return ways;
}

const product = <T>(lists: readonly T[][]): T[][] =>
  lists.reduce<T[][]>((all, list) => all.flatMap((head) => list.map((each) => [...head, each])), [[]]);

/** Returns the given assignment on the first call and none afterwards. */
function following(ways: readonly number[][][]): AssignMoves {
  let asked = false;
  return (articles) => {
    if (asked) return [];
    asked = true;
    return articles.flatMap(({ supplies, demands }, index) =>
      supplies.flatMap((supply, s) =>
        demands.flatMap((demand, d): Flow[] => {
          const quantity = ways[index]?.[s]?.[d] ?? 0;
          if (quantity === 0) return [];
          supply.left -= quantity;
          demand.left -= quantity;
          return [{ supply, demand, quantity }];
        }),
      ),
    );
  };
}

/** The minimum number of events over all assignments that move the maximum number of units. */
function fewestEvents(counts: Counts): number {
  let articles: readonly Article[] = [];
  let asked = false;
  const noticing: AssignMoves = (all) => {
    if (!asked)
      articles = all.map(({ supplies, demands }) => ({
        supplies: supplies.map((each) => ({ ...each })),
        demands: demands.map((each) => ({ ...each })),
      }));
    asked = true;
    return [];
  };
  diffItems(stepsOf(counts), 100, { assign: noticing });
  const open = (article: Article): Article => ({
    supplies: article.supplies.filter(({ left }) => left > 0),
    demands: article.demands.filter(({ left }) => left > 0),
  });
  // The assignments are indexed by open lines; they are spread over all lines here.
  const ways = articles.map((article) =>
    everyFlow(open(article)).map((way) => {
      const [gives, wants] = [article.supplies, article.demands].map((list) =>
        list.map(({ left }, index) => (left > 0 ? list.slice(0, index).filter((each) => each.left > 0).length : -1)),
      );
      return gives!.map((s) => wants!.map((d) => (s < 0 || d < 0 ? 0 : way[s]![d]!)));
    }),
  );
  return Math.min(
    ...product(ways).map((way) => diffItems(stepsOf(counts), 100, { assign: following(way) }).events.length),
  );
}

const caseOf = (packages: number, articles: number, most: number): fc.Arbitrary<Counts> => {
  const side = fc.array(fc.integer({ min: 0, max: most }), { minLength: articles, maxLength: articles });
  return fc.array(fc.record({ before: side, after: side }), { minLength: packages, maxLength: packages });
};

const runs = Number(process.env.PROPERTY_RUNS ?? 300);
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

describe(`moves compared with every possible assignment (seed ${seed})`, () => {
  const countsOf = (counts: Counts): [count: number, fewest: number] => [
    diffItems(stepsOf(counts), 100).events.length,
    fewestEvents(counts),
  ];

  it('of one article between up to five packages: never an unnecessary event', () => {
    fc.assert(
      fc.property(caseOf(5, 1, 4), (counts) => {
        const [count, fewest] = countsOf(counts);
        expect(count).toBe(fewest);
      }),
      { numRuns: runs, seed },
    );
  });

  /** The share of cases with more events than the minimum. Fails for more than `most` events more. */
  function shareTooLong(counts: fc.Arbitrary<Counts>, most: number): number {
    let [tried, over] = [0, 0];
    fc.assert(
      fc.property(counts, (each) => {
        const [count, fewest] = countsOf(each);
        tried++;
        if (count > fewest) over++;
        expect(count - fewest).toBeLessThanOrEqual(most);
      }),
      { numRuns: runs, seed },
    );
    return over / tried;
  }

  // The search is bounded: about 1 in 400 of these cases, and 1 in 60 of the next, has a shorter result (60,000 cases). The limits are those that 300 cases
  // practically never reach.
  it('of two articles from one package, or to one: rarely one unnecessary event, never two', () => {
    const only = (keep: boolean, values: readonly number[]): number[] => values.map((each) => (keep ? each : 0));
    const counts = fc.tuple(caseOf(4, 2, 3), fc.boolean()).map(([all, turned]) => {
      const one = all.map(({ before, after }, index) => ({
        before: only(index === 0, before),
        after: only(index !== 0, after),
      }));
      return turned ? one.map(({ before, after }) => ({ before: after, after: before })) : one;
    });
    expect(shareTooLong(counts, 1)).toBeLessThan(0.03);
  });

  it('of two articles between four packages: rarely an unnecessary event, never three', () => {
    expect(shareTooLong(caseOf(4, 2, 3), 2)).toBeLessThan(0.08);
  });
});
