import {
  byPackage,
  allocateAll,
  allocateOne,
  type Article,
  type Demand,
  type Flow,
  isOpen,
  type Remainders,
  type Supply,
  type TransportProblem,
  type TypesOf,
  type UnitsByPackage,
} from './flows';
import { groupBy } from './group-by';
import type { PackageKey } from '../purchase';
import { isOptionalRoute, routeCost } from './routes';
import type { ShipmentsWith } from './stock';
import { type Route, RouteSearch, type StepBudget } from './route-search';
import type { StepLimit } from './step-limit';

/** The other inputs of the assignment. */
export interface AssignmentContext {
  remainders: Remainders;
  typesOf: TypesOf;
  shipmentsWith: ShipmentsWith;
  budget: StepBudget;
  limit?: StepLimit;
}

/** Assigns units of the articles between packages. Routes of `earlier` flows and remainders cost no further event. */
export type AssignMoves = (
  articles: readonly Article[],
  earlier: readonly Flow[],
  context: AssignmentContext,
) => Flow[];

/** The step budget of one diff. A step takes 0.05 to 0.4 µs. */
export const newStepBudget = (): StepBudget => ({ left: 1_000_000 });

/** The step budget of one group of articles that share packages. */
const MAX_SEARCH_STEPS = 100_000;

/** The line of the other side that continues the line in its package. */
const counterpartOf = (each: Supply | Demand): Supply | Demand | undefined =>
  'key' in each ? each.source : each.successor;

function unitsByPackage(lines: readonly (Supply | Demand)[]): UnitsByPackage {
  const holdings = new Map<PackageKey, { units: number; isSeparateEvent: boolean }>();
  for (const each of lines) {
    if (each.left === 0) continue;
    const known = holdings.get(each.package);
    holdings.set(each.package, {
      units: each.left + (known?.units ?? 0),
      isSeparateEvent: counterpartOf(each) !== undefined || known?.isSeparateEvent === true,
    });
  }
  return holdings;
}

/** Indexes the lines of articles by package. */
class LinesByPackage {
  private readonly suppliesByPackage: readonly Map<PackageKey, Supply[]>[];
  private readonly demandsByPackage: readonly Map<PackageKey, Demand[]>[];
  private readonly articlesFrom = new Map<PackageKey, number[]>();
  private readonly articlesTo = new Map<PackageKey, number[]>();

  constructor(articles: readonly Article[]) {
    this.suppliesByPackage = articles.map(({ supplies }) => byPackage(supplies));
    this.demandsByPackage = articles.map(({ demands }) => byPackage(demands));
    const addToIndex = (index: Map<PackageKey, number[]>, key: PackageKey, article: number): void => {
      const known = index.get(key);
      if (known === undefined) index.set(key, [article]);
      else known.push(article);
    };
    this.suppliesByPackage.forEach((packages, article) => {
      for (const key of packages.keys()) addToIndex(this.articlesFrom, key, article);
    });
    this.demandsByPackage.forEach((packages, article) => {
      for (const key of packages.keys()) addToIndex(this.articlesTo, key, article);
    });
  }

  flowsAlong(routes: Iterable<Route>): Flow[] {
    return [...routes].flatMap(({ from, to }) => {
      if (from === to) return [];
      const [supplied, demanded] = [this.articlesFrom.get(from) ?? [], this.articlesTo.get(to) ?? []];
      const fewer = supplied.length < demanded.length ? supplied : demanded;
      return fewer.flatMap((article) =>
        allocateAll(this.suppliesByPackage[article]?.get(from) ?? [], this.demandsByPackage[article]?.get(to) ?? []),
      );
    });
  }
}

interface Group {
  articles: Article[];
  transport: TransportProblem;
}

/**
 * Splits articles into groups that share no package, directly or through others. Groups are independent of each other.
 */
