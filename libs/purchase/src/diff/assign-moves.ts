import { byPackage, flowAll, type Article, type Demand, type Flow, type Rests, type Supply } from './flows';
import type { PackageKey } from '../purchase';

/** Moves what can move of some articles from package to package; the routes of `earlier` flows and `rests` cost nothing more. */
export type Assign = (articles: readonly Article[], earlier: readonly Flow[], rests: Rests) => Flow[];

/** From one package to one package. All that goes along it is one event. */
interface Route {
  from: PackageKey;
  to: PackageKey;
}

interface OpenRoute extends Route {
  /** How many it could take. */
  pieces: number;
  /** How many of its two ends would be settled, with nothing left of any article. */
  settles: number;
}

/** What the packages still have and still want of one article, in pieces; `loose` where a rest of it would be an event of its own. */
interface Balance {
  gives: Map<PackageKey, number>;
  wants: Map<PackageKey, number>;
  loose: ReadonlySet<PackageKey>;
}

/** Work bounds, in steps that each look at one article between two packages: beyond the first the packages are taken in their order. */
const MOST_STEPS = 2_000_000;
const MOST_STEPS_OF_SEARCH = 100_000;

function summed(list: readonly (Supply | Demand)[]): Map<PackageKey, number> {
  const sums = new Map<PackageKey, number>();
  for (const each of list) if (each.left > 0) sums.set(each.package, (sums.get(each.package) ?? 0) + each.left);
  return sums;
}

const balanceOf = ({ supplies, demands }: Article): Balance => ({
  gives: summed(supplies),
  wants: summed(demands),
  loose: new Set(
    [...supplies.filter((each) => each.becomes), ...demands.filter((each) => each.was)].map((each) => each.package),
  ),
});

const piecesOf = ({ gives, wants }: Balance, { from, to }: Route): number =>
  from === to ? 0 : Math.min(gives.get(from) ?? 0, wants.get(to) ?? 0);

function take(side: Map<PackageKey, number>, key: PackageKey, pieces: number): Map<PackageKey, number> {
  const rest = new Map(side);
  const left = (rest.get(key) ?? 0) - pieces;
  if (left > 0) rest.set(key, left);
  else rest.delete(key);
  return rest;
}

const after = (balances: readonly Balance[], route: Route): Balance[] =>
  balances.map((balance) => {
    const pieces = piecesOf(balance, route);
    if (pieces === 0) return balance;
    return { ...balance, gives: take(balance.gives, route.from, pieces), wants: take(balance.wants, route.to, pieces) };
  });

/** How many pieces of any article each package has left on one side. */
function totalsOf(balances: readonly Balance[], side: 'gives' | 'wants'): Map<PackageKey, number> {
  const totals = new Map<PackageKey, number>();
  for (const balance of balances)
    for (const [key, pieces] of balance[side]) totals.set(key, (totals.get(key) ?? 0) + pieces);
  return totals;
}

/** Every route along which something could move; those that settle the most first, then those that take the most. */
function openRoutes(balances: readonly Balance[]): OpenRoute[] {
  const routes = new Map<string, OpenRoute>();
  for (const balance of balances)
    for (const from of balance.gives.keys())
      for (const to of balance.wants.keys()) {
        const pieces = piecesOf(balance, { from, to });
        if (pieces === 0) continue;
        const route = routes.get(`${from} ${to}`) ?? { from, to, pieces: 0, settles: 0 };
        route.pieces += pieces;
        routes.set(`${from} ${to}`, route);
      }
  const [gives, wants] = [totalsOf(balances, 'gives'), totalsOf(balances, 'wants')];
  for (const route of routes.values())
    route.settles = Number(gives.get(route.from) === route.pieces) + Number(wants.get(route.to) === route.pieces);
  return [...routes.values()].sort(
    (a, b) => b.settles - a.settles || b.pieces - a.pieces || a.from - b.from || a.to - b.to,
  );
}

/** How many events the rests of one side will take: one for each loose line, one for all others of a package. */
function costOfRests(balances: readonly Balance[], side: 'gives' | 'wants', rests: ReadonlySet<PackageKey>): number {
  const together = new Set<PackageKey>();
  let alone = 0;
  for (const balance of balances)
    for (const key of balance[side].keys())
      if (balance.loose.has(key)) alone++;
      else if (!rests.has(key)) together.add(key);
  return alone + together.size;
}

