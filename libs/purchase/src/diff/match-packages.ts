import { groupBy } from './group-by';
import type { KeyedPackage, Package } from '../purchase';
import {
  articleOf,
  bySimilarity,
  compareTexts,
  allCandidates,
  haveConflictingMilestones,
  haveSameMilestones,
  isPlausiblePair,
  hasNoIdentifiers,
  itemsText,
  PACKAGE_IDENTIFIER_KINDS,
  unitsBy,
  type Candidate,
} from './package-similarity';
import { pairBy } from './pair-by';
import { plainPackage } from '../plain';
import { isPending } from './routes';
import { canonicalJson, isSame } from '../same';

export type PackagePair = readonly [before: KeyedPackage, after: Package];

export interface MatchedPackages {
  pairs: readonly PackagePair[];
  onlyBefore: readonly KeyedPackage[];
  onlyAfter: readonly Package[];
  /** The pairs that no identifier within one type proves. choose-pairs.ts may pair their packages differently. */
  uncertain: readonly PackagePair[];
}

/** With more possible pairs of one type, packages are paired by keys instead of by pairwise comparison. */
const MAX_COMPARISONS = 10_000;

interface Matching {
  pairs: PackagePair[];
  onlyBefore: readonly KeyedPackage[];
  onlyAfter: readonly Package[];
  uncertain: PackagePair[];
}

function recordPairs(open: Matching, pairs: readonly PackagePair[]): void {
  if (pairs.length === 0) return;
  const before = new Set(pairs.map(([each]) => each));
  const after = new Set(pairs.map(([, each]) => each));
  open.pairs.push(...pairs);
  open.onlyBefore = open.onlyBefore.filter((each) => !before.has(each));
  open.onlyAfter = open.onlyAfter.filter((each) => !after.has(each));
}

/** Pairs packages with equal keys, in list order. Packages without a key stay unmatched. Returns the new pairs. */
function pairInOrderByKey(open: Matching, keyOf: (each: Package) => string | undefined): PackagePair[] {
  const { pairs, onlyBefore, onlyAfter } = pairBy(open.onlyBefore, open.onlyAfter, keyOf);
  open.pairs.push(...pairs);
  open.onlyBefore = onlyBefore;
  open.onlyAfter = onlyAfter;
  return pairs;
}

/** Greedy matching: pairs the two most similar packages, then continues with the rest. Returns the new pairs. */
function pairMostSimilar(open: Matching, candidates: readonly Candidate[]): PackagePair[] {
  const taken = new Set<unknown>();
  const pairs = [...candidates].sort(bySimilarity).flatMap(({ before: { package: b }, after: { package: a } }) => {
    if (taken.has(b) || taken.has(a)) return [];
    taken.add(b).add(a);
    return [[b, a] as const];
  });
  recordPairs(open, pairs);
  return pairs;
}

/**
 * Pairs packages with equal keys. Packages that share a key are paired by similarity, or in list order if there are
 * more than MAX_COMPARISONS possible pairs. Returns the pairs whose key is unique on both sides.
 */
function pairByIdentifier(open: Matching, keyOf: (each: Package) => string | undefined): PackagePair[] {
  const sent = groupBy(open.onlyAfter, keyOf);
  const unique: PackagePair[] = [];
  for (const [key, onlyBefore] of groupBy(open.onlyBefore, keyOf)) {
    const onlyAfter = key === undefined ? [] : (sent.get(key) ?? []);
    const comparisons = onlyBefore.length * onlyAfter.length;
    if (comparisons === 1) unique.push(...onlyBefore.flatMap((b) => onlyAfter.map((a): PackagePair => [b, a])));
    else if (comparisons > 1 && comparisons <= MAX_COMPARISONS)
      pairMostSimilar(open, allCandidates(onlyBefore, onlyAfter));
  }
  recordPairs(open, unique);
  // Only packages with too many comparisons are left on both sides.
  pairInOrderByKey(open, keyOf);
  return unique;
}