function independentGroups(articles: readonly Article[]): Group[] {
  const parents = new Map<string, string>();
  const rootOf = (node: string): string => {
    let root = node;
    for (let next = parents.get(root); next !== undefined; next = parents.get(root)) {
      // Halves the path, so that a long chain of packages takes near linear time.
      const beyond = parents.get(next) ?? next;
      parents.set(root, beyond);
      root = beyond;
    }
    return root;
  };
  const join = (a: string, b: string): void => {
    const [rootA, rootB] = [rootOf(a), rootOf(b)];
    if (rootA !== rootB) parents.set(rootA, rootB);
  };
  const holdings = articles.map((article) => ({
    article,
    supply: unitsByPackage(article.supplies),
    demand: unitsByPackage(article.demands),
  }));
  const open = holdings.filter(({ supply, demand }) => supply.size > 0 && demand.size > 0);
  const nodesOf = ({ supply, demand }: (typeof open)[number]): string[] => [
    ...[...supply.keys()].map((key) => `from ${key}`),
    ...[...demand.keys()].map((key) => `to ${key}`),
  ];
  for (const each of open) {
    const [first = '', ...others] = nodesOf(each);
    for (const other of others) join(other, first);
  }
  const groups = groupBy(open, (each) => rootOf(nodesOf(each)[0] ?? ''));
  const packageKeys = (sides: readonly UnitsByPackage[]): PackageKey[] =>
    [...new Set(sides.flatMap((side) => [...side.keys()]))].sort((a, b) => a - b);
  return [...groups.values()].map((group) => ({
    articles: group.map(({ article }) => article),
    transport: {
      articles: group,
      sources: packageKeys(group.map(({ supply }) => supply)),
      targets: packageKeys(group.map(({ demand }) => demand)),
    },
  }));
}

/**
 * Greedy assignment, used if the step budget does not allow a search: article by article, the cheapest pair of package
 * types first; for each, routes in use, then equal quantities, then list order. Near linear.
 */
function assignGreedily(articles: readonly Article[], typesOf: TypesOf): Flow[] {
  const flows: Flow[] = [];
  const used = new Set<string>();
  const addFlow = (supply: Supply, demand: Demand): void => {
    if (supply.package === demand.package) return;
    const flow = allocateOne(supply, demand);
    if (flow.length > 0) used.add(`${supply.package} ${demand.package}`);
    flows.push(...flow);
  };
  const typeOf = ({ package: key }: { package: PackageKey }): string => Object.values(typesOf(key)).join();
  for (const { supplies, demands } of articles) {
    const routes = byType(supplies, typeOf)
      .flatMap((from) => byType(demands, typeOf).map((to) => ({ from, to })))
      .map(({ from, to }) => ({ from, to, cost: routeCost(typesOf(from[0].package), typesOf(to[0].package)) }))
      .sort((a, b) => a.cost - b.cost);
    for (const { from, to } of routes) {
      fillUsedRoutes(from, to, used, addFlow);
      matchEqualQuantities(from, to, addFlow);
      fillInOrder(from, to, addFlow);
    }
  }
  return flows;
}

type AddFlow = (supply: Supply, demand: Demand) => void;

function byType<T extends Supply | Demand>(lines: readonly T[], typeOf: (line: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const each of lines) {
    const group = groups.get(typeOf(each));
    if (group === undefined) groups.set(typeOf(each), [each]);
    else group.push(each);
  }
  return [...groups.values()];
}

/** The number of demands that are compared with each supply. */
const MAX_DEMANDS_EXAMINED = 8;

function fillUsedRoutes(
  from: readonly Supply[],
  to: readonly Demand[],
  used: ReadonlySet<string>,
  addFlow: AddFlow,
): void {
  const demanded = to.slice(0, MAX_DEMANDS_EXAMINED);
  for (const supply of from)
    for (const demand of demanded) if (used.has(`${supply.package} ${demand.package}`)) addFlow(supply, demand);
}

function matchEqualQuantities(from: readonly Supply[], to: readonly Demand[], addFlow: AddFlow): void {
  const unmatched = new Map<number, Demand[]>();
  for (const demand of [...to].reverse()) {
    const same = unmatched.get(demand.left);
    if (same === undefined) unmatched.set(demand.left, [demand]);
    else same.push(demand);
  }
  for (const supply of from) {
    const demand = unmatched.get(supply.left)?.pop();
    if (demand !== undefined) addFlow(supply, demand);
  }
}

