import { assignMoves, newStepBudget, type Assign } from './assign-moves';
import {
  byPackage,
  allocateAll,
  type Article,
  type Demand,
  type Flow,
  type OpenLine,
  type Remainders,
  type Supply,
  type TypesOf,
} from './flows';
import { MATCH_RULES } from './match-rules';
import { sortLines, unitPriceOf, type OpenLines } from './open-lines';
import type { LineItem, LineKey, PackageKey } from '../purchase';
import type { StepBudget } from './route-search';

/** Where every piece went. What is left of a supply went nowhere, what is left of a demand came from nowhere. */
export interface Trace {
  supplies: readonly Supply[];
  demands: readonly Demand[];
  flows: readonly Flow[];
  /** The first key for more lines. */
  nextLineKey: LineKey;
}

type KeyOf = (line: OpenLine<LineItem>) => string | undefined;

/** The articles by one name of which something is left on both sides. */
function groupByArticle(nameOf: KeyOf, supplies: readonly Supply[], demands: readonly Demand[]): Article[] {
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
const PAIRING_PRIORITIES: readonly ((line: LineItem) => string)[] = [
  ({ quantity, totals }) => `${quantity} ${totals.gross}`,
  (line) => `${unitPriceOf(line)}`,
  ({ quantity }) => `${quantity}`,
  () => '',
];

/** Pairs lines of one package: those that have no pair yet, and of what was sent, those of which nothing was found elsewhere. */
function pairLines({ supplies, demands }: Article): void {
  for (const keyOf of PAIRING_PRIORITIES) {
    const waiting = new Map<string, Supply[]>();
    // The last first, so that the first can be popped.
    for (const supply of supplies.toReversed()) {
      if (supply.successor !== undefined || supply.left === 0) continue;
      const name = `${supply.package} ${keyOf(supply.line)}`;
      const same = waiting.get(name);
      if (same === undefined) waiting.set(name, [supply]);
      else same.push(supply);
    }
    for (const demand of demands) {
      if (demand.source !== undefined || demand.left < demand.line.quantity) continue;
      const supply = waiting.get(`${demand.package} ${keyOf(demand.line)}`)?.pop();
      if (supply === undefined) continue;
      supply.successor = demand;
      demand.source = supply;
      allocateAll([supply], [demand]);
    }
  }
}

/** Pieces that went from line to line within their package. */
function regroup({ supplies, demands }: Article): Flow[] {
  const wanted = byPackage(demands);
  return [...byPackage(supplies)].flatMap(([key, offered]) => allocateAll(offered, wanted.get(key) ?? []));
}

/** Packages with lines of which nothing can move by this likeness. */
function remaindersOf(
  supplies: readonly Supply[],
  demands: readonly Demand[],
  articles: readonly Article[],
): Remainders {
  const moving = new Set<Supply | Demand>(articles.flatMap((article) => [...article.supplies, ...article.demands]));
  const packagesOf = (lines: readonly (Supply | Demand)[]): Set<PackageKey> =>
    new Set(lines.filter((each) => each.left > 0 && !moving.has(each)).map((each) => each.package));
  return {
    supply: packagesOf(supplies.filter(({ successor }) => successor === undefined)),
    demand: packagesOf(demands.filter(({ source }) => source === undefined)),
  };
}

/** The names by which lines are looked for, the most telling first; each at the same price first, where prices count. */
const rulesInOrder = (atPrice: boolean): { nameOf: KeyOf; regroups: boolean }[] =>
  MATCH_RULES.flatMap((rule) => {
    const { regroups } = rule;
    const nameOf: KeyOf = ({ matchKey }) => matchKey(rule);
    const nameAtPrice: KeyOf = (line) => {
      const name = nameOf(line);
      return name === undefined ? undefined : `${unitPriceOf(line.line)} ${name}`;
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
  { onlyBefore, onlyAfter }: OpenLines,
  nextLineKey: number,
  atPrice: boolean,
  typesOf: TypesOf,
  budget: StepBudget = newStepBudget(),
  assign: Assign = assignMoves,
): Trace {
  const supplies = onlyBefore.map((open): Supply => ({ ...open, left: open.line.quantity }));
  const demands = onlyAfter.map((open): Demand => ({ ...open, key: 0, left: open.line.quantity }));
  const [offered, wanted] = [sortLines(supplies), sortLines(demands)];
  const flows: Flow[] = [];
  for (const { nameOf, regroups } of rulesInOrder(atPrice)) {
    const articles = groupByArticle(nameOf, offered, wanted);
    if (articles.length === 0) continue;
    for (const article of articles) {
      pairLines(article);
      if (regroups) flows.push(...regroup(article));
    }
    flows.push(...assign(articles, flows, { remainders: remaindersOf(offered, wanted, articles), typesOf, budget }));
  }
  let nextKey = nextLineKey;
  for (const demand of demands) demand.key = demand.source?.line.key ?? nextKey++;
  return { supplies, demands, flows, nextLineKey: nextKey };
}
