import type { Instant, KeyedPackage, Package, PackageDates, PackageIdentifiers } from '../purchase';
import { isPending } from './routes';
import { canonicalJson } from '../same';

/** The kinds of package identifiers, the most specific first. */
export const PACKAGE_IDENTIFIER_KINDS = [
  'sparklayerPackageId',
  'platform',
  'internal',
  'visible',
] as const satisfies readonly (keyof PackageIdentifiers)[];

/** The time at which a shipment was shipped or a refund was refunded. */
export const completedAtOf = ({ type, dates }: Package | KeyedPackage): Instant | undefined =>
  type === 'refund' ? dates.refundedAt : type === 'shipment' ? dates.shippedAt : undefined;

const MILESTONES = ['shippedAt', 'deliveredAt', 'refundedAt', 'cancelledAt'] as const satisfies (keyof PackageDates)[];

/** True if both have an identifier of one kind with different values: they are two packages. */
export const haveConflictingIdentifiers = (a: PackageIdentifiers, b: PackageIdentifiers): boolean =>
  PACKAGE_IDENTIFIER_KINDS.some((kind) => a[kind] !== undefined && b[kind] !== undefined && a[kind] !== b[kind]);

/** True if both have a milestone of one kind at different times: they are two packages. */
export const haveConflictingMilestones = (a: PackageDates, b: PackageDates): boolean =>
  MILESTONES.some((date) => a[date] !== undefined && b[date] !== undefined && a[date] !== b[date]);

/** True if both have a milestone in common and no conflicting one. */
export const haveSameMilestones = (a: PackageDates, b: PackageDates): boolean =>
  !haveConflictingMilestones(a, b) && MILESTONES.some((date) => a[date] !== undefined && a[date] === b[date]);

export const hasNoIdentifiers = ({ identifiers }: Package): boolean =>
  PACKAGE_IDENTIFIER_KINDS.every((kind) => identifiers[kind] === undefined);

export const articleOf = ({ details }: Package['items'][number]): string =>
  JSON.stringify([details.sku ?? details.platform ?? details.internal ?? details.nameParent, details.nameChild]);

export function unitsBy(name: (line: Package['items'][number]) => string, { items }: Package): Map<string, number> {
  const counted = new Map<string, number>();
  for (const line of items) {
    const key = name(line);
    counted.set(key, (counted.get(key) ?? 0) + line.quantity);
  }
  return counted;
}

/** Serializes all items of a package, without line keys. */
export const itemsText = ({ items }: Package): string =>
  canonicalJson(items.map(({ quantity, totals, details }) => ({ quantity, totals, details })));

/** Returns a function that computes a value once, when it is first needed. */
function lazy<T>(compute: () => T): () => T {
  let known: { value: T } | undefined;
  return () => (known ??= { value: compute() }).value;
}

/** The content of a package, prepared for comparison. Most packages are candidates for one other, so most of it is never needed. */
class Profile<P extends Package> {
  readonly package: P;
  /** Units by article (SKU or another identifier, else the names). */
  readonly articles: ReadonlyMap<string, number>;
  /** Units by all details. */
  readonly lines = lazy(() => unitsBy(({ details }) => canonicalJson(details), this.package));
  /** The items, serialized. */
  readonly items = lazy(() => itemsText(this.package));
  /** The other values, serialized: dates, trackings, address, method and documents. */
  readonly header = lazy(() => {
    const { dates, trackings, shippingAddress, shippingMethod, accountingFiles } = this.package;
    return [dates, trackings, shippingAddress, shippingMethod, accountingFiles].map(canonicalJson);
  });
  readonly text = lazy(() => `${canonicalJson(this.package.identifiers)}${this.header().join()}${this.items()}`);

  constructor(each: P) {
    this.package = each;
    this.articles = unitsBy(articleOf, each);
  }

  milestones(): readonly (string | undefined)[] {
    return MILESTONES.map((date) => this.package.dates[date]);
  }
}

function overlapOf(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let overlap = 0;
  for (const [article, quantity] of a) overlap += Math.min(quantity, b.get(article) ?? 0);
  return overlap;
}

/** True if more than half of the articles in either package are in both. */
export function shareMostArticles(a: Package, b: Package): boolean {
  const [inA, inB] = [new Set(a.items.map(articleOf)), new Set(b.items.map(articleOf))];
  const common = [...inA].filter((article) => inB.has(article)).length;
  return 2 * common > inA.size + inB.size - common;
}

/** True if both contain an article, or if one of them is empty. */
export function shareAnArticle(a: Package, b: Package): boolean {
  if (a.items.length === 0 || b.items.length === 0) return true;
  const articles = new Set(a.items.map(articleOf));
  return b.items.some((line) => articles.has(articleOf(line)));
}

const countSame = (a: readonly (string | undefined)[], b: readonly (string | undefined)[]): number =>
  a.filter((each, index) => each !== undefined && each === b[index]).length;

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** How similar two packages of one type are, compared from the first value to the last; larger is more similar. */
const SIMILARITIES: readonly ((before: Profile<KeyedPackage>, after: Profile<Package>) => number)[] = [
  // Equal milestones; -1 if they conflict.
  (before, after) =>
    haveConflictingMilestones(before.package.dates, after.package.dates)
      ? -1
      : countSame(before.milestones(), after.milestones()),
  (before, after) => Number(before.items() === after.items()),
  (before, after) => overlapOf(before.articles, after.articles),
  (before, after) => overlapOf(before.lines(), after.lines()),
  (before, after) => countSame(before.header(), after.header()),
];

/** A stored and a sent package that may be the same. */
export class Candidate {
  private readonly similarities: number[] = [];

  constructor(
    readonly before: Profile<KeyedPackage>,
    readonly after: Profile<Package>,
  ) {}

  /** @param index into SIMILARITIES */
  similarity(index: number): number {
    return (this.similarities[index] ??= SIMILARITIES[index]?.(this.before, this.after) ?? 0);
  }
}

/**
 * True if two packages of one type can be the same: their identifiers do not conflict, and they share an article, are
 * pending, or one is empty.
 */
export function isPlausiblePair({ before, after }: Candidate): boolean {
  const isFilled = before.articles.size > 0 && after.articles.size > 0;
  if (haveConflictingIdentifiers(before.package.identifiers, after.package.identifiers)) return false;
  return !isFilled || isPending(after.package.type) || overlapOf(before.articles, after.articles) > 0;
}

/** Orders candidates by similarity, descending; ties by key and content, independently of the order in the body. */
export function bySimilarity(x: Candidate, y: Candidate): number {
  for (const index of SIMILARITIES.keys()) {
    const difference = y.similarity(index) - x.similarity(index);
    if (difference !== 0) return difference;
  }
  return x.before.package.key - y.before.package.key || compareTexts(x.after.text(), y.after.text());
}

/** All pairs of a stored and a sent package. */
export const allCandidates = (stored: readonly KeyedPackage[], sent: readonly Package[]): Candidate[] => {
  const profiles = sent.map((each) => new Profile(each));
  return stored.flatMap((each) => {
    const before = new Profile(each);
    return profiles.map((after) => new Candidate(before, after));
  });
};