/**
 * Handles a split package: a part was shipped under the identifier of the stored pending package, so a sent package of
 * the old type with an identifier that is new holds the remainder. Pairs the stored package with the remainder. The
 * remainder must contain an article of which it holds, together with the shipped part, no more units than the stored
 * package.
 */
function pairRemainderOfSplit(open: Matching, kind: (typeof PACKAGE_IDENTIFIER_KINDS)[number]): void {
  const pending = open.onlyBefore.filter(({ type, identifiers }) => identifiers[kind] !== undefined && isPending(type));
  const sent = new Map(open.onlyAfter.map((each) => [each.identifiers[kind], each]));
  const split = pending.flatMap((before): [KeyedPackage, Package][] => {
    const after = sent.get(before.identifiers[kind]);
    return after === undefined || isPending(after.type) ? [] : [[before, after]];
  });
  if (split.length === 0) return;
  const known = new Set(
    open.onlyBefore.flatMap(({ identifiers }) => PACKAGE_IDENTIFIER_KINDS.map((each) => identifiers[each])),
  );
  const isNew = ({ identifiers }: Package): boolean =>
    PACKAGE_IDENTIFIER_KINDS.every((each) => identifiers[each] === undefined || !known.has(identifiers[each]));
  const unnamed = new Set(open.onlyBefore.filter(hasNoIdentifiers).map(({ type }) => type));
  const remainders = open.onlyAfter.filter(
    (each) => isPending(each.type) && isNew(each) && !(hasNoIdentifiers(each) && unnamed.has(each.type)),
  );
  if (split.length * remainders.length > MAX_COMPARISONS) return;
  const pairs = pairMostSimilar(
    open,
    split.flatMap(([before, after]) => {
      const held = unitsBy(articleOf, before);
      const shipped = unitsBy(articleOf, after);
      return allCandidates(
        [before],
        remainders.filter(({ type }) => type === before.type),
      ).filter(({ after: rest }) =>
        [...rest.articles].some(([article, units]) => units + (shipped.get(article) ?? 0) <= (held.get(article) ?? 0)),
      );
    }),
  );
  open.uncertain.push(...pairs);
}

function pairByEachIdentifierKind(open: Matching): void {
  for (const kind of PACKAGE_IDENTIFIER_KINDS) {
    pairByIdentifier(open, (each) => each.identifiers[kind] && `${each.type} ${each.identifiers[kind]}`);
    pairRemainderOfSplit(open, kind);
    open.uncertain.push(...pairByIdentifier(open, (each) => each.identifiers[kind]));
  }
}

/**
 * Pairs packages of one type without conflicting identifiers by similarity; then packages with conflicting identifiers,
 * equal items and no conflicting milestone, which were renumbered. All of these pairs are uncertain.
 */
function pairByContent(open: Matching, type: string): void {
  const onlyBefore = open.onlyBefore.filter((each) => each.type === type);
  const onlyAfter = open.onlyAfter.filter((each) => each.type === type);
  const comparisons = onlyBefore.length * onlyAfter.length;
  if (comparisons === 0) return;
  if (comparisons > MAX_COMPARISONS) return pairByContentKeys(open, type);
  const candidates = allCandidates(onlyBefore, onlyAfter);
  const pairs = pairMostSimilar(open, candidates.filter(isPlausiblePair));
  const left = new Set<Package>([...open.onlyBefore, ...open.onlyAfter]);
  const renumbered = pairMostSimilar(
    open,
    candidates.filter(
      ({ before, after }) =>
        left.has(before.package) &&
        left.has(after.package) &&
        before.articles.size > 0 &&
        !haveConflictingMilestones(before.package.dates, after.package.dates) &&
        before.items() === after.items(),
    ),
  );
  // With a milestone in common and equal items, a pair is certain, even if it was renumbered.
  open.uncertain.push(
    ...pairs.filter(
      ([before, after]) => !haveSameMilestones(before.dates, after.dates) || itemsText(before) !== itemsText(after),
    ),
    ...renumbered.filter(([before, after]) => !haveSameMilestones(before.dates, after.dates)),
  );
}

