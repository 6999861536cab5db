import {
  byPackage,
  allocateAll,
  allocateOne,
  type Article,
  type Demand,
  type Flow,
  type Remainders,
  type Supply,
  type TypesOf,
} from './flows';
import type { PackageKey } from '../purchase';
import { routeCost } from './routes';
import { RouteSearch, type StepBudget, type UnitsByPackage, type Route, type TransportProblem } from './route-search';

/** What the assignment depends on beside the pieces: packages with rests, their types, and how much may be compared yet. */
export interface AssignmentContext {
  remainders: Remainders;
  typesOf: TypesOf;
  budget: StepBudget;
}

/** Moves what can move of some articles from package to package; the routes of `earlier` flows and the rests cost nothing more. */
export type Assign = (articles: readonly Article[], earlier: readonly Flow[], setting: AssignmentContext) => Flow[];

/** The effort of one diff: some 10 ms. */
export const newStepBudget = (): StepBudget => ({ left: 1_000_000 });

/** What is compared at the most for articles that share packages, beyond one look at each order of routes. */
const MAX_SEARCH_STEPS = 100_000;

function unitsByPackage(lines: readonly (Supply | Demand)[]): UnitsByPackage {
  const held = new Map<PackageKey, { units: number; isSeparateEvent: boolean }>();
  for (const each of lines) {
    if (each.left === 0) continue;
    const isSeparateEvent =
      ('successor' in each && each.successor !== undefined) || ('source' in each && each.source !== undefined);
    const known = held.get(each.package);
    held.set(each.package, {
      units: each.left + (known?.units ?? 0),
      isSeparateEvent: isSeparateEvent || known?.isSeparateEvent === true,
    });
  }
  return held;
}

/** Lines of articles by package, and what goes along a route between them. */
class LinesByPackage {
  private readonly offered: readonly Map<PackageKey, Supply[]>[];
  private readonly wanted: readonly Map<PackageKey, Demand[]>[];
  private readonly offeredBy = new Map<PackageKey, number[]>();
  private readonly wantedBy = new Map<PackageKey, number[]>();

  constructor(articles: readonly Article[]) {
    this.offered = articles.map(({ supplies }) => byPackage(supplies));
    this.wanted = articles.map(({ demands }) => byPackage(demands));
    const note = (index: Map<PackageKey, number[]>, key: PackageKey, article: number): void => {
      const known = index.get(key);
      if (known === undefined) index.set(key, [article]);
      else known.push(article);
    };
    this.offered.forEach((packages, article) => {
      for (const key of packages.keys()) note(this.offeredBy, key, article);
    });
    this.wanted.forEach((packages, article) => {
      for (const key of packages.keys()) note(this.wantedBy, key, article);
    });
  }

  flowsAlong(routes: Iterable<Route>): Flow[] {
    return [...routes].flatMap(({ from, to }) => {
      if (from === to) return [];
      const [offers, wishes] = [this.offeredBy.get(from) ?? [], this.wantedBy.get(to) ?? []];
      const fewer = offers.length < wishes.length ? offers : wishes;
      return fewer.flatMap((article) =>
        allocateAll(this.offered[article]?.get(from) ?? [], this.wanted[article]?.get(to) ?? []),
      );
    });
  }
}

interface Group {
  articles: Article[];
  transport: TransportProblem;
}

/** Articles by the packages that they share, directly or through others: what one group does is nothing to another. */
function groupsOf(articles: readonly Article[]): Group[] {
  const parents = new Map<string, string>();
  const rootOf = (node: string): string => {
    let root = node;
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root)) root = next;
    parents.set(node, root);
    return root;
  };
  const held = articles.map((article) => ({
    article,
    supply: unitsByPackage(article.supplies),
    demand: unitsByPackage(article.demands),
  }));
  const open = held.filter(({ supply, demand }) => supply.size > 0 && demand.size > 0);
  const nodesOf = ({ supply, demand }: (typeof open)[number]): string[] => [
    ...[...supply.keys()].map((key) => `from ${key}`),
    ...[...demand.keys()].map((key) => `to ${key}`),
  ];
  for (const each of open) {
    const [first = '', ...others] = nodesOf(each);
    for (const other of others) parents.set(rootOf(other), rootOf(first));
  }
  const groups = new Map<string, typeof open>();
  for (const each of open) {
    const root = rootOf(nodesOf(each)[0] ?? '');
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [each]);
    else group.push(each);
  }
  const keysOf = (sides: readonly UnitsByPackage[]): PackageKey[] =>
    [...new Set(sides.flatMap((side) => [...side.keys()]))].sort((a, b) => a - b);
  return [...groups.values()].map((group) => ({
    articles: group.map(({ article }) => article),
    transport: {
      articles: group,
      sources: keysOf(group.map(({ supply }) => supply)),
      targets: keysOf(group.map(({ demand }) => demand)),
    },
  }));
}

/**
 * Without comparing orders of routes: article by article, the most plausible types of packages first; along routes that are used already, then
 * where as many are wanted as are there, then to the next that wants any. Near linear.
 */
