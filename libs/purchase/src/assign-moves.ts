import { LIKENESSES } from './likeness';
import type { KeyedLine, LineItem, LineKey, PackageKey } from './purchase';

/** A line that has fewer than before, or is gone: `left` pieces of it are somewhere else now, or nowhere. */
export interface Supply {
  package: PackageKey;
  line: KeyedLine;
  left: number;
}

/** A line that has more than before, or is new: `left` pieces of it come from somewhere else, or from nowhere. */
export interface Demand {
  package: PackageKey;
  key: LineKey;
  line: LineItem;
  left: number;
}

export interface Flow {
  supply: Supply;
  demand: Demand;
  quantity: number;
}

interface Article {
  supplies: Supply[];
  demands: Demand[];
}

interface Route {
  from: PackageKey;
  to: PackageKey;
}

/** Beyond so many combinations of packages the routes are taken in their order instead of the best first. */
const MOST_COMPARED = 10_000;

const pick = <T extends { left: number; package: PackageKey }>(list: readonly T[], from: PackageKey): T[] =>
  list.filter((each) => each.package === from && each.left > 0);

/** The articles of one likeness that are both wanted and to be had. */
function articlesBy(
  likeness: (typeof LIKENESSES)[number],
  supplies: readonly Supply[],
  demands: readonly Demand[],
): Article[] {
  const articles = new Map<string, Article>();
  for (const supply of supplies) {
    const name = supply.left > 0 ? likeness(supply.line.details) : undefined;
    if (name === undefined) continue;
    const article = articles.get(name) ?? { supplies: [], demands: [] };
    article.supplies.push(supply);
    articles.set(name, article);
  }
  for (const demand of demands) {
    const name = demand.left > 0 ? likeness(demand.line.details) : undefined;
    if (name !== undefined) articles.get(name)?.demands.push(demand);
  }
  return [...articles.values()].filter(({ demands: wanted }) => wanted.length > 0);
}

function moveAlong({ from, to }: Route, articles: readonly Article[], flows: Flow[]): void {
  for (const article of articles) {
    const supplies = pick(article.supplies, from);
    for (const demand of pick(article.demands, to)) {
      for (const supply of supplies) {
        const quantity = Math.min(supply.left, demand.left);
        if (quantity === 0) continue;
        supply.left -= quantity;
        demand.left -= quantity;
        flows.push({ supply, demand, quantity });
      }
    }
  }
}

function leftByPackage(list: readonly { left: number; package: PackageKey }[]): Map<PackageKey, number> {
  const left = new Map<PackageKey, number>();
  for (const each of list) if (each.left > 0) left.set(each.package, (left.get(each.package) ?? 0) + each.left);
  return left;
}

/** Every route along which something could move, with how many pieces it could take, in a fixed order. */
function routesOf(articles: readonly Article[]): (Route & { pieces: number })[] {
  const routes = new Map<string, Route & { pieces: number }>();
  for (const article of articles) {
    const wanted = leftByPackage(article.demands);
    for (const [from, offered] of leftByPackage(article.supplies)) {
      for (const [to, asked] of wanted) {
        if (from === to) continue;
        const route = routes.get(`${from} ${to}`) ?? { from, to, pieces: 0 };
        route.pieces += Math.min(offered, asked);
        routes.set(`${from} ${to}`, route);
      }
    }
  }
  return [...routes.values()].sort((a, b) => b.pieces - a.pieces || a.from - b.from || a.to - b.to);
}

function assignArticles(articles: readonly Article[], used: Route[], flows: Flow[]): void {
  for (const route of used) moveAlong(route, articles, flows);
  const combinations = articles.reduce((sum, { supplies, demands }) => sum + supplies.length * demands.length, 0);
  for (;;) {
    const routes = routesOf(articles);
    const chosen = combinations > MOST_COMPARED ? routes : routes.slice(0, 1);
    if (chosen.length === 0) return;
    for (const route of chosen) moveAlong(route, articles, flows);
    used.push(...chosen);
  }
}

/**
 * What went where: an assignment of what is missing to what is new, across packages, with few routes; each route (from one package, to one
 * package) becomes one event. Everything that can move does.
 *
 * By likeness, the most telling first; in each, the routes already in use, then the route that takes the most pieces, until nothing is left.
 * That is the fewest routes wherever there is one source or one target, which is nearly every sync of a real order; with several of both it is
 * a heuristic (the general problem, transport with a fixed charge for each route, is NP-hard). Ties go to the lower keys, so the same input
 * gives the same flows. Takes the moved pieces off `left` of its arguments.
 */
export function assignMoves(supplies: readonly Supply[], demands: readonly Demand[]): Flow[] {
  const flows: Flow[] = [];
  const used: Route[] = [];
  for (const likeness of LIKENESSES) {
    if (!supplies.some(({ left }) => left > 0) || !demands.some(({ left }) => left > 0)) break;
    assignArticles(articlesBy(likeness, supplies, demands), used, flows);
  }
  return flows;
}
