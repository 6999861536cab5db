import type { KeyedPackage, Package, PackageIdentifiers } from './purchase';
import { plainPackage } from './plain';
import { canonicalJson, isSame } from './same';

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
  pairs: [KeyedPackage, Package][];
  gone: KeyedPackage[];
  fresh: Package[];
}

function pairUp(open: Open, pairs: readonly (readonly [KeyedPackage, Package])[]): void {
  const before = new Set(pairs.map(([each]) => each));
  const after = new Set(pairs.map(([, each]) => each));
  open.pairs.push(...pairs.map(([b, a]): [KeyedPackage, Package] => [b, a]));
  open.gone = open.gone.filter((each) => !before.has(each));
  open.fresh = open.fresh.filter((each) => !after.has(each));
}

/** Pairs by one key, in order; what has no key stays open. */
function pairBy(open: Open, key: (each: Package) => string | undefined): void {
  const waiting = new Map<string, KeyedPackage[]>();
  for (const each of open.gone) {
    const name = key(each);
    if (name !== undefined) waiting.set(name, [...(waiting.get(name) ?? []), each]);
  }
  const pairs = open.fresh.flatMap((each): [KeyedPackage, Package][] => {
    const found = waiting.get(key(each) ?? '\0')?.shift();
    return found === undefined ? [] : [[found, each]];
  });
  pairUp(open, pairs);
}

function pairByIdentifiers(open: Open): void {
  for (const kind of KINDS) {
    pairBy(open, (each) => each.identifiers[kind] && `${each.type} ${each.identifiers[kind]}`);
    pairBy(open, (each) => each.identifiers[kind]);
  }
}

/** Two different names of one kind: two packages. */
const contradicts = (a: PackageIdentifiers, b: PackageIdentifiers): boolean =>
  KINDS.some((kind) => a[kind] !== undefined && b[kind] !== undefined && a[kind] !== b[kind]);

const articleOf = ({ details }: Package['items'][number]): string =>
  JSON.stringify([details.sku ?? details.platform ?? details.internal ?? details.nameParent, details.nameChild]);

function quantities(each: Package): Map<string, number> {
  const counted = new Map<string, number>();
  for (const line of each.items) counted.set(articleOf(line), (counted.get(articleOf(line)) ?? 0) + line.quantity);
  return counted;
}

function overlapOf(a: Map<string, number>, b: Map<string, number>): number {
  let overlap = 0;
  for (const [article, quantity] of a) overlap += Math.min(quantity, b.get(article) ?? 0);
  return overlap;
}

/** Packages of one type with the most in common first; then in their order. */
function pairByContent(open: Open, type: string): void {
  const gone = open.gone.filter((each) => each.type === type).map((each) => ({ each, counted: quantities(each) }));
  const fresh = open.fresh.filter((each) => each.type === type).map((each) => ({ each, counted: quantities(each) }));
  if (gone.length * fresh.length > MOST_COMPARED)
    return pairBy(open, (each) => (each.type === type ? type : undefined));
  const candidates = gone.flatMap((b, i) =>
    fresh
      .map((a, j) => ({ b, a, i, j, overlap: overlapOf(b.counted, a.counted) }))
      .filter(
        ({ a, overlap }) => overlap > 0 || BUCKETS.includes(type) || b.counted.size === 0 || a.counted.size === 0,
      ),
  );
  const possible = candidates.filter(({ b, a }) => !contradicts(b.each.identifiers, a.each.identifiers));
  possible.sort((x, y) => y.overlap - x.overlap || x.i - y.i || x.j - y.j);
  const taken = new Set<unknown>();
  pairUp(
    open,
    possible.flatMap(({ b, a }): [KeyedPackage, Package][] => {
      if (taken.has(b) || taken.has(a)) return [];
      taken.add(b).add(a);
      return [[b.each, a.each]];
    }),
  );
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
  if (open.gone.length > 0 && open.fresh.length > 1) {
    pairBy(open, (each) => canonicalJson('key' in each ? plainPackage(each as KeyedPackage) : each));
  }
  return open;
}

/**
 * Which package is which in the next version: what is equal; then by identifier (the most specific kind first, the same type before another);
 * then, among those of one type whose identifiers do not contradict, by how much of their content they share.
 */
export function matchPackages(before: readonly KeyedPackage[], after: readonly Package[]): MatchedPackages {
  const open = pairEqual(before, after);
  pairByIdentifiers(open);
  for (const type of new Set(open.fresh.map((each) => each.type))) pairByContent(open, type);
  return open;
}