function assignGreedily(articles: readonly Article[], typesOf: TypesOf): Flow[] {
  const flows: Flow[] = [];
  const used = new Set<string>();
  const pass = (supply: Supply, demand: Demand): void => {
    if (supply.package === demand.package) return;
    const flow = allocateOne(supply, demand);
    if (flow.length > 0) used.add(`${supply.package} ${demand.package}`);
    flows.push(...flow);
  };
  const typeOf = ({ package: key }: { package: PackageKey }): string => Object.values(typesOf(key)).join();
  for (const { supplies, demands } of articles) {
    const routes = byType(supplies, typeOf)
      .flatMap((from) => byType(demands, typeOf).map((to) => ({ from, to })))
      .map(({ from, to }) => ({ from, to, cost: costBetween(from, to, typesOf) }))
      .sort((a, b) => a.cost - b.cost);
    for (const { from, to } of routes) {
      fillUsedRoutes(from, to, used, pass);
      matchEqualQuantities(from, to, pass);
      fillInOrder(from, to, pass);
    }
  }
  return flows;
}

const costBetween = ([from]: readonly Supply[], [to]: readonly Demand[], typesOf: TypesOf): number =>
  from === undefined || to === undefined ? 0 : routeCost(typesOf(from.package), typesOf(to.package));

type AddFlow = (supply: Supply, demand: Demand) => void;

function byType<T extends Supply | Demand>(lines: readonly T[], typeOf: (line: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const each of lines) {
    if (each.left === 0) continue;
    const group = groups.get(typeOf(each));
    if (group === undefined) groups.set(typeOf(each), [each]);
    else group.push(each);
  }
  return [...groups.values()];
}

/** Looks at so many of the lines that want an article for each line that offers it. */
const MAX_DEMANDS_EXAMINED = 8;

function fillUsedRoutes(
  from: readonly Supply[],
  to: readonly Demand[],
  used: ReadonlySet<string>,
  pass: AddFlow,
): void {
  const wishes = to.slice(0, MAX_DEMANDS_EXAMINED);
  for (const supply of from)
    for (const demand of wishes) if (used.has(`${supply.package} ${demand.package}`)) pass(supply, demand);
}

function matchEqualQuantities(from: readonly Supply[], to: readonly Demand[], pass: AddFlow): void {
  const waiting = new Map<number, Demand[]>();
  for (const demand of [...to].reverse()) {
    const same = waiting.get(demand.left);
    if (same === undefined) waiting.set(demand.left, [demand]);
    else same.push(demand);
  }
  for (const supply of from) {
    const demand = supply.left > 0 ? waiting.get(supply.left)?.pop() : undefined;
    if (demand !== undefined) pass(supply, demand);
  }
}

function fillInOrder(from: readonly Supply[], to: readonly Demand[], pass: AddFlow): void {
  let next = 0;
  for (const demand of to)
    for (let looked = next; demand.left > 0 && looked < from.length; looked++) {
      const supply = from[looked];
      if (supply === undefined) continue;
      pass(supply, demand);
      if (looked === next && supply.left === 0) next++;
    }
}

function assignGroup({ articles, transport }: Group, { remainders, typesOf, budget }: AssignmentContext): Flow[] {
  const { length: sources } = transport.sources;
  const { length: targets } = transport.targets;
  const look = articles.length * sources * targets;
  const once = look * (sources + targets);
  if (once > budget.left) return assignGreedily(articles, typesOf);
  const search: StepBudget = { left: Math.min(MAX_SEARCH_STEPS, budget.left - once) };
  const routes = new RouteSearch(transport, remainders, typesOf, search).routes();
  budget.left -= once + MAX_SEARCH_STEPS - search.left;
  return new LinesByPackage(articles).flowsAlong(routes);
}

/**
 * What went where: an assignment of what packages have less of to what others have more of; each route (from one package to one package)
 * becomes one event, and so does what is left over in a package. Takes the pieces off `left`.
 *
 * The cheapest story is sought (routes.ts says what an event costs, and how plausible it is). Routes already in use come first: they cost
 * nothing more. Then groups of articles that share packages are solved one by one (route-search.ts). Everything that can move plausibly does.
 * It is minimal for one article where the search comes to its end: every extreme point of a transport problem is reached by some order of
 * routes that take all they can, and the fewest events are at one of them. For several articles that share several sources and targets it is
 * a heuristic (transport with a fixed charge for each route is NP-hard), compared with a brute-force search in assign-moves.spec.ts. Where
 * there is more to compare than the effort allows, pieces go in order (inOrder). Ties go to the lower keys: the same input gives the same flows.
 */
export const assignMoves: Assign = (articles, earlier, setting) => {
  const used = new Map(
    earlier.map(({ supply, demand }) => [
      `${supply.package} ${demand.package}`,
      { from: supply.package, to: demand.package },
    ]),
  );
  const free = new LinesByPackage(articles).flowsAlong(used.values());
  const isOpen = (each: Supply | Demand): boolean => each.left > 0;
  const remainders: Remainders = {
    supply: withUnmatched(setting.remainders.supply, articles, ({ supplies, demands }) =>
      demands.some(isOpen) ? [] : supplies.filter((each) => isOpen(each) && each.successor === undefined),
    ),
    demand: withUnmatched(setting.remainders.demand, articles, ({ supplies, demands }) =>
      supplies.some(isOpen) ? [] : demands.filter((each) => isOpen(each) && each.source === undefined),
    ),
  };
  return [...free, ...groupsOf(articles).flatMap((group) => assignGroup(group, { ...setting, remainders }))];
};

/** With the packages of lines that can move no more. */
const withUnmatched = (
  known: ReadonlySet<PackageKey>,
  articles: readonly Article[],
  alone: (article: Article) => readonly (Supply | Demand)[],
): ReadonlySet<PackageKey> =>
  new Set([...known, ...articles.flatMap((each) => alone(each).map((line) => line.package))]);
