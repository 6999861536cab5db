import type { KeyedPackage, Package } from '../purchase';
import {
  articleOf,
  byLikeness,
  compareTexts,
  everyCandidate,
  isPossible,
  isUnnamed,
  itemsText,
  KINDS,
  piecesBy,
  type Candidate,
} from './package-likeness';
import { pairBy } from './pair-by';
import { plainPackage } from '../plain';
import { waits } from './routes';
import { canonicalJson, isSame } from '../same';

export type PackagePair = readonly [before: KeyedPackage, after: Package];

export interface MatchedPackages {
  pairs: readonly PackagePair[];
  gone: readonly KeyedPackage[];
  fresh: readonly Package[];
  /** Of the pairs, those that no identifier of one type proves: they may be paired otherwise if that tells a better story. */
  uncertain: readonly PackagePair[];
}

/** Beyond so many pairs of one type, packages are matched by keys instead of by comparing each with each. */
const MAX_COMPARED = 10_000;

interface Open {
  pairs: PackagePair[];
  gone: readonly KeyedPackage[];
  fresh: readonly Package[];
  uncertain: PackagePair[];
}

function pairUp(open: Open, pairs: readonly PackagePair[]): void {
  const before = new Set(pairs.map(([each]) => each));
  const after = new Set(pairs.map(([, each]) => each));
  open.pairs.push(...pairs);
  open.gone = open.gone.filter((each) => !before.has(each));
  open.fresh = open.fresh.filter((each) => !after.has(each));
}

/** Pairs by one key, in order; what has no key stays open. */
function pairOpen(open: Open, keyOf: (each: Package) => string | undefined): PackagePair[] {
  const { pairs, gone, fresh } = pairBy(open.gone, open.fresh, keyOf);
  open.pairs.push(...pairs);
  open.gone = gone;
  open.fresh = fresh;
  return pairs;
}

/** Takes the most alike pair, then the next of what is left. */
function pairBest(open: Open, candidates: readonly Candidate[]): PackagePair[] {
  const taken = new Set<unknown>();
  const pairs = [...candidates].sort(byLikeness).flatMap(({ before: { package: b }, after: { package: a } }) => {
    if (taken.has(b) || taken.has(a)) return [];
    taken.add(b).add(a);
    return [[b, a] as const];
  });
  pairUp(open, pairs);
  return pairs;
}

/** Packages by one key; those that share it are told apart by their content, dates and tracking. */
function pairByKey(open: Open, keyOf: (each: Package) => string | undefined): PackagePair[] {
  const groups = new Map<string, { gone: KeyedPackage[]; fresh: Package[] }>();
  const groupOf = (key: string): { gone: KeyedPackage[]; fresh: Package[] } => {
    const group = groups.get(key) ?? { gone: [], fresh: [] };
    groups.set(key, group);
    return group;
  };
  for (const each of open.gone) {
    const key = keyOf(each);
    if (key !== undefined) groupOf(key).gone.push(each);
  }
  for (const each of open.fresh) {
    const key = keyOf(each);
    if (key !== undefined) groupOf(key).fresh.push(each);
  }
  const alone: PackagePair[] = [];
  for (const { gone, fresh } of groups.values()) {
    const [[b], [a]] = [gone, fresh];
    if (b === undefined || a === undefined) continue;
    if (gone.length === 1 && fresh.length === 1) alone.push([b, a]);
    else if (gone.length * fresh.length <= MAX_COMPARED) pairBest(open, everyCandidate(gone, fresh));
  }
  pairUp(open, alone);
  pairOpen(open, (each) => {
    const key = keyOf(each);
    const group = key === undefined ? undefined : groups.get(key);
    return group !== undefined && group.gone.length * group.fresh.length > MAX_COMPARED ? key : undefined;
  });
  return alone;
}

/**
 * Where a number went with the part that was shipped, the package that gave it away is the one with the rest: a package of its type, under a
 * number that was not there before, which holds no more than the shipped part left of an article.
 */
function pairSplit(open: Open, kind: (typeof KINDS)[number]): void {
  const known = new Set(open.gone.flatMap(({ identifiers }) => KINDS.map((each) => identifiers[each])));
  const isNew = ({ identifiers }: Package): boolean =>
    KINDS.every((each) => identifiers[each] === undefined || !known.has(identifiers[each]));
  const unnamed = new Set(open.gone.flatMap((each) => (isUnnamed(each) ? [each.type] : [])));
  const rests = open.fresh.filter(
    (each) => waits(each.type) && isNew(each) && !(isUnnamed(each) && unnamed.has(each.type)),
  );
  const sent = new Map(open.fresh.map((each) => [each.identifiers[kind], each]));
  const split = open.gone.flatMap((before): [KeyedPackage, Package][] => {
    const name = before.identifiers[kind];
    const after = name === undefined ? undefined : sent.get(name);
    return after === undefined || !waits(before.type) || waits(after.type) ? [] : [[before, after]];
  });
  if (split.length * rests.length > MAX_COMPARED) return;
  const pairs = pairBest(
    open,
    split.flatMap(([before, after]) => {
      const [held, shipped] = [before, after].map((each) => piecesBy(articleOf, each));
      return everyCandidate(
        [before],
        rests.filter(({ type }) => type === before.type),
      ).filter(({ after: rest }) =>
        [...rest.articles].some(
          ([article, pieces]) => pieces + (shipped?.get(article) ?? 0) <= (held?.get(article) ?? 0),
        ),
      );
    }),
  );
  open.uncertain.push(...pairs);
}

