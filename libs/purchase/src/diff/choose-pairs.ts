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
import type { StepLimit } from './step-limit';

/** A pair that no identifier proves. `before` is absent for an added package, `after` for a removed one. */
interface UncertainPair {
  before?: KeyedPackage;
  after?: Package;
}

export type Pairing = Pick<MatchedPackages, 'pairs' | 'onlyBefore' | 'onlyAfter'>;

/** The events of a pairing with their cost (routes.ts). */
interface Costed {
  cost: number;
}

interface Choice<Result> {
  pairing: Pairing;
  result: Result;
}

/**
 * Computes the events that follow from a pairing. `budget` bounds its search for moves; default: the budget of a whole
 * diff.
 */
type DiffPairing<Result> = (pairing: Pairing, budget?: StepBudget) => Result;

/** With more uncertain packages than this, only the pairing by similarity is used. */
const MAX_UNCERTAIN_PACKAGES = 12;
/** Steps that all tried pairings of one diff may use together: `stepsPerPairing` for each, and its search for moves. */
const DIFF_STEP_BUDGET = 150_000;
/** Steps that the search for moves may use for one pairing. */
const PAIRING_STEP_BUDGET = 20_000;
/** The cost of one line, in steps of the search for moves. A package counts as one line more. */
const STEPS_PER_LINE = 100;

/**
 * True if the sent package can be the stored one: they share a type or an identifier. Packages that are not pending
 * also need compatible milestones, and an article or all of their items in common.
 */
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

/**
 * Exchanges the sent packages of pairs `i` and `j`; `j` = length stands for an empty pair, so that a pair is split.
 * Stored packages come first. Returns undefined if the result is the same pairing or contains a pair that `canPair`
 * excludes.
 */
function exchangeSides(uncertain: readonly UncertainPair[], i: number, j: number): UncertainPair[] | undefined {
  const [x, y] = [uncertain[i] ?? {}, uncertain[j] ?? {}];
  if (x.after === y.after || x.before === undefined) return undefined;
  const [first, second] = [
    { before: x.before, after: y.after },
    { before: y.before, after: x.after },
  ];
  if (!canPair(first) || !canPair(second)) return undefined;
  return [...uncertain, {}]
    .map((each, index) => (index === i ? first : index === j ? second : each))
    .filter(({ before, after }) => before !== undefined || after !== undefined);
}

/**
 * Local search over pairings: moves to the cheapest neighbour (one pair split, or two pairs exchanged or joined) until
 * no neighbour is cheaper or the step budget is used up. The budget is counted in steps, so the result depends on the
 * input alone.
 */
class PairingSearch<Result extends Costed> {
  private left = DIFF_STEP_BUDGET;

  constructor(
    private readonly certain: readonly PackagePair[],
    private readonly positions: ReadonlyMap<Package, number>,
    private readonly stepsPerPairing: number,
    private readonly diffPairing: DiffPairing<Result>,
    private readonly limit?: StepLimit,
  ) {}

  /** Starts at `best`, the choice of the uncertain pairs. */
  descend(uncertain: readonly UncertainPair[], best: Choice<Result>): Choice<Result> {
    let from = uncertain;
    for (let improved = true; improved;) {
      improved = false;
      for (const neighbour of neighbouringPairings(from)) {
        const choice = this.evaluate(neighbour);
        if (choice === undefined) return best;
        if (choice.result.cost < best.result.cost) [best, uncertain, improved] = [choice, neighbour, true];
      }
      from = uncertain;
    }
    return best;
  }

  /** Returns undefined if the step budget is used up. */
  evaluate(uncertain: readonly UncertainPair[]): Choice<Result> | undefined {
    this.left -= this.stepsPerPairing;
    if (this.left < 0) return undefined;
    this.limit?.spend(this.stepsPerPairing);
    const given = Math.min(PAIRING_STEP_BUDGET, this.left);
    const budget = { left: given };
    const pairing = this.pairingOf(uncertain);
    const result = this.diffPairing(pairing, budget);
    this.left -= given - budget.left;
    return { pairing, result };
  }

  private pairingOf(uncertain: readonly UncertainPair[]): Pairing {
    const pairs = [...this.certain];
    const onlyBefore: KeyedPackage[] = [];
    const onlyAfter: Package[] = [];
    for (const { before, after } of uncertain)
      if (before !== undefined && after !== undefined) pairs.push([before, after]);
      else if (before !== undefined) onlyBefore.push(before);
      else if (after !== undefined) onlyAfter.push(after);
    const positionOf = (each: Package): number => this.positions.get(each) ?? 0;
    return { pairs, onlyBefore, onlyAfter: onlyAfter.sort((a, b) => positionOf(a) - positionOf(b)) };
  }
}

function* neighbouringPairings(uncertain: readonly UncertainPair[]): Iterable<readonly UncertainPair[]> {
  for (const i of uncertain.keys())
    for (let j = i + 1; j <= uncertain.length; j++) {
      const neighbour = exchangeSides(uncertain, i, j);
      if (neighbour !== undefined) yield neighbour;
    }
}

/**
 * Chooses the pairing whose events cost least, among pairings that differ in the uncertain pairs only. Runs two local
 * searches, one from the pairs by similarity and one from no uncertain pairs; both share one step budget. `sortAdded`
 * sorts added packages independently of their order in the body.
 * @throws TooManySteps
 */
export function choosePairs<Result extends Costed>(
  { pairs, onlyBefore, onlyAfter, uncertain }: MatchedPackages,
  sortAdded: (added: readonly Package[]) => readonly Package[],
  diffPairing: DiffPairing<Result>,
  limit?: StepLimit,
): Choice<Result> {
  const uncertainPairs = new Map(uncertain);
  const isFew = uncertainPairs.size + onlyBefore.length + onlyAfter.length <= MAX_UNCERTAIN_PACKAGES;
  const sent = sortAdded(isFew ? [...onlyAfter, ...uncertainPairs.values()] : onlyAfter);
  const added = new Set(onlyAfter);
  const matched: Pairing = { pairs, onlyBefore, onlyAfter: sent.filter((each) => added.has(each)) };
  const first = { pairing: matched, result: diffPairing(matched) };
  if (!isFew) return first;
  const certain = pairs.filter(([before]) => !uncertainPairs.has(before));
  const stored = [...uncertainPairs.keys(), ...onlyBefore].sort((a, b) => a.key - b.key);
  const positions = new Map(sent.map((each, index) => [each, index]));
  const search = new PairingSearch(certain, positions, stepsPerPairing(pairs, matched), diffPairing, limit);
  const paired = [
    ...stored.map((before) => ({ before, after: uncertainPairs.get(before) })),
    ...matched.onlyAfter.map((after) => ({ after })),
  ];
  const best = search.descend(paired, first);
  if (uncertainPairs.size < 2) return best;
  const unpaired = [...stored.map((before) => ({ before })), ...sent.map((after) => ({ after }))];
  const none = search.evaluate(unpaired);
  if (none === undefined) return best;
  const fromNone = search.descend(unpaired, none);
  return fromNone.result.cost < best.result.cost ? fromNone : best;
}

const countLines = (list: readonly Package[]): number => list.reduce((sum, { items }) => sum + items.length + 1, 0);

/** The steps charged for one pairing, apart from its search for moves: proportional to the lines that it compares. */
const stepsPerPairing = (pairs: readonly PackagePair[], { onlyBefore, onlyAfter }: Pairing): number =>
  STEPS_PER_LINE * (countLines(onlyBefore) + countLines(onlyAfter) + countLines(pairs.flat()));