/** How many packages will cost an event yet, whatever is done: by a route, or by what is left of them. */
function packagesToSettle(
  balances: readonly Balance[],
  side: 'gives' | 'wants',
  rests: ReadonlySet<PackageKey>,
): number {
  const open = new Set<PackageKey>();
  for (const balance of balances)
    for (const key of balance[side].keys()) if (balance.loose.has(key) || !rests.has(key)) open.add(key);
  return open.size;
}

/** Tries the routes in the order of openRoutes, then in others, and keeps the order that makes the fewest events. */
class RouteSearch {
  best: readonly Route[] = [];
  private cost = Infinity;
  private tried = 0;

  constructor(
    private readonly most: number,
    private readonly rests: Rests,
  ) {}

  search(balances: readonly Balance[], used: readonly Route[]): void {
    // A route settles two packages at the most, one of each side.
    const bound =
      used.length +
      Math.max(
        packagesToSettle(balances, 'gives', this.rests.gives),
        packagesToSettle(balances, 'wants', this.rests.wants),
      );
    if (bound >= this.cost) return;
    const open = openRoutes(balances);
    if (open.length === 0) {
      const cost =
        used.length +
        costOfRests(balances, 'gives', this.rests.gives) +
        costOfRests(balances, 'wants', this.rests.wants);
      if (cost < this.cost) [this.cost, this.best] = [cost, used];
      return;
    }
    for (const route of open) {
      if (this.cost < Infinity && ++this.tried > this.most) return;
      this.search(after(balances, route), [...used, route]);
    }
  }
}

/** The routes in the order in which they are to be taken; undefined where there are too many to compare. */
function chooseRoutes(balances: readonly Balance[], rests: Rests): readonly Route[] | undefined {
  const combinations = balances.reduce((sum, { gives, wants }) => sum + gives.size * wants.size, 0);
  const routes = totalsOf(balances, 'gives').size * totalsOf(balances, 'wants').size;
  if (combinations * routes > MOST_STEPS) return undefined;
  const search = new RouteSearch(Math.floor(MOST_STEPS_OF_SEARCH / (combinations + 1)), rests);
  search.search(balances, []);
  return search.best;
}

/** Lines of articles by package, and what goes along a route between them. */
class Yard {
  private readonly offered: readonly Map<PackageKey, Supply[]>[];
  private readonly wanted: readonly Map<PackageKey, Demand[]>[];

  constructor(articles: readonly Article[]) {
    this.offered = articles.map(({ supplies }) => byPackage(supplies));
    this.wanted = articles.map(({ demands }) => byPackage(demands));
  }

  along(routes: Iterable<Route>): Flow[] {
    return [...routes].flatMap(({ from, to }) =>
      from === to
        ? []
        : this.offered.flatMap((offered, index) => flowAll(offered.get(from) ?? [], this.wanted[index]?.get(to) ?? [])),
    );
  }
}

/** Every piece to the next package that wants it; in packages that have and want the same article, it stays. */
function inOrder({ supplies, demands }: Article): Flow[] {
  const both = new Set(supplies.filter(({ left }) => left > 0).map((each) => each.package));
  return flowAll(
    supplies,
    demands.filter((each) => !both.has(each.package)),
  );
}

/**
 * What went where: an assignment of what packages have less of to what others have more of; each route (from one package to one package)
 * becomes one event, and so does what is left over in a package. Everything that can move does. Takes the pieces off `left`.
 *
 * Routes already in use come first: they cost nothing more. Then the route that settles the most ends, then takes the most pieces, until
 * nothing is left; other orders of routes are tried as long as they promise fewer events (branch and bound, so many steps). A route that
 * is taken takes all it can, which loses nothing for one article: every extreme point of a transport problem is reached by some order of such
 * routes, and the fewest events are at one of them. So it is minimal wherever there is one source or one target, and for one article where the
 * search comes to its end; for several articles that share several of both it is a heuristic (transport with a fixed charge for each route is
 * NP-hard), compared with a brute-force search in assign-moves.spec.ts. Ties go to the lower keys: the same input gives the same flows.
 */
export const assignMoves: Assign = (articles, earlier, rests) => {
  const used = new Map(
    earlier.map(({ supply, demand }) => [
      `${supply.package} ${demand.package}`,
      { from: supply.package, to: demand.package },
    ]),
  );
  const yard = new Yard(articles);
  const free = yard.along(used.values());
  const routes = chooseRoutes(articles.map(balanceOf), rests);
  return [...free, ...(routes === undefined ? articles.flatMap(inOrder) : yard.along(routes))];
};
