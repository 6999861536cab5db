import type { KeyedPackage, Package, PackageDates, PackageIdentifiers } from '../purchase';
import { isPending } from './routes';
import { canonicalJson } from '../same';

/** The kinds of package identifiers, the most specific first. */
export const PACKAGE_IDENTIFIER_KINDS = [
  'sparklayerPackageId',
  'platform',
  'internal',
  'visible',
] as const satisfies readonly (keyof PackageIdentifiers)[];

const MILESTONES = ['shippedAt', 'deliveredAt', 'refundedAt', 'cancelledAt'] as const satisfies (keyof PackageDates)[];

/** Two different names of one kind: two packages. */
export const haveConflictingIdentifiers = (a: PackageIdentifiers, b: PackageIdentifiers): boolean =>
  PACKAGE_IDENTIFIER_KINDS.some((kind) => a[kind] !== undefined && b[kind] !== undefined && a[kind] !== b[kind]);

/** Something was done with them at different times: two packages. */
export const haveConflictingMilestones = (a: PackageDates, b: PackageDates): boolean =>
  MILESTONES.some((date) => a[date] !== undefined && b[date] !== undefined && a[date] !== b[date]);

/** The same was done with both at the same time. */
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

/** All items of a package as one text. */
export const itemsText = ({ items }: Package): string =>
  canonicalJson(items.map(({ quantity, totals, details }) => ({ quantity, totals, details })));

/** What a package says, in a form that is quick to compare. */
interface Profile<P extends Package> {
  package: P;
  /** Pieces by article, and by all that their lines say. */
  articles: Map<string, number>;
  lines: Map<string, number>;
  items: string;
  milestones: readonly (string | undefined)[];
  /** What it says besides. */
  header: readonly string[];
  text: string;
}

function profileOf<P extends Package>(each: P): Profile<P> {
  const { dates, trackings, shippingAddress, shippingMethod, accountingFiles } = each;
  const header = [dates, trackings, shippingAddress, shippingMethod, accountingFiles].map(canonicalJson);
  const items = itemsText(each);
  return {
    package: each,
    articles: unitsBy(articleOf, each),
    lines: unitsBy(({ details }) => canonicalJson(details), each),
    items,
    milestones: MILESTONES.map((date) => dates[date]),
    header,
    text: `${canonicalJson(each.identifiers)}${header.join()}${items}`,
  };
}

function overlapOf(a: Map<string, number>, b: Map<string, number>): number {
  let overlap = 0;
  for (const [article, quantity] of a) overlap += Math.min(quantity, b.get(article) ?? 0);
  return overlap;
}

/** True if some article is in both, or one of them is empty. */
export function shareAnArticle(a: Package, b: Package): boolean {
  if (a.items.length === 0 || b.items.length === 0) return true;
  const articles = new Set(a.items.map(articleOf));
  return b.items.some((line) => articles.has(articleOf(line)));
}

const countSame = (a: readonly (string | undefined)[], b: readonly (string | undefined)[]): number =>
  a.filter((each, index) => each !== undefined && each === b[index]).length;

export const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export interface Candidate {
  before: Profile<KeyedPackage>;
  after: Profile<Package>;
  /** What they have in common, the weightiest first. */
  similarity: readonly number[];
}

/** Two packages of one type and what they have in common: their milestones, the very same items, pieces, words, what else they say. */
function candidateOf(before: Profile<KeyedPackage>, after: Profile<Package>): Candidate {
  const { dates } = before.package;
  const apart = haveConflictingMilestones(dates, after.package.dates);
  const isEqual = before.items === after.items;
  return {
    before,
    after,
    similarity: [
      apart ? -1 : countSame(before.milestones, after.milestones),
      Number(isEqual),
      overlapOf(before.articles, after.articles),
      overlapOf(before.lines, after.lines),
      countSame(before.header, after.header),
    ],
  };
}

/** Things in common, or something that waits: a shipment, refund or cancellation with other things in it is another one. */
export function isPlausiblePair({ before, after }: Candidate): boolean {
  const isFilled = before.articles.size > 0 && after.articles.size > 0;
  if (haveConflictingIdentifiers(before.package.identifiers, after.package.identifiers)) return false;
  return !isFilled || isPending(after.package.type) || overlapOf(before.articles, after.articles) > 0;
}

/** The most alike first; then by what they say, never by their order in the message. */
export function bySimilarity(x: Candidate, y: Candidate): number {
  for (let index = 0; index < x.similarity.length; index++) {
    const difference = (y.similarity[index] ?? 0) - (x.similarity[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return x.before.package.key - y.before.package.key || compareTexts(x.after.text, y.after.text);
}

/** Each with each. */
export const allCandidates = (stored: readonly KeyedPackage[], sent: readonly Package[]): Candidate[] => {
  const profiles = sent.map(profileOf);
  return stored.map(profileOf).flatMap((before) => profiles.map((after) => candidateOf(before, after)));
};
