import type { KeyedPackage, Package, PackageIdentifiers } from '../purchase';
import { pairBy } from './pair-by';
import { plainPackage } from '../plain';
import { canonicalJson, isSame } from '../same';

export interface MatchedPackages {
  pairs: readonly (readonly [before: KeyedPackage, after: Package])[];
  gone: readonly KeyedPackage[];
  fresh: readonly Package[];
}

const KINDS = [
  'sparklayerPackageId',
  'platform',
  'internal',
  'visible',
] as const satisfies readonly (keyof PackageIdentifiers)[];

/** Packages that wait for whatever is not done yet; a shipment or refund with other things in it is another one. */
const BUCKETS: readonly string[] = ['incoming', 'processing', 'on_hold'];

/** Beyond so many pairs of one type, packages without identifiers are matched in their order instead of by overlap. */
const MOST_COMPARED = 10_000;

interface Open {
  pairs: (readonly [KeyedPackage, Package])[];
  gone: readonly KeyedPackage[];
  fresh: readonly Package[];
}

function pairUp(open: Open, pairs: readonly (readonly [KeyedPackage, Package])[]): void {
  const before = new Set(pairs.map(([each]) => each));
  const after = new Set(pairs.map(([, each]) => each));
  open.pairs.push(...pairs);
  open.gone = open.gone.filter((each) => !before.has(each));
  open.fresh = open.fresh.filter((each) => !after.has(each));
}

/** Pairs by one key, in order; what has no key stays open. */
function pairOpen(open: Open, keyOf: (each: Package) => string | undefined): void {
  const { pairs, gone, fresh } = pairBy(open.gone, open.fresh, keyOf);
  open.pairs.push(...pairs);
  open.gone = gone;
  open.fresh = fresh;
}

function pairByIdentifiers(open: Open): void {
  for (const kind of KINDS) {
    pairOpen(open, (each) => each.identifiers[kind] && `${each.type} ${each.identifiers[kind]}`);
    pairOpen(open, (each) => each.identifiers[kind]);
  }
}

/** Two different names of one kind: two packages. */
const contradicts = (a: PackageIdentifiers, b: PackageIdentifiers): boolean =>
  KINDS.some((kind) => a[kind] !== undefined && b[kind] !== undefined && a[kind] !== b[kind]);

const isUnnamed = ({ identifiers }: Package): boolean => KINDS.every((kind) => identifiers[kind] === undefined);

const articleOf = ({ details }: Package['items'][number]): string =>
  JSON.stringify([details.sku ?? details.platform ?? details.internal ?? details.nameParent, details.nameChild]);

/** Pieces by what they are: by article, and by all that their lines say. */
interface Content {
  articles: Map<string, number>;
  lines: Map<string, number>;
}

function piecesBy(name: (line: Package['items'][number]) => string, { items }: Package): Map<string, number> {
  const counted = new Map<string, number>();
  for (const line of items) {
    const key = name(line);
    counted.set(key, (counted.get(key) ?? 0) + line.quantity);
  }
  return counted;
}

const contentOf = (each: Package): Content => ({
  articles: piecesBy(articleOf, each),
  lines: piecesBy(({ details }) => canonicalJson(details), each),
});

function overlapOf(a: Map<string, number>, b: Map<string, number>): number {
  let overlap = 0;
  for (const [article, quantity] of a) overlap += Math.min(quantity, b.get(article) ?? 0);
  return overlap;
}

/** How many of the things that a package says besides its items are the same. */
const headerLikeness = (a: Package, b: Package): number =>
  [
    [a.dates, b.dates],
    [a.dates.shippedAt, b.dates.shippedAt],
    [a.trackings, b.trackings],
    [a.shippingAddress, b.shippingAddress],
    [a.shippingMethod, b.shippingMethod],
    [a.accountingFiles, b.accountingFiles],
  ].filter(([x, y]) => isSame(x, y)).length;

interface Candidate {
  pair: readonly [KeyedPackage, Package];
  /** What they have in common, the weightiest first. */
  likeness: readonly number[];
}

/** None for two that cannot be one package. */
function candidate([b, was]: readonly [KeyedPackage, Content], [a, is]: readonly [Package, Content]): Candidate[] {
  const overlap = overlapOf(was.articles, is.articles);
  const isPossible = overlap > 0 || BUCKETS.includes(a.type) || was.articles.size === 0 || is.articles.size === 0;
  if (!isPossible || contradicts(b.identifiers, a.identifiers)) return [];
  return [{ pair: [b, a], likeness: [overlap, overlapOf(was.lines, is.lines), headerLikeness(b, a)] }];
}

/** The most alike first; a stable sort leaves the others in their order. */
function byLikeness(x: Candidate, y: Candidate): number {
  const at = x.likeness.findIndex((each, index) => each !== y.likeness[index]);
  return at < 0 ? 0 : (y.likeness[at] ?? 0) - (x.likeness[at] ?? 0);
}

/** All items of a package as one text; undefined for one without. */
const itemsText = ({ items }: Package): string | undefined =>
  items.length === 0
    ? undefined
    : canonicalJson(items.map(({ quantity, totals, details }) => ({ quantity, totals, details })));

/** Packages of one type with the most in common first, then in their order; last, those with the very same items under other identifiers. */
function pairByContent(open: Open, type: string): void {
  const gone = open.gone.filter((each) => each.type === type);
  const fresh = open.fresh.filter((each) => each.type === type);
  if (gone.length === 0 || fresh.length === 0) return;
  if (gone.length * fresh.length > MOST_COMPARED)
    return pairOpen(open, (each) => (each.type === type && isUnnamed(each) ? type : undefined));
  const sent = fresh.map((each) => [each, contentOf(each)] as const);
  const candidates = gone
    .map((each) => [each, contentOf(each)] as const)
    .flatMap((was) => sent.flatMap((is) => candidate(was, is)))
    .sort(byLikeness);
  const taken = new Set<unknown>();
  pairUp(
    open,
    candidates.flatMap(({ pair: [b, a] }): [KeyedPackage, Package][] => {
      if (taken.has(b) || taken.has(a)) return [];
      taken.add(b).add(a);
      return [[b, a]];
    }),
  );
  pairOpen(open, (each) => (each.type === type ? itemsText(each) : undefined));
}

/** Packages that did not change at all, in place or elsewhere in the list. */
function pairEqual(before: readonly KeyedPackage[], sent: readonly Package[]): Open {
  // Twins may be one object twice: told apart by copies.
  const after = sent.map((each) => ({ ...each }));
  const open: Open = { pairs: [], gone: [...before], fresh: [...after] };
  pairUp(
    open,
    before.flatMap((each, index): [KeyedPackage, Package][] => {
      const same = after[index];
      return same !== undefined && isSame(plainPackage(each), same) ? [[each, same]] : [];
    }),
  );
  // Of one on each side it is known already that they differ.
  if (open.gone.length > 1 || open.fresh.length > 1)
    pairOpen(open, (each) => canonicalJson('key' in each ? plainPackage(each as KeyedPackage) : each));
  return open;
}

/**
 * Which package is which in the next version: what is equal; then by identifier (the most specific kind first, the same type before another);
 * then, among those of one type whose identifiers do not contradict, by how much of their content they share; last, those of one type with the
 * very same items, which were given other identifiers.
 */
export function matchPackages(before: readonly KeyedPackage[], after: readonly Package[]): MatchedPackages {
  const open = pairEqual(before, after);
  pairByIdentifiers(open);
  for (const type of new Set(open.fresh.map((each) => each.type))) pairByContent(open, type);
  return open;
}