function pairByIdentifiers(open: Open): void {
  for (const kind of KINDS) {
    pairByKey(open, (each) => each.identifiers[kind] && `${each.type} ${each.identifiers[kind]}`);
    pairSplit(open, kind);
    open.uncertain.push(...pairByKey(open, (each) => each.identifiers[kind]));
  }
}

/** Of one type: those with the most in common; last, those with the very same items under other identifiers. */
function pairByContent(open: Open, type: string): void {
  const gone = open.gone.filter((each) => each.type === type);
  const fresh = open.fresh.filter((each) => each.type === type);
  if (gone.length === 0 || fresh.length === 0) return;
  if (gone.length * fresh.length > MAX_COMPARED) return pairMany(open, type);
  const candidates = everyCandidate(gone, fresh);
  const pairs = pairBest(open, candidates.filter(isPossible));
  const left = new Set<Package>([...open.gone, ...open.fresh]);
  const renumbered = pairBest(
    open,
    candidates.filter(
      ({ before, after, likeness }) =>
        left.has(before.package) &&
        left.has(after.package) &&
        before.articles.size > 0 &&
        before.items === after.items &&
        likeness[0] !== -1,
    ),
  );
  open.uncertain.push(...pairs, ...renumbered);
}

/** In the order of what they say, not in that of the message. */
function inOwnOrder<P extends Package>(list: readonly P[], textOf: (each: P) => string): P[] {
  if (list.length < 2) return [...list];
  return list
    .map((each) => ({ each, text: textOf(each) }))
    .sort((a, b) => compareTexts(a.text, b.text))
    .map(({ each }) => each);
}

/** Too many to compare each with each: by their dates and items, by their items, by their dates, then any. */
function pairMany(open: Open, type: string): void {
  const of =
    (keyOf: (each: Package) => string) =>
    (each: Package): string | undefined =>
      each.type === type && isUnnamed(each) ? keyOf(each) : undefined;
  const dates = ({ dates: { shippedAt, deliveredAt, refundedAt, cancelledAt } }: Package): string =>
    JSON.stringify([shippedAt, deliveredAt, refundedAt, cancelledAt]);
  open.gone = inOwnOrder(open.gone, itemsText);
  open.fresh = inOwnOrder(open.fresh, itemsText);
  pairOpen(
    open,
    of((each) => dates(each) + itemsText(each)),
  );
  pairOpen(open, of(itemsText));
  pairOpen(open, of(dates));
  pairOpen(
    open,
    of(() => type),
  );
}

/** Packages that did not change at all, in place or elsewhere in the list. */
function pairEqual(before: readonly KeyedPackage[], sent: readonly Package[]): Open {
  // Twins may be one object twice: told apart by copies.
  const after = sent.map((each) => ({ ...each }));
  const open: Open = { pairs: [], gone: [...before], fresh: [...after], uncertain: [] };
  pairUp(
    open,
    before.flatMap((each, index): PackagePair[] => {
      const same = after[index];
      return same !== undefined && isSame(plainPackage(each), same) ? [[each, same]] : [];
    }),
  );
  // Of one on each side it is known already that they differ.
  const texts = new Map<Package, string>();
  const textOf = (each: Package): string => {
    const text = texts.get(each) ?? canonicalJson('key' in each ? plainPackage(each as KeyedPackage) : each);
    texts.set(each, text);
    return text;
  };
  if (open.gone.length > 1 || open.fresh.length > 1) pairOpen(open, textOf);
  open.fresh = inOwnOrder(open.fresh, textOf);
  return open;
}

/**
 * Which package is which in the next version: what is equal; then by identifier (the most specific kind first, the same type before another),
 * and under one identifier by content; then, among those of one type whose identifiers do not contradict, by their milestones and by how much
 * of their content they share; last, those of one type with the very same items and dates, which were given other identifiers. Nothing depends
 * on the order in which the packages were sent.
 */
export function matchPackages(before: readonly KeyedPackage[], after: readonly Package[]): MatchedPackages {
  const open = pairEqual(before, after);
  pairByIdentifiers(open);
  for (const type of new Set(open.fresh.map((each) => each.type))) pairByContent(open, type);
  return open;
}
