import type { MatchedPackages, PackagePair } from './match-packages';
import {
  haveConflictingIdentifiers,
  haveConflictingMilestones,
  haveSameMilestones,
  itemsText,
  PACKAGE_IDENTIFIER_KINDS,
  shareAnArticle,
} from './package-similarity';
import type { KeyedPackage, Package } from '../purchase';
import type { StepBudget } from './route-search';
import { isPending } from './routes';

/** A package before and after, where it is not certain which it is; one side is absent where it is gone or new. */
interface UncertainPair {
  before?: KeyedPackage;
  after?: Package;
}

export type Pairing = Pick<MatchedPackages, 'pairs' | 'onlyBefore' | 'onlyAfter'>;

/** A story with its cost (routes.ts). */
interface Costed {
  cost: number;
}

interface Choice<Story> {
  pairing: Pairing;
  story: Story;
}

/** Tells the story of a pairing. `effort` bounds the search for moves; absent: as for a whole diff. */
type DiffPairing<Story> = (pairing: Pairing, budget?: StepBudget) => Story;

/** Other pairings are tried where at most so many packages are uncertain. */
const MAX_UNCERTAIN_PACKAGES = 12;
/** What all tries of a diff may cost: see `PairingSearch.costOfTry`. */
const DIFF_STEP_BUDGET = 300_000;
/** What one try may spend on the search for moves. */
const PAIRING_STEP_BUDGET = 20_000;
/** A line costs as much as so many steps of the search for moves, a package as much as so many lines. */
const STEPS_PER_LINE = 100;

/** True if the one may have become the other: of one type, or under one identifier. */
function canPair({ before, after }: UncertainPair): boolean {
  if (before === undefined || after === undefined) return true;
  if (before.type !== after.type)
    return PACKAGE_IDENTIFIER_KINDS.some(
      (kind) => before.identifiers[kind] !== undefined && before.identifiers[kind] === after.identifiers[kind],
    );
  if (isPending(before.type)) return true;
  if (haveConflictingMilestones(before.dates, after.dates)) return false;
  return haveConflictingIdentifiers(before.identifiers, after.identifiers)
    ? itemsText(before) === itemsText(after) ||
        (haveSameMilestones(before.dates, after.dates) && shareAnArticle(before, after))
    : shareAnArticle(before, after);
}

const pairOf = (before?: KeyedPackage, after?: Package): UncertainPair => ({
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
});

/** The cells with the after sides of two of them exchanged; undefined where one package cannot have become the other. */
function exchangeSides(cells: readonly UncertainPair[], i: number, j: number): UncertainPair[] | undefined {
  const [x, y] = [cells[i] ?? {}, cells[j] ?? {}];
  if (x.after === y.after || (x.before === undefined && y.before === undefined)) return undefined;
  const swapped = [pairOf(x.before, y.after), pairOf(y.before, x.after)] as const;
  if (!swapped.every(canPair)) return undefined;
  const [first, second] = swapped;
  return [
    ...cells.map((each, index) => (index === i ? first : index === j ? second : each)),
    ...(j < cells.length ? [] : [second]),
  ].filter(({ before, after }) => before !== undefined || after !== undefined);
}

/** Exchanges, splits and joins pairs as long as that tells a cheaper story (steepest descent), within a fixed effort. */
class PairingSearch<Story extends Costed> {
  private left = DIFF_STEP_BUDGET;

  constructor(
    private readonly certain: readonly PackagePair[],
    private readonly places: ReadonlyMap<Package, number>,
    private readonly stepsPerPairing: number,
    private readonly diffPairing: DiffPairing<Story>,
  ) {}

  descend(cells: readonly UncertainPair[], first?: Choice<Story>): Choice<Story> | undefined {
    let [best, from] = [first ?? this.evaluate(cells), cells];
    for (let improved = best !== undefined; improved;) {
      improved = false;
      for (const tried of neighbouringPairings(from)) {
        const choice = this.evaluate(tried);
        if (choice === undefined) return best;
        if (best === undefined || choice.story.cost < best.story.cost) [best, cells, improved] = [choice, tried, true];
      }
      from = cells;
    }
    return best;
  }

