import type { PackageType } from '@app/purchase/purchase';
import type { PieceMove } from './shop';

/** One account of what happened: the pieces held before, and their moves; packages are named by ids. */
export interface Side {
  held: ReadonlyMap<string, ReadonlyMap<number, number>>;
  moves: readonly PieceMove[];
  /** What each package said before, and says after. */
  origins: ReadonlyMap<number, string>;
  places: ReadonlyMap<number, string>;
  /** The type of each package before, and after. */
  typesBefore: ReadonlyMap<number, PackageType>;
  typesAfter: ReadonlyMap<number, PackageType>;
}

/** Where pieces went between the packages that the two messages show. */
export interface NetStory {
  /** What one event tells each: a route, what is new in a package, what vanished from one. */
  parts: ReadonlySet<string>;
  /** Pieces by article and by the types of both ends. */
  pieces: ReadonlyMap<string, number>;
  /** Articles of which pieces passed through a package that neither message shows. */
  hidden: ReadonlySet<string>;
  /** No move is odd: neither by the types that the messages show, nor by those that the packages had at that time. */
  isPlausible: boolean;
}

const waits = (type: PackageType): boolean => type === 'incoming' || type === 'processing' || type === 'on_hold';

/** True for a move that no merchant makes. */
export const isOdd = (from: PackageType, to: PackageType): boolean =>
  (waits(from) && to === 'refund') ||
  (from === 'shipment' && (waits(to) || to === 'cancelled')) ||
  (from === 'refund' && to === 'cancelled') ||
  (from === 'cancelled' && to === 'refund');

/** True also for goods that appear inside a refund or a cancellation. */
const isOddMove = (from: PackageType | undefined, to: PackageType | undefined): boolean =>
  from === undefined ? to === 'refund' || to === 'cancelled' : to !== undefined && isOdd(from, to);

/** Leads pieces through packages that neither message shows: what went in first comes out first. */
function visibleMoves(moves: readonly PieceMove[], isShown: (id: number) => boolean): [PieceMove[], Set<string>] {
  const inside = new Map<string, PieceMove[]>();
  const hidden = new Set<string>();
  const visible: PieceMove[] = [];
  for (const move of moves) {
    const { article, from, to } = move;
    let parts = [move];
    if (from !== undefined && !isShown(from)) {
      parts = [];
      const waiting = inside.get(`${article} ${from}`) ?? [];
      for (let left = move.quantity; left > 0;) {
        const [first] = waiting;
        if (first === undefined) break;
        const quantity = Math.min(left, first.quantity);
        parts.push({
          article,
          quantity,
          types: [first.types?.[0], move.types?.[1]],
          ...(first.from !== undefined && { from: first.from }),
          ...(to !== undefined && { to }),
        });
        left -= quantity;
        first.quantity -= quantity;
        if (first.quantity === 0) waiting.shift();
      }
    }
    if (to === undefined || isShown(to)) {
      visible.push(...parts);
      continue;
    }
    hidden.add(article);
    const key = `${article} ${to}`;
    inside.set(key, [...(inside.get(key) ?? []), ...parts.map((each) => ({ ...each }))]);
  }
  return [visible.filter(({ from, to }) => from !== to), hidden];
}

/** What a side tells of the packages that the messages show. */
export function netStory({ moves, origins, places, typesBefore, typesAfter }: Side): NetStory {
  const [visible, hidden] = visibleMoves(moves, (id) => origins.has(id) || places.has(id));
  const typeOf = (id: number): string => `${typesBefore.get(id) ?? ''}>${typesAfter.get(id) ?? ''}`;
  const [parts, pieces] = [new Set<string>(), new Map<string, number>()];
  let isPlausible = true;
  for (const { article, from, to, quantity, types } of visible) {
    // What is new in, or vanishes from, a package that stays is an event for each article.
    const alone = (id: number): string => (origins.has(id) && places.has(id) ? `${id} ${article}` : `${id}`);
    if (from === undefined && to !== undefined) parts.add(`new ${alone(to)}`);
    if (to === undefined && from !== undefined) parts.add(`gone ${alone(from)}`);
    if (from !== undefined && to !== undefined) parts.add(`${from} ${to}`);
    const kind = `${article} ${from === undefined ? 'new' : typeOf(from)} ${to === undefined ? 'gone' : typeOf(to)}`;
    pieces.set(kind, (pieces.get(kind) ?? 0) + quantity);
    const [target, source] = [to ?? 0, from ?? 0].map((id) => [typesBefore.get(id), typesAfter.get(id)]);
    const ends = [0, 1].map(
      (when) => [source?.[when] ?? source?.[1 - when], target?.[when] ?? target?.[1 - when]] as const,
    );
    if (ends.every((each) => isOddMove(...each)) || (types !== undefined && isOddMove(...types))) isPlausible = false;
  }
  for (const [id, type] of typesAfter) if (typesBefore.has(id) && typesBefore.get(id) !== type) parts.add(`type ${id}`);
  return { parts, pieces, hidden, isPlausible };
}

const ofArticle = ({ pieces }: NetStory, article: string): string =>
  [...pieces]
    .filter(([kind]) => kind.startsWith(`${article} `))
    .map(([kind, quantity]) => `${kind}: ${quantity}`)
    .sort()
    .join();

/** Two stories of which both messages cannot tell which one is true (ADR 8). */
export type Ambiguity = 'equal packages' | 'invisible step';

/**
 * Why both messages fit the told story as well as the true one; undefined: it is wrong. Only where it takes no more events, and where each
 * article that went elsewhere
 * - went in equally many pieces from equal types of packages to equal types, so that only packages of one type are confused; or
 * - passed, in truth, through a package that neither message shows.
 */
export function ambiguityOf(truth: NetStory, told: NetStory, wrong: readonly string[]): Ambiguity | undefined {
  if (told.parts.size > truth.parts.size) return undefined;
  const isTwin = (article: string): boolean => ofArticle(truth, article) === ofArticle(told, article);
  if (wrong.every(isTwin)) return 'equal packages';
  return wrong.every((each) => truth.hidden.has(each)) ? 'invisible step' : undefined;
}
