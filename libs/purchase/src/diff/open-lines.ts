import type { OpenLine, TypesOf } from './flows';
import { LIKENESSES, type Likeness } from './likeness';
import { pairBy } from './pair-by';
import type { Instant, KeyedLine, KeyedPackage, LineItem, Package, PackageKey } from '../purchase';
import type { Types } from './routes';
import { canonicalJson, isSame } from '../same';

/** A package before and after; one side is absent when the package is new or gone. */
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

const alike = (a: KeyedLine, b: LineItem): boolean =>
  a.quantity === b.quantity && isSame(a.details, b.details) && isSame(a.totals, b.totals);

/** What one piece of a line costs, gross, in minor units and fractions of them. */
export const priceOf = ({ quantity, totals }: LineItem): number => totals.gross / quantity;

/** The lines that differ between both messages. */
export interface OpenLines {
  gone: readonly OpenLine<KeyedLine>[];
  fresh: readonly OpenLine<LineItem>[];
}

/** True if some article has different prices in two lines, so that the price may tell which pieces went where. */
export function haveSeveralPrices({ gone, fresh }: OpenLines): boolean {
  const prices = new Map<string, number>();
  return [...gone, ...fresh].some(({ line }) => {
    const article = line.details.sku ?? line.details.nameParent;
    const known = prices.get(article) ?? priceOf(line);
    prices.set(article, known);
    return known !== priceOf(line);
  });
}

type NameBy = OpenLine<LineItem>['nameBy'];

interface Changed {
  gone: readonly KeyedLine[];
  fresh: readonly LineItem[];
}

/** Compares lines and derives their names. Keeps both for all pairings of packages that are tried in one diff. */
export class LineComparison {
  private readonly changed = new Map<KeyedPackage | undefined, Map<Package | undefined, Changed>>();
  private readonly texts = new Map<LineItem, string>();
  private readonly names = { before: new Map<LineItem, NameBy>(), after: new Map<LineItem, NameBy>() };

  /** The lines of all packages that differ between both messages. */
  openLines(steps: readonly PackageStep[]): OpenLines {
    const gone: OpenLine<KeyedLine>[] = [];
    const fresh: OpenLine<LineItem>[] = [];
    for (const step of steps) {
      const changed = this.changedLines(step);
      for (const line of changed.gone) gone.push(this.open(step.key, line, 'before'));
      for (const line of changed.fresh) fresh.push(this.open(step.key, line, 'after'));
    }
    return { gone, fresh };
  }

  private changedLines({ before, after }: PackageStep): Changed {
    const known = this.changed.get(before) ?? new Map<Package | undefined, Changed>();
    this.changed.set(before, known);
    const changed = known.get(after) ?? this.compare(before?.items ?? [], after?.items ?? []);
    known.set(after, changed);
    return changed;
  }

  /** The lines of a package without those that did not change, in any position. */
  private compare(before: readonly KeyedLine[], after: readonly LineItem[]): Changed {
    if (before.length === 0 || after.length === 0) return { gone: before, fresh: after };
    const equal = new Set<number>();
    const gone = before.filter((line, index) => {
      const same = after[index];
      if (same === undefined || !alike(line, same)) return true;
      equal.add(index);
      return false;
    });
    const fresh = after.filter((_, index) => !equal.has(index));
    return gone.length === 0 || fresh.length === 0
      ? { gone, fresh }
      : pairBy<LineItem, KeyedLine, LineItem>(gone, fresh, this.textOf);
  }

  private textOf = (line: LineItem): string => {
    const { details, quantity, totals } = line;
    const text = this.texts.get(line) ?? canonicalJson({ details, quantity, totals });
    this.texts.set(line, text);
    return text;
  };

  private open<Line extends LineItem>(key: PackageKey, line: Line, side: 'before' | 'after'): OpenLine<Line> {
    const nameBy = this.names[side].get(line) ?? namesOf(line, side);
    this.names[side].set(line, nameBy);
    return { package: key, line, nameBy };
  }
}

/** Derives each name of a line once. */
function namesOf({ details }: LineItem, side: 'before' | 'after'): NameBy {
  const names = new Map<Likeness, string | undefined>();
  return (likeness) => {
    if (!names.has(likeness)) names.set(likeness, likeness[side](details));
    return names.get(likeness);
  };
}

const EVERYTHING = LIKENESSES[0];
const textOf = (open: OpenLine<LineItem>): string => (EVERYTHING && open.nameBy(EVERYTHING)) ?? '';
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The most pieces first, then by content: the order in which lines were sent decides nothing. */
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
