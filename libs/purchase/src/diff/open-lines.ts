import type { OpenLine } from './flows';
import { MATCH_RULES } from './match-rules';
import { pairBy } from './pair-by';
import type { KeyedLine, KeyedPackage, LineItem, Package, PackageKey } from '../purchase';
import { canonicalJson, isSame } from '../same';

/** A stored package and its sent counterpart. `before` is absent for an added package, `after` for a removed one. */
export interface PackageChange {
  key: PackageKey;
  before?: KeyedPackage;
  after?: Package;
}

const isSameLine = (a: KeyedLine, b: LineItem): boolean =>
  a.quantity === b.quantity && isSame(a.details, b.details) && isSame(a.totals, b.totals);

/** The gross price of one unit in minor units, not rounded. */
export const unitPriceOf = ({ quantity, totals }: LineItem): number => totals.gross / quantity;

/** The stored and sent lines without an identical counterpart in their package. */
export interface OpenLines {
  onlyBefore: readonly OpenLine<KeyedLine>[];
  onlyAfter: readonly OpenLine<LineItem>[];
}

/** True if an article has different unit prices in two lines, so that prices can help to match units. */
export function hasArticleWithSeveralPrices({ onlyBefore, onlyAfter }: OpenLines): boolean {
  const prices = new Map<string, number>();
  return [...onlyBefore, ...onlyAfter].some(({ line }) => {
    const article = line.details.sku ?? line.details.nameParent;
    const known = prices.get(article) ?? unitPriceOf(line);
    prices.set(article, known);
    return known !== unitPriceOf(line);
  });
}

type MatchKeyOf = OpenLine<LineItem>['matchKey'];

interface ChangedLines {
  onlyBefore: readonly KeyedLine[];
  onlyAfter: readonly LineItem[];
}

/** Compares lines and computes their match keys. Caches both for all pairings that one diff evaluates. */
export class LineComparison {
  private readonly changed = new Map<KeyedPackage | undefined, Map<Package | undefined, ChangedLines>>();
  private readonly texts = new Map<LineItem, string>();
  private readonly matchKeys = { before: new Map<LineItem, MatchKeyOf>(), after: new Map<LineItem, MatchKeyOf>() };

  /** The open lines of all packages. */
  openLines(steps: readonly PackageChange[]): OpenLines {
    const onlyBefore: OpenLine<KeyedLine>[] = [];
    const onlyAfter: OpenLine<LineItem>[] = [];
    for (const step of steps) {
      const changed = this.changedLines(step);
      for (const line of changed.onlyBefore) onlyBefore.push(this.open(step.key, line, 'before'));
      for (const line of changed.onlyAfter) onlyAfter.push(this.open(step.key, line, 'after'));
    }
    return { onlyBefore, onlyAfter };
  }

  private changedLines({ before, after }: PackageChange): ChangedLines {
    const known = this.changed.get(before) ?? new Map<Package | undefined, ChangedLines>();
    this.changed.set(before, known);
    const changed = known.get(after) ?? this.compareLines(before?.items ?? [], after?.items ?? []);
    known.set(after, changed);
    return changed;
  }

  /** The lines of a package without those that have an identical counterpart, at the same position first. */
  private compareLines(before: readonly KeyedLine[], after: readonly LineItem[]): ChangedLines {
    if (before.length === 0 || after.length === 0) return { onlyBefore: before, onlyAfter: after };
    const equal = new Set<number>();
    const onlyBefore = before.filter((line, index) => {
      const same = after[index];
      if (same === undefined || !isSameLine(line, same)) return true;
      equal.add(index);
      return false;
    });
    const onlyAfter = after.filter((_, index) => !equal.has(index));
    return onlyBefore.length === 0 || onlyAfter.length === 0
      ? { onlyBefore, onlyAfter }
      : pairBy<LineItem, KeyedLine, LineItem>(onlyBefore, onlyAfter, this.textOf);
  }

  private textOf = (line: LineItem): string => {
    const { details, quantity, totals } = line;
    const text = this.texts.get(line) ?? canonicalJson({ details, quantity, totals });
    this.texts.set(line, text);
    return text;
  };

  private open<Line extends LineItem>(key: PackageKey, line: Line, side: 'before' | 'after'): OpenLine<Line> {
    const matchKey = this.matchKeys[side].get(line) ?? matchKeyOf(line, side);
    this.matchKeys[side].set(line, matchKey);
    return { package: key, line, matchKey };
  }
}

/** Computes each match key of a line once. */
function matchKeyOf({ details }: LineItem, side: 'before' | 'after'): MatchKeyOf {
  const keys: (string | null | undefined)[] = [];
  return (rule) => {
    const known = keys[rule.rank];
    if (known !== undefined) return known ?? undefined;
    const key = rule[side](details);
    keys[rule.rank] = key ?? null;
    return key;
  };
}

const ALL_DETAILS = MATCH_RULES[0];
const textOf = (open: OpenLine<LineItem>): string => (ALL_DETAILS && open.matchKey(ALL_DETAILS)) ?? '';
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Sorts lines by package, quantity, totals and content, so that the order in the body has no influence. */
export function sortLines<Line extends OpenLine<LineItem>>(lines: readonly Line[]): Line[] {
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
