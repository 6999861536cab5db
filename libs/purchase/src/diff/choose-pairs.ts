import type { MatchedPackages, PackagePair } from './match-packages';
import { contradicts, happenedApart, happenedTogether, itemsText, KINDS, shareAnArticle } from './package-likeness';
import type { KeyedPackage, Package } from '../purchase';
import { waits } from './routes';

/** A package before and after, where it is not certain which it is; one side is absent where it is gone or new. */
interface Cell {
  before?: KeyedPackage;
  after?: Package;
}

export type Pairing = Pick<MatchedPackages, 'pairs' | 'gone' | 'fresh'>;

/** A story, and what it costs (routes.ts). */
interface Priced {
  cost: number;
}

/** Other pairings are tried where at most so many packages are uncertain, of at most so many lines. */
const MAX_UNCERTAIN = 12;
const MAX_LINES = 400;
/** So many stories are told at the most. */
const MAX_TRIES = 150;

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

const linesOf = (each?: Package): number => each?.items.length ?? 0;

const cellOf = (before?: KeyedPackage, after?: Package): Cell => ({
  ...(before !== undefined && { before }),
  ...(after !== undefined && { after }),
});

const pairingOf = (certain: readonly PackagePair[], cells: readonly Cell[]): Pairing => ({
  pairs: [
    ...certain,
    ...cells.flatMap(({ before, after }): PackagePair[] =>
      before === undefined || after === undefined ? [] : [[before, after]],
    ),
  ],
  gone: cells.flatMap(({ before, after }) => (before === undefined || after !== undefined ? [] : [before])),
  fresh: cells.flatMap(({ before, after }) => (before !== undefined || after === undefined ? [] : [after])),
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

/** Exchanges, splits and joins pairs as long as that tells a cheaper story (steepest descent). */
class PairingSearch<Story extends Priced> {
  private tries = 0;

  constructor(
    private readonly certain: readonly PackagePair[],
    private readonly tell: (pairing: Pairing) => Story,
  ) {}

  descend(cells: readonly Cell[], told: Story = this.tell(pairingOf(this.certain, cells))): Story {
    let [best, from] = [told, cells];
    for (let improved = true; improved;) {
      improved = false;
      for (const tried of neighboursOf(from)) {
        if (this.tries++ >= MAX_TRIES) return best;
        const story = this.tell(pairingOf(this.certain, tried));
        if (story.cost < best.cost) [best, cells, improved] = [story, tried, true];
      }
      from = cells;
    }
    return best;
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
 * Which package is which where identifiers do not prove it. Two searches, one that begins with the pairs that are most alike and one that begins
 * with no pairs, each bounded by the number of stories told; the cheaper story wins. `inOrder` puts new packages in an order that does not
 * depend on the message.
 */
export function choosePairs<Story extends Priced>(
  matched: MatchedPackages,
  inOrder: (fresh: readonly Package[]) => readonly Package[],
  tell: (pairing: Pairing) => Story,
): Story {
  const first = tell(matched);
  const uncertain = new Set(matched.uncertain);
  const certain = matched.pairs.filter((pair) => !uncertain.has(pair));
  const apart: Cell[] = [...matched.uncertain.map(([before]) => before), ...matched.gone]
    .sort((a, b) => a.key - b.key)
    .map((before) => ({ before }));
  const becomes = new Map(matched.uncertain);
  const paired: Cell[] = [
    ...apart.map(({ before }) => cellOf(before, before && becomes.get(before))),
    ...inOrder(matched.fresh).map((after) => ({ after })),
  ];
  const lines = paired.reduce((sum, { before, after }) => sum + linesOf(before) + linesOf(after), 0);
  if (paired.length > MAX_UNCERTAIN || lines > MAX_LINES) return first;
  const search = new PairingSearch(certain, tell);
  const told = search.descend(paired, first);
  if (becomes.size < 2) return told;
  const sent = inOrder([...matched.fresh, ...becomes.values()]).map((after) => ({ after }));
  const other = search.descend([...apart, ...sent]);
  return other.cost < told.cost ? other : told;
}