  /** Undefined where there is no effort left. */
  private evaluate(cells: readonly UncertainPair[]): Choice<Story> | undefined {
    this.left -= this.stepsPerPairing;
    if (this.left < 0) return undefined;
    const given = Math.min(PAIRING_STEP_BUDGET, this.left);
    const budget = { left: given };
    const pairing = this.pairingOf(cells);
    const story = this.diffPairing(pairing, budget);
    this.left -= given - budget.left;
    return { pairing, story };
  }

  private pairingOf(cells: readonly UncertainPair[]): Pairing {
    const pairs = [...this.certain];
    const onlyBefore: KeyedPackage[] = [];
    const onlyAfter: Package[] = [];
    for (const { before, after } of cells)
      if (before === undefined) onlyAfter.push(...(after === undefined ? [] : [after]));
      else if (after === undefined) onlyBefore.push(before);
      else pairs.push([before, after]);
    const placeOf = (each: Package): number => this.places.get(each) ?? 0;
    return { pairs, onlyBefore, onlyAfter: onlyAfter.sort((a, b) => placeOf(a) - placeOf(b)) };
  }
}

function* neighbouringPairings(cells: readonly UncertainPair[]): Iterable<readonly UncertainPair[]> {
  for (let i = 0; i < cells.length; i++)
    for (let j = i + 1; j <= cells.length; j++) {
      const tried = exchangeSides(cells, i, j);
      if (tried !== undefined) yield tried;
    }
}

/**
 * Which package is which where identifiers do not prove it. Two searches, one from the most alike pairs and one from no pairs, share one effort; the
 * cheaper story wins. `inOrder` puts new packages in an order that does not depend on the message.
 */
export function choosePairs<Story extends Costed>(
  { pairs, onlyBefore, onlyAfter, uncertain }: MatchedPackages,
  sortAdded: (added: readonly Package[]) => readonly Package[],
  diffPairing: DiffPairing<Story>,
): Choice<Story> {
  const becomes = new Map(uncertain);
  const isFew = becomes.size + onlyBefore.length + onlyAfter.length <= MAX_UNCERTAIN_PACKAGES;
  const sent = sortAdded(isFew ? [...onlyAfter, ...becomes.values()] : onlyAfter);
  const added = new Set(onlyAfter);
  const matched: Pairing = { pairs, onlyBefore, onlyAfter: sent.filter((each) => added.has(each)) };
  const first = { pairing: matched, story: diffPairing(matched) };
  if (!isFew) return first;
  const certain = pairs.filter(([before]) => !becomes.has(before));
  const apart = [...becomes.keys(), ...onlyBefore].sort((a, b) => a.key - b.key);
  const places = new Map(sent.map((each, index) => [each, index]));
  const search = new PairingSearch(certain, places, stepsPerPairing(pairs, matched), diffPairing);
  const paired = [
    ...apart.map((before) => pairOf(before, becomes.get(before))),
    ...matched.onlyAfter.map((after) => ({ after })),
  ];
  const told = search.descend(paired, first) ?? first;
  if (becomes.size < 2) return told;
  const other = search.descend([...apart.map((before) => ({ before })), ...sent.map((after) => ({ after }))]);
  return other !== undefined && other.story.cost < told.story.cost ? other : told;
}

const countLines = (list: readonly Package[]): number => list.reduce((sum, { items }) => sum + items.length + 1, 0);

/** In steps of the search for moves, which it does not include. */
const stepsPerPairing = (pairs: readonly PackagePair[], { onlyBefore, onlyAfter }: Pairing): number =>
  STEPS_PER_LINE * (countLines(onlyBefore) + countLines(onlyAfter) + countLines(pairs.flat()));
