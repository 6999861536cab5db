import { assignMoves, newEffort, type Assign } from './assign-moves';
import {
  byPackage,
  flowAll,
  type Article,
  type Demand,
  type Flow,
  type OpenLine,
  type Rests,
  type Supply,
  type TypesOf,
} from './flows';
import { LIKENESSES } from './likeness';
import { inOwnOrder, priceOf, type OpenLines } from './open-lines';
import type { LineItem, LineKey, PackageKey } from '../purchase';
import type { Effort } from './route-search';

/** Where every piece went. What is left of a supply went nowhere, what is left of a demand came from nowhere. */
export interface Trace {
  supplies: readonly Supply[];
  demands: readonly Demand[];
  flows: readonly Flow[];
  /** The first key for more lines. */
  nextLineKey: LineKey;
}

type Name = (line: OpenLine<LineItem>) => string | undefined;

/** The articles by one name of which something is left on both sides. */
function articlesBy(nameOf: Name, supplies: readonly Supply[], demands: readonly Demand[]): Article[] {
  const articles = new Map<string, Article>();
  for (const supply of supplies) {
    const name = supply.left > 0 ? nameOf(supply) : undefined;
    if (name === undefined) continue;
    const article = articles.get(name);
    if (article === undefined) articles.set(name, { supplies: [supply], demands: [] });
    else article.supplies.push(supply);
  }
  if (articles.size === 0) return [];
  for (const demand of demands) {
    const name = demand.left > 0 ? nameOf(demand) : undefined;
    if (name !== undefined) articles.get(name)?.demands.push(demand);
  }
  return [...articles.values()].filter((article) => article.demands.length > 0);
}

/** What makes one candidate for a pair better than another: as many for as much, at the same price, as many, any. */
const CLOSENESS: readonly ((line: LineItem) => string)[] = [
  ({ quantity, totals }) => `${quantity} ${totals.gross}`,
  (line) => `${priceOf(line)}`,
  ({ quantity }) => `${quantity}`,
  () => '',
];

/** Pairs lines of one package: those that have no pair yet, and of what was sent, those of which nothing was found elsewhere. */
function pairLines({ supplies, demands }: Article): void {
  for (const closeness of CLOSENESS) {
    const waiting = new Map<string, Supply[]>();
    // The last first, so that the first can be popped.
    for (const supply of supplies.toReversed()) {
      if (supply.becomes !== undefined || supply.left === 0) continue;
      const name = `${supply.package} ${closeness(supply.line)}`;
      const same = waiting.get(name);
      if (same === undefined) waiting.set(name, [supply]);
      else same.push(supply);
    }
    for (const demand of demands) {
      if (demand.was !== undefined || demand.left < demand.line.quantity) continue;
      const supply = waiting.get(`${demand.package} ${closeness(demand.line)}`)?.pop();
      if (supply === undefined) continue;
      supply.becomes = demand;
      demand.was = supply;
      flowAll([supply], [demand]);
    }
  }
}

/** Pieces that went from line to line within their package. */
function regroup({ supplies, demands }: Article): Flow[] {
  const wanted = byPackage(demands);
  return [...byPackage(supplies)].flatMap(([key, offered]) => flowAll(offered, wanted.get(key) ?? []));
}

/** Packages with lines of which nothing can move by this likeness. */
function restsOf(supplies: readonly Supply[], demands: readonly Demand[], articles: readonly Article[]): Rests {
  const moving = new Set<Supply | Demand>(articles.flatMap((article) => [...article.supplies, ...article.demands]));
  const packagesOf = (lines: readonly (Supply | Demand)[]): Set<PackageKey> =>
    new Set(lines.filter((each) => each.left > 0 && !moving.has(each)).map((each) => each.package));
  return {
    gives: packagesOf(supplies.filter(({ becomes }) => becomes === undefined)),
    wants: packagesOf(demands.filter(({ was }) => was === undefined)),
  };
}

/** The names by which lines are looked for, the most telling first; each at the same price first, where prices count. */
const namings = (atPrice: boolean): { nameOf: Name; regroups: boolean }[] =>
  LIKENESSES.flatMap((likeness) => {
    const { regroups } = likeness;
    const nameOf: Name = ({ nameBy }) => nameBy(likeness);
    const nameAtPrice: Name = (line) => {
      const name = nameOf(line);
      return name === undefined ? undefined : `${priceOf(line.line)} ${name}`;
    };
    return [...(atPrice ? [{ nameOf: nameAtPrice, regroups }] : []), { nameOf, regroups }];
  });

/**
 * Where every piece of every line went. By each likeness, the most telling first: lines of one package are paired, pieces go between lines of
 * one package, and what is then missing in one package and new in another is a move (assign-moves.ts). So an article is found by what tells it
 * best, wherever it went, and a package gives away only what it has less of. `atPrice`: pieces of one price are looked for at that price first.
 *
 * `nextLineKey` is the first key for new lines, which get theirs in the order of the body. Near linear: each likeness is one pass over what is
 * still open.
 */
export function traceLines(
  { gone, fresh }: OpenLines,
  nextLineKey: number,
  atPrice: boolean,
  typesOf: TypesOf,
  effort: Effort = newEffort(),
  assign: Assign = assignMoves,
): Trace {
  const supplies = gone.map((open): Supply => ({ ...open, left: open.line.quantity }));
  const demands = fresh.map((open): Demand => ({ ...open, key: 0, left: open.line.quantity }));
  const [offered, wanted] = [inOwnOrder(supplies), inOwnOrder(demands)];
  const flows: Flow[] = [];
  for (const { nameOf, regroups } of namings(atPrice)) {
    const articles = articlesBy(nameOf, offered, wanted);
    if (articles.length === 0) continue;
    for (const article of articles) {
      pairLines(article);
      if (regroups) flows.push(...regroup(article));
    }
    flows.push(...assign(articles, flows, { rests: restsOf(offered, wanted, articles), typesOf, effort }));
  }
  let nextKey = nextLineKey;
  for (const demand of demands) demand.key = demand.was?.line.key ?? nextKey++;
  return { supplies, demands, flows, nextLineKey: nextKey };
}
