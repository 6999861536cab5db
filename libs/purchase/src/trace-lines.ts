import { assignMoves, type Assign } from './assign-moves';
import { byPackage, flowAll, type Article, type Demand, type Flow, type Rests, type Supply } from './flows';
import { LIKENESSES, type Likeness } from './likeness';
import type { KeyedLine, KeyedPackage, LineItem, Package, PackageKey } from './purchase';
import { canonicalJson, isSame } from './same';

/** A package on its way from what it was to what it is; absent on one side when it is new or gone. */
export interface PackageStep {
  key: PackageKey;
  before?: KeyedPackage;
  after?: Package;
}

/** Where every piece went. What is left of a supply went nowhere, what is left of a demand came from nowhere. */
export interface Trace {
  supplies: readonly Supply[];
  demands: readonly Demand[];
  flows: readonly Flow[];
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
  if (gone.length === 0 || fresh.length === 0) return { gone, fresh };
  const waiting = new Map<string, number>();
  for (const line of gone) waiting.set(wholly(line), (waiting.get(wholly(line)) ?? 0) + 1);
  const elsewhere = new Map<string, number>();
  const changed = fresh.filter((line) => {
    const name = wholly(line);
    const more = (waiting.get(name) ?? 0) - (elsewhere.get(name) ?? 0);
    if (more > 0) elsewhere.set(name, (elsewhere.get(name) ?? 0) + 1);
    return more <= 0;
  });
  const left = gone.filter((line) => {
    const found = elsewhere.get(wholly(line)) ?? 0;
    if (found > 0) elsewhere.set(wholly(line), found - 1);
    return found <= 0;
  });
  return { gone: left, fresh: changed };
}

/** The articles of one likeness of which something is left on both sides. */
function articlesBy(likeness: Likeness, supplies: readonly Supply[], demands: readonly Demand[]): Article[] {
  const articles = new Map<string, Article>();
  for (const supply of supplies) {
    const name = supply.left > 0 ? likeness.before(supply.line.details) : undefined;
    if (name === undefined) continue;
    const article = articles.get(name);
    if (article === undefined) articles.set(name, { supplies: [supply], demands: [] });
    else article.supplies.push(supply);
  }
  for (const demand of demands) {
    const name = demand.left > 0 ? likeness.after(demand.line.details) : undefined;
    if (name !== undefined) articles.get(name)?.demands.push(demand);
  }
  return [...articles.values()].filter((article) => article.demands.length > 0);
}

/** What makes one candidate for a pair better than another: as many for as much, as many, any. */
const CLOSENESS: readonly ((line: LineItem) => string)[] = [
  ({ quantity, totals }) => `${quantity} ${totals.gross}`,
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

/**
 * Where every piece of every line went. What did not change at all stays; then, by each likeness, the most telling first: lines of one package
 * are paired, pieces go between lines of one package, and what is then missing in one package and new in another is a move (assign-moves.ts).
 * So an article is found by what tells it best, wherever it went, and a package gives away only what it has less of.
 *
 * `nextLineKey` is the first key for new lines, which get theirs in the order of the body. Near linear: each likeness is one pass over what is
 * still open.
 */
export function traceLines(steps: readonly PackageStep[], nextLineKey: number, assign: Assign = assignMoves): Trace {
  const supplies: Supply[] = [];
  const demands: Demand[] = [];
  for (const step of steps) {
    const { gone, fresh } = changedLines(step);
    for (const line of gone) supplies.push({ package: step.key, line, left: line.quantity });
    for (const line of fresh) demands.push({ package: step.key, key: 0, line, left: line.quantity });
  }
  const flows: Flow[] = [];
  for (const likeness of LIKENESSES) {
    const articles = articlesBy(likeness, supplies, demands);
    for (const article of articles) {
      pairLines(article);
      if (likeness.regroups) flows.push(...regroup(article));
    }
    flows.push(...assign(articles, flows, restsOf(supplies, demands, articles)));
  }
  let nextKey = nextLineKey;
  for (const demand of demands) demand.key = demand.was?.line.key ?? nextKey++;
  return { supplies, demands, flows };
}
