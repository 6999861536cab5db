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
import { LIKENESSES, type Likeness } from './likeness';
import { pairBy } from './pair-by';
import type { Instant, KeyedLine, KeyedPackage, LineItem, LineKey, Package, PackageKey } from '../purchase';
import type { Types } from './routes';
import { canonicalJson, isSame } from '../same';

/** A package on its way from what it was to what it is; absent on one side when it is new or gone. */
export interface PackageStep {
  key: PackageKey;
  before?: KeyedPackage;
  after?: Package;
}

const doneAtOf = (each?: Package): Instant | undefined =>
  each?.type === 'refund' ? each.dates.refundedAt : each?.type === 'shipment' ? each.dates.shippedAt : undefined;

/** The types of all packages. */
export function typesIn(steps: readonly PackageStep[]): TypesOf {
  const types = new Map<PackageKey, Types>();
  for (const { key, before, after } of steps) {
    const either = before ?? after;
    const doneAt = doneAtOf(after ?? before);
    if (either !== undefined)
      types.set(key, {
        before: either.type,
        after: (after ?? either).type,
        isThere: after !== undefined,
        isNew: before === undefined,
        ...(doneAt !== undefined && { doneAt }),
      });
  }
  return (key) => types.get(key) ?? { before: 'processing', after: 'processing' };
}

/** Where every piece went. What is left of a supply went nowhere, what is left of a demand came from nowhere. */
export interface Trace {
  supplies: readonly Supply[];
  demands: readonly Demand[];
  flows: readonly Flow[];
  /** The first key for more lines. */
  nextLineKey: LineKey;
}

const alike = (a: KeyedLine, b: LineItem): boolean =>
  a.quantity === b.quantity && isSame(a.details, b.details) && isSame(a.totals, b.totals);
const wholly = ({ details, quantity, totals }: LineItem): string => canonicalJson({ details, quantity, totals });

/** The lines of a package without those that did not change, wherever they stand now. */
function changedLines({ before, after }: PackageStep): { gone: KeyedLine[]; fresh: LineItem[] } {
  const sent = after?.items ?? [];
  const equal = new Set<number>();
  const gone = (before?.items ?? []).filter((line, index) => {
    const same = sent[index];
    if (same === undefined || !alike(line, same)) return true;
    equal.add(index);
    return false;
  });
  const fresh = sent.filter((_, index) => !equal.has(index));
  return gone.length === 0 || fresh.length === 0
    ? { gone, fresh }
    : pairBy<LineItem, KeyedLine, LineItem>(gone, fresh, wholly);
}

/** Names cost more than they look, and are asked for again and again. */
function named<Line extends LineItem>(key: PackageKey, line: Line, side: 'before' | 'after'): OpenLine<Line> {
  const names = new Map<Likeness, string | undefined>();
  const nameBy = (likeness: Likeness): string | undefined => {
    if (!names.has(likeness)) names.set(likeness, likeness[side](line.details));
    return names.get(likeness);
  };
  return { package: key, line, nameBy };
}

/** The lines that are not the same before and after. */
export interface OpenLines {
  gone: readonly OpenLine<KeyedLine>[];
  fresh: readonly OpenLine<LineItem>[];
}

export function openLines(steps: readonly PackageStep[]): OpenLines {
  const changed = steps.map((step) => ({ key: step.key, ...changedLines(step) }));
  return {
    gone: changed.flatMap(({ key, gone }) => gone.map((line) => named(key, line, 'before'))),
    fresh: changed.flatMap(({ key, fresh }) => fresh.map((line) => named(key, line, 'after'))),
  };
}

/** What one piece of a line costs, gross, in minor units and parts of them. */
const priceOf = ({ quantity, totals }: LineItem): number => totals.gross / quantity;

/** True if some article costs more in one line than in another, so that its price may tell which pieces went where. */
export function haveSeveralPrices({ gone, fresh }: OpenLines): boolean {
  const prices = new Map<string, number>();
  return [...gone, ...fresh].some(({ line }) => {
    const article = line.details.sku ?? line.details.nameParent;
    const known = prices.get(article) ?? priceOf(line);
    prices.set(article, known);
    return known !== priceOf(line);
  });
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

const EVERYTHING = LIKENESSES[0];
const textOf = (open: OpenLine<LineItem>): string => (EVERYTHING && open.nameBy(EVERYTHING)) ?? '';
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The most pieces first, then by all that they say: lines are never taken in the order in which they were sent. */
export function inOwnOrder<Line extends OpenLine<LineItem>>(lines: readonly Line[]): Line[] {
  return [...lines].sort(
    (a, b) =>
      a.package - b.package ||
      b.line.quantity - a.line.quantity ||
      b.line.totals.gross - a.line.totals.gross ||
      compare(textOf(a), textOf(b)) ||
      b.line.totals.net - a.line.totals.net ||
      (b.line.totals.discount ?? 0) - (a.line.totals.discount ?? 0) ||
      compare(canonicalJson(a.line.totals), canonicalJson(b.line.totals)),
  );
}

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
  assign: Assign = assignMoves,
): Trace {
  const supplies = gone.map((open): Supply => ({ ...open, left: open.line.quantity }));
  const demands = fresh.map((open): Demand => ({ ...open, key: 0, left: open.line.quantity }));
  const [offered, wanted] = [inOwnOrder(supplies), inOwnOrder(demands)];
  const flows: Flow[] = [];
  const effort = newEffort();
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
