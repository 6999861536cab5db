import type { MatchedPackages, PackagePair } from './match-packages';
import { contradicts, happenedApart, happenedTogether, itemsText, KINDS, shareAnArticle } from './package-likeness';
import type { KeyedPackage, Package } from '../purchase';
import type { Effort } from './route-search';
import { waits } from './routes';

/** A package before and after, where it is not certain which it is; one side is absent where it is gone or new. */
interface Cell {
  before?: KeyedPackage;
  after?: Package;
}

export type Pairing = Pick<MatchedPackages, 'pairs' | 'gone' | 'fresh'>;

/** A story with its cost (routes.ts). */
interface Priced {
  cost: number;
}

interface Choice<Story> {
  pairing: Pairing;
  story: Story;
}

/** Tells the story of a pairing. `effort` bounds the search for moves; absent: as for a whole diff. */
type Tell<Story> = (pairing: Pairing, effort?: Effort) => Story;

/** Other pairings are tried where at most so many packages are uncertain. */
const MAX_UNCERTAIN = 12;
/** What all tries of a diff may cost: see `PairingSearch.costOfTry`. */
const MAX_EFFORT = 300_000;
/** What one try may spend on the search for moves. */
const MAX_EFFORT_OF_TRY = 20_000;
/** A line costs as much as so many steps of the search for moves, a package as much as so many lines. */
const STEPS_OF_LINE = 100;

/** True if the one may have become the other: of one type, or under one identifier. */
function mayBecome({ before, after }: Cell): boolean {
  if (before === undefined || after === undefined) return true;
  if (before.type !== after.type)
    return KINDS.some(
      (kind) => before.identifiers[kind] !== undefined && before.identifiers[kind] === after.identifiers[kind],
    );
  if (waits(before.type)) return true;
  if (happenedApart(before.dates, after.dates)) return false;
  return contradicts(before.identifiers, after.identifiers)
    ? itemsText(before) === itemsText(after) ||
        (happenedTogether(before.dates, after.dates) && shareAnArticle(before, after))
    : shareAnArticle(before, after);
}

const cellOf = (before?: KeyedPackage, after?: Package): Cell => ({
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
});

/** The cells with the after sides of two of them exchanged; undefined where one package cannot have become the other. */
function exchanged(cells: readonly Cell[], i: number, j: number): Cell[] | undefined {
  const [x, y] = [cells[i] ?? {}, cells[j] ?? {}];
  if (x.after === y.after || (x.before === undefined && y.before === undefined)) return undefined;
  const swapped = [cellOf(x.before, y.after), cellOf(y.before, x.after)] as const;
  if (!swapped.every(mayBecome)) return undefined;
  const [first, second] = swapped;
  return [
    ...cells.map((each, index) => (index === i ? first : index === j ? second : each)),
    ...(j < cells.length ? [] : [second]),
  ].filter(({ before, after }) => before !== undefined || after !== undefined);
}

/** Exchanges, splits and joins pairs as long as that tells a cheaper story (steepest descent), within a fixed effort. */
class PairingSearch<Story extends Priced> {
  private left = MAX_EFFORT;

  constructor(
    private readonly certain: readonly PackagePair[],
    private readonly places: ReadonlyMap<Package, number>,
    private readonly costOfTry: number,
    private readonly tell: Tell<Story>,
  ) {}

  descend(cells: readonly Cell[], first?: Choice<Story>): Choice<Story> | undefined {
    let [best, from] = [first ?? this.try(cells), cells];
    for (let improved = best !== undefined; improved;) {
      improved = false;
      for (const tried of neighboursOf(from)) {
        const choice = this.try(tried);
        if (choice === undefined) return best;
        if (best === undefined || choice.story.cost < best.story.cost) [best, cells, improved] = [choice, tried, true];
      }
      from = cells;
    }
    return best;
  }

  /** Undefined where there is no effort left. */
  private try(cells: readonly Cell[]): Choice<Story> | undefined {
    this.left -= this.costOfTry;
    if (this.left < 0) return undefined;
    const given = Math.min(MAX_EFFORT_OF_TRY, this.left);
    const effort = { left: given };
    const pairing = this.pairingOf(cells);
    const story = this.tell(pairing, effort);
    this.left -= given - effort.left;
    return { pairing, story };
  }

  private pairingOf(cells: readonly Cell[]): Pairing {
    const pairs = [...this.certain];
    const gone: KeyedPackage[] = [];
    const fresh: Package[] = [];
    for (const { before, after } of cells)
      if (before === undefined) fresh.push(...(after === undefined ? [] : [after]));
      else if (after === undefined) gone.push(before);
      else pairs.push([before, after]);
    const placeOf = (each: Package): number => this.places.get(each) ?? 0;
    return { pairs, gone, fresh: fresh.sort((a, b) => placeOf(a) - placeOf(b)) };
  }
}

function* neighboursOf(cells: readonly Cell[]): Iterable<readonly Cell[]> {
  for (let i = 0; i < cells.length; i++)
    for (let j = i + 1; j <= cells.length; j++) {
      const tried = exchanged(cells, i, j);
      if (tried !== undefined) yield tried;
    }
}

/**
 * Which package is which where identifiers do not prove it. Two searches, one from the most alike pairs and one from no pairs, share one effort; the
 * cheaper story wins. `inOrder` puts new packages in an order that does not depend on the message.
 */
export function choosePairs<Story extends Priced>(
  { pairs, gone, fresh, uncertain }: MatchedPackages,
  inOrder: (fresh: readonly Package[]) => readonly Package[],
  tell: Tell<Story>,
): Choice<Story> {
  const becomes = new Map(uncertain);
  const isFew = becomes.size + gone.length + fresh.length <= MAX_UNCERTAIN;
  const sent = inOrder(isFew ? [...fresh, ...becomes.values()] : fresh);
  const new_ = new Set(fresh);
  const matched: Pairing = { pairs, gone, fresh: sent.filter((each) => new_.has(each)) };
  const first = { pairing: matched, story: tell(matched) };
  if (!isFew) return first;
  const certain = pairs.filter(([before]) => !becomes.has(before));
  const apart = [...becomes.keys(), ...gone].sort((a, b) => a.key - b.key);
  const places = new Map(sent.map((each, index) => [each, index]));
  const search = new PairingSearch(certain, places, costOfTry(pairs, matched), tell);
  const paired = [
    ...apart.map((before) => cellOf(before, becomes.get(before))),
    ...matched.fresh.map((after) => ({ after })),
  ];
  const told = search.descend(paired, first) ?? first;
  if (becomes.size < 2) return told;
  const other = search.descend([...apart.map((before) => ({ before })), ...sent.map((after) => ({ after }))]);
  return other !== undefined && other.story.cost < told.story.cost ? other : told;
}

const linesOf = (list: readonly Package[]): number => list.reduce((sum, { items }) => sum + items.length + 1, 0);

/** In steps of the search for moves, which it does not include. */
const costOfTry = (pairs: readonly PackagePair[], { gone, fresh }: Pairing): number =>
  STEPS_OF_LINE * (linesOf(gone) + linesOf(fresh) + linesOf(pairs.flat()));
