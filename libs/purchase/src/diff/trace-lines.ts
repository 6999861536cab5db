import { assignMoves, type AssignmentContext, type AssignMoves } from './assign-moves';
import {
  byPackage,
  allocateAll,
  type Article,
  type Demand,
  type Flow,
  isOpen,
  type OpenLine,
  type Remainders,
  type Supply,
} from './flows';
import { MATCH_RULES } from './match-rules';
import { sortLines, unitPriceOf, type OpenLines } from './open-lines';
import type { LineItem, LineKey, PackageKey } from '../purchase';

/** The assignment of all units. Units left in a supply are removed, units left in a demand are added. */
export interface Trace {
  supplies: readonly Supply[];
  demands: readonly Demand[];
  flows: readonly Flow[];
  /** The key for the next new line. */
  nextLineKey: LineKey;
}

type KeyOf = (line: OpenLine<LineItem>) => string | undefined;

/** Groups open lines into articles by a match key. Only articles with unassigned units on both sides are returned. */
function groupByArticle(keyOf: KeyOf, supplies: readonly Supply[], demands: readonly Demand[]): Article[] {
  const articles = new Map<string, Article>();
  for (const supply of supplies) {
    const key = supply.left > 0 ? keyOf(supply) : undefined;
    if (key === undefined) continue;
    const article = articles.get(key);
    if (article === undefined) articles.set(key, { supplies: [supply], demands: [] });
    else article.supplies.push(supply);
  }
  if (articles.size === 0) return [];
  for (const demand of demands) {
    const key = demand.left > 0 ? keyOf(demand) : undefined;
    if (key !== undefined) articles.get(key)?.demands.push(demand);
  }
  return [...articles.values()].filter((article) => article.demands.length > 0);
}

/**
 * Keys by which lines of an article are paired within a package, in this order: quantity and gross total, unit price,
 * quantity, any.
 */
const PAIRING_PRIORITIES: readonly ((line: LineItem) => string)[] = [
  ({ quantity, totals }) => `${quantity} ${totals.gross}`,
  (line) => `${unitPriceOf(line)}`,
  ({ quantity }) => `${quantity}`,
  () => '',
];

/**
 * Pairs stored and sent lines of one package that have no counterpart yet, and allocates their common units. A sent
 * line that already has units from another line is not paired.
 */
function pairLines({ supplies, demands }: Article): void {
  for (const keyOf of PAIRING_PRIORITIES) {
    const unpaired = new Map<string, Supply[]>();
    // Lists are filled from the end, so that pop() returns the first supply.
    for (const supply of supplies.toReversed()) {
      if (supply.successor !== undefined || supply.left === 0) continue;
      const key = `${supply.package} ${keyOf(supply.line)}`;
      const same = unpaired.get(key);
      if (same === undefined) unpaired.set(key, [supply]);
      else same.push(supply);
    }
    for (const demand of demands) {
      if (demand.source !== undefined || demand.left < demand.line.quantity) continue;
      const supply = unpaired.get(`${demand.package} ${keyOf(demand.line)}`)?.pop();
      if (supply === undefined) continue;
      supply.successor = demand;
      demand.source = supply;
      allocateAll([supply], [demand]);
    }
  }
}

/** Allocates units between different lines of one package. They become ItemsRegrouped events. */
function regroup({ supplies, demands }: Article): Flow[] {
  const sentLines = byPackage(demands);
  return [...byPackage(supplies)].flatMap(([key, storedLines]) => allocateAll(storedLines, sentLines.get(key) ?? []));
}

/** Packages with remainders that cannot move by the current rule, so that they are added or removed in any case. */
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

/**
 * The match keys in the order in which they are applied: each rule, preceded by the rule limited to equal unit prices
 * if `atPrice` is set.
 */
const rulesInOrder = (atPrice: boolean): { keyOf: KeyOf; regroups: boolean }[] =>
  MATCH_RULES.flatMap((rule) => {
    const { regroups } = rule;
    const keyOf: KeyOf = ({ matchKey }) => matchKey(rule);
    const keyAtPrice: KeyOf = (line) => {
      const key = keyOf(line);
      return key === undefined ? undefined : `${unitPriceOf(line.line)} ${key}`;
    };
    return [...(atPrice ? [{ keyOf: keyAtPrice, regroups }] : []), { keyOf, regroups }];
  });

/**
 * Assigns the units of all open lines. For each match rule, the most specific first: pairs lines within a package,
 * regroups units within a package, then assigns moves between packages (assign-moves.ts). Lines are therefore matched
 * by their most specific common values, and a package gives only what it holds less of than before. `atPrice`: units
 * with equal prices are matched first.
 *
 * New lines get keys from `nextLineKey` in the order of the body. Each rule is one pass over the open lines.
 */
export function traceLines(
  { onlyBefore, onlyAfter }: OpenLines,
  nextLineKey: number,
  atPrice: boolean,
  context: Omit<AssignmentContext, 'remainders'>,
  assign: AssignMoves = assignMoves,
): Trace {
  const supplies = onlyBefore.map((open): Supply => ({ ...open, left: open.line.quantity }));
  const demands = onlyAfter.map((open): Demand => ({ ...open, key: 0, left: open.line.quantity }));
  let [storedLines, sentLines] = [sortLines(supplies), sortLines(demands)];
  const flows: Flow[] = [];
  for (const { keyOf, regroups } of rulesInOrder(atPrice)) {
    if (storedLines.length === 0 || sentLines.length === 0) break;
    const articles = groupByArticle(keyOf, storedLines, sentLines);
    if (articles.length === 0) continue;
    for (const article of articles) {
      pairLines(article);
      if (regroups) flows.push(...regroup(article));
    }
    const remainders = remaindersOf(storedLines, sentLines, articles);
    flows.push(...assign(articles, flows, { ...context, remainders }));
    storedLines = storedLines.filter(isOpen);
    sentLines = sentLines.filter(isOpen);
  }
  let nextKey = nextLineKey;
  for (const demand of demands) demand.key = demand.source?.line.key ?? nextKey++;
  return { supplies, demands, flows, nextLineKey: nextKey };
}
