import {
  byPackage,
  flowAll,
  flowOne,
  type Article,
  type Demand,
  type Flow,
  type Rests,
  type Supply,
  type TypesOf,
} from './flows';
import type { PackageKey } from '../purchase';
import { routeCost } from './routes';
import { RouteSearch, type Effort, type Holdings, type Route, type Transport } from './route-search';

/** What the assignment depends on beside the pieces: packages with rests, their types, and how much may be compared yet. */
export interface Setting {
  rests: Rests;
  typesOf: TypesOf;
  effort: Effort;
}

/** Moves what can move of some articles from package to package; the routes of `earlier` flows and the rests cost nothing more. */
export type Assign = (articles: readonly Article[], earlier: readonly Flow[], setting: Setting) => Flow[];

/** The effort of one diff: some 10 ms. */
export const newEffort = (): Effort => ({ left: 1_000_000 });

/** What is compared at the most for articles that share packages, beyond one look at each order of routes. */
const MAX_SEARCH_STEPS = 100_000;

function holdingsOf(lines: readonly (Supply | Demand)[]): Holdings {
  const held = new Map<PackageKey, { pieces: number; loose: boolean }>();
  for (const each of lines) {
    if (each.left === 0) continue;
    const loose = ('becomes' in each && each.becomes !== undefined) || ('was' in each && each.was !== undefined);
    const known = held.get(each.package);
    held.set(each.package, { pieces: each.left + (known?.pieces ?? 0), loose: loose || known?.loose === true });
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

  along(routes: Iterable<Route>): Flow[] {
    return [...routes].flatMap(({ from, to }) => {
      if (from === to) return [];
      const [offers, wishes] = [this.offeredBy.get(from) ?? [], this.wantedBy.get(to) ?? []];
      const fewer = offers.length < wishes.length ? offers : wishes;
      return fewer.flatMap((article) =>
        flowAll(this.offered[article]?.get(from) ?? [], this.wanted[article]?.get(to) ?? []),
      );
    });
  }
}

interface Group {
  articles: Article[];
  transport: Transport;
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
    gives: holdingsOf(article.supplies),
    wants: holdingsOf(article.demands),
  }));
  const open = held.filter(({ gives, wants }) => gives.size > 0 && wants.size > 0);
  const nodesOf = ({ gives, wants }: (typeof open)[number]): string[] => [
    ...[...gives.keys()].map((key) => `from ${key}`),
    ...[...wants.keys()].map((key) => `to ${key}`),
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
  const keysOf = (sides: readonly Holdings[]): PackageKey[] =>
    [...new Set(sides.flatMap((side) => [...side.keys()]))].sort((a, b) => a - b);
  return [...groups.values()].map((group) => ({
    articles: group.map(({ article }) => article),
    transport: {
      articles: group,
      sources: keysOf(group.map(({ gives }) => gives)),
      targets: keysOf(group.map(({ wants }) => wants)),
    },
  }));
}

/**
 * Without comparing orders of routes: article by article, the most plausible types of packages first; along routes that are used already, then
 * where as many are wanted as are there, then to the next that wants any. Near linear.
 */
function inOrder(articles: readonly Article[], typesOf: TypesOf): Flow[] {
  const flows: Flow[] = [];
  const used = new Set<string>();
  const pass = (supply: Supply, demand: Demand): void => {
    if (supply.package === demand.package) return;
    const flow = flowOne(supply, demand);
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
      alongUsed(from, to, used, pass);
      pairEquals(from, to, pass);
      passOn(from, to, pass);
    }
  }
  return flows;
}

const costBetween = ([from]: readonly Supply[], [to]: readonly Demand[], typesOf: TypesOf): number =>
  from === undefined || to === undefined ? 0 : routeCost(typesOf(from.package), typesOf(to.package));

type Pass = (supply: Supply, demand: Demand) => void;

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

function alongUsed(from: readonly Supply[], to: readonly Demand[], used: ReadonlySet<string>, pass: Pass): void {
  const wishes = to.slice(0, MAX_DEMANDS_EXAMINED);
  for (const supply of from)
    for (const demand of wishes) if (used.has(`${supply.package} ${demand.package}`)) pass(supply, demand);
}

function pairEquals(from: readonly Supply[], to: readonly Demand[], pass: Pass): void {
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

function passOn(from: readonly Supply[], to: readonly Demand[], pass: Pass): void {
  let next = 0;
  for (const demand of to)
    for (let looked = next; demand.left > 0 && looked < from.length; looked++) {
      const supply = from[looked];
      if (supply === undefined) continue;
      pass(supply, demand);
      if (looked === next && supply.left === 0) next++;
    }
}

function assignGroup({ articles, transport }: Group, { rests, typesOf, effort }: Setting): Flow[] {
  const { length: sources } = transport.sources;
  const { length: targets } = transport.targets;
  const look = articles.length * sources * targets;
  const once = look * (sources + targets);
  if (once > effort.left) return inOrder(articles, typesOf);
  const search: Effort = { left: Math.min(MAX_SEARCH_STEPS, effort.left - once) };
  const routes = new RouteSearch(transport, rests, typesOf, search).routes();
  effort.left -= once + MAX_SEARCH_STEPS - search.left;
  return new LinesByPackage(articles).along(routes);
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
  const free = new LinesByPackage(articles).along(used.values());
  const lefts = (each: Supply | Demand): boolean => each.left > 0;
  const rests: Rests = {
    gives: withAlone(setting.rests.gives, articles, ({ supplies, demands }) =>
      demands.some(lefts) ? [] : supplies.filter((each) => lefts(each) && each.becomes === undefined),
    ),
    wants: withAlone(setting.rests.wants, articles, ({ supplies, demands }) =>
      supplies.some(lefts) ? [] : demands.filter((each) => lefts(each) && each.was === undefined),
    ),
  };
  return [...free, ...groupsOf(articles).flatMap((group) => assignGroup(group, { ...setting, rests }))];
};

/** With the packages of lines that can move no more. */
const withAlone = (
  known: ReadonlySet<PackageKey>,
  articles: readonly Article[],
  alone: (article: Article) => readonly (Supply | Demand)[],
): ReadonlySet<PackageKey> =>
  new Set([...known, ...articles.flatMap((each) => alone(each).map((line) => line.package))]);