function fillInOrder(from: readonly Supply[], to: readonly Demand[], addFlow: AddFlow): void {
  let next = 0;
  for (const demand of to)
    for (let index = next; demand.left > 0 && index < from.length; index++) {
      const supply = from[index];
      if (supply === undefined) continue;
      addFlow(supply, demand);
      if (index === next && supply.left === 0) next++;
    }
}

/** The flows of a group that has one plausible route, so that there is nothing to compare. Undefined for other groups. */
function flowsAlongOnlyRoute(
  { articles, transport: { sources, targets } }: Group,
  typesOf: TypesOf,
): Flow[] | undefined {
  const [from, to] = [sources[0], targets[0]];
  if (sources.length > 1 || targets.length > 1 || from === undefined || to === undefined || from === to)
    return undefined;
  if (isOptionalRoute(typesOf(from), typesOf(to))) return undefined;
  return articles.flatMap(({ supplies, demands }) => allocateAll(supplies, demands));
}

function assignGroup(group: Group, context: AssignmentContext): Flow[] {
  const { typesOf, budget, limit } = context;
  const only = flowsAlongOnlyRoute(group, typesOf);
  if (only !== undefined) return only;
  const { articles, transport } = group;
  const { length: sources } = transport.sources;
  const { length: targets } = transport.targets;
  const comparisons = articles.length * sources * targets;
  const onePass = comparisons * (sources + targets);
  if (onePass > budget.left) return assignGreedily(articles, typesOf);
  limit?.spend(onePass);
  const given = Math.min(MAX_SEARCH_STEPS, budget.left - onePass);
  const search: StepBudget = { left: given };
  const routes = new RouteSearch(transport, context, search, limit).routes();
  budget.left -= onePass + given - search.left;
  return new LinesByPackage(articles).flowsAlong(routes);
}

/**
 * Assigns units that are missing in some packages to units that are new in others, and reduces `left` of both. Each
 * route (one source package, one target package) becomes one event, and so do the remainders of a package.
 *
 * Minimizes the cost defined in routes.ts. Routes in use are filled first, at no cost. Then each group of articles that
 * share packages is solved separately by branch and bound (route-search.ts). The result is minimal for one article if
 * the search completes: an optimum of a transportation problem is at an extreme point, and each extreme point is
 * reached by some order of routes that take all they can. With several articles it is a heuristic, because
 * transportation with a fixed charge for each route is NP-hard; assign-moves.spec.ts compares it with brute force.
 * Without enough budget, `assignGreedily` is used. Ties are resolved by lower keys, so equal input gives equal flows.
 */
export const assignMoves: AssignMoves = (articles, earlier, context) => {
  const used = new Map(
    earlier.map(({ supply, demand }) => [
      `${supply.package} ${demand.package}`,
      { from: supply.package, to: demand.package },
    ]),
  );
  const onUsedRoutes = new LinesByPackage(articles).flowsAlong(used.values());
  const remainders: Remainders = {
    supply: withPackagesOf(
      articles.filter(({ demands }) => !demands.some(isOpen)).flatMap(({ supplies }) => supplies),
      context.remainders.supply,
    ),
    demand: withPackagesOf(
      articles.filter(({ supplies }) => !supplies.some(isOpen)).flatMap(({ demands }) => demands),
      context.remainders.demand,
    ),
  };
  return [
    ...onUsedRoutes,
    ...independentGroups(articles).flatMap((group) => assignGroup(group, { ...context, remainders })),
  ];
};

/** Adds the packages of open lines that are removed or added as a whole, because no unit can move. */
const withPackagesOf = (
  lines: readonly (Supply | Demand)[],
  known: ReadonlySet<PackageKey>,
): ReadonlySet<PackageKey> => {
  const whole = lines.filter((each) => isOpen(each) && counterpartOf(each) === undefined);
  return new Set([...known, ...whole.map((line) => line.package)]);
};