/** Sorts by content, so that the order in the body has no influence. */
function sortByText<P extends Package>(list: readonly P[], textOf: (each: P) => string): P[] {
  if (list.length < 2) return [...list];
  return list
    .map((each) => ({ each, text: textOf(each) }))
    .sort((a, b) => compareTexts(a.text, b.text))
    .map(({ each }) => each);
}

/**
 * Pairs packages without identifiers by equal milestones and items, then by items, by milestones and by type alone.
 * Linear in the number of packages.
 */
function pairByContentKeys(open: Matching, type: string): void {
  const of =
    (keyOf: (each: Package) => string) =>
    (each: Package): string | undefined =>
      each.type === type && hasNoIdentifiers(each) ? keyOf(each) : undefined;
  const dates = ({ dates: { shippedAt, deliveredAt, refundedAt, cancelledAt } }: Package): string =>
    JSON.stringify([shippedAt, deliveredAt, refundedAt, cancelledAt]);
  open.onlyBefore = sortByText(open.onlyBefore, itemsText);
  open.onlyAfter = sortByText(open.onlyAfter, itemsText);
  pairInOrderByKey(
    open,
    of((each) => dates(each) + itemsText(each)),
  );
  pairInOrderByKey(open, of(itemsText));
  pairInOrderByKey(open, of(dates));
  pairInOrderByKey(
    open,
    of(() => type),
  );
}

/** Values of a package that are cheap to compare: packages that differ in one of them are not equal. */
function outlineOf({ type, identifiers, items }: Package): string {
  let [quantity, gross] = [0, 0];
  for (const line of items) [quantity, gross] = [quantity + line.quantity, gross + line.totals.gross];
  const names = PACKAGE_IDENTIFIER_KINDS.map((kind) => identifiers[kind]);
  return JSON.stringify([type, items.length, quantity, gross, ...names]);
}

/** Compares the values that differ most often first, because copying a large package is costly. */
const isEqual = (before: KeyedPackage, after: Package): boolean =>
  isSame(before.identifiers, after.identifiers) && isSame(plainPackage(before), after);

/**
 * Pairs packages with equal content. Of equal stored packages, those with the lower keys are left: units move from
 * lower keys first, so that changes of equal packages are told of one of them.
 */
function pairEqual(before: readonly KeyedPackage[], sent: readonly Package[]): Matching {
  // The body may contain one object twice. Copies make each entry distinct.
  const after = sent.map((each) => ({ ...each }));
  const texts = new Map<Package, string>();
  const textOf = (each: Package): string => {
    const text = texts.get(each) ?? canonicalJson('key' in each ? plainPackage(each as KeyedPackage) : each);
    texts.set(each, text);
    return text;
  };
  const open: Matching = { pairs: [], onlyBefore: before, onlyAfter: after, uncertain: [] };
  const [storedByOutline, sentByOutline] = [groupBy(before.toReversed(), outlineOf), groupBy(after, outlineOf)];
  recordPairs(
    open,
    [...storedByOutline].flatMap(([outline, stored]): PackagePair[] => {
      const candidates = sentByOutline.get(outline) ?? [];
      const [b, a] = [stored[0], candidates[0]];
      if (b === undefined || a === undefined) return [];
      if (stored.length > 1 || candidates.length > 1) return pairBy(stored, candidates, textOf).pairs;
      return isEqual(b, a) ? [[b, a]] : [];
    }),
  );
  open.onlyAfter = sortByText(open.onlyAfter, textOf);
  return open;
}

/**
 * Pairs stored with sent packages. In this order:
 * - equal packages;
 * - packages that share an identifier, the most specific kind first, one type before different types; several packages
 *   under one identifier by similarity;
 * - packages of one type without conflicting identifiers, by milestones and similarity of content;
 * - packages of one type with equal items and milestones and other identifiers.
 *
 * The result does not depend on the order of the sent packages.
 */
export function matchPackages(before: readonly KeyedPackage[], after: readonly Package[]): MatchedPackages {
  const open = pairEqual(before, after);
  pairByEachIdentifierKind(open);
  for (const type of new Set(open.onlyAfter.map((each) => each.type))) pairByContent(open, type);
  return open;
}
