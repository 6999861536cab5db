import type { PackageType } from '@app/purchase/purchase';
import type { PieceMove } from './shop';

/** One description of what happened: the units before and their moves. Packages are named by ids. */
export interface Side {
  held: ReadonlyMap<string, ReadonlyMap<number, number>>;
  moves: readonly PieceMove[];
  /** The content of each package in the first body and in the second. */
  origins: ReadonlyMap<number, string>;
  places: ReadonlyMap<number, string>;
  /** The type of each package before and after. */
  typesBefore: ReadonlyMap<number, PackageType>;
  typesAfter: ReadonlyMap<number, PackageType>;
}

/** The moves of units between the packages that the two bodies contain. */
export interface NetStory {
  /** One entry for each event: a route, units added to a package, units removed from one. */
  parts: ReadonlySet<string>;
  /** Units by article and by the types of both packages. */
  pieces: ReadonlyMap<string, number>;
  /** Articles whose units passed through a package that is in neither body. */
  hidden: ReadonlySet<string>;
  /** No move is implausible by the types in the bodies, or by the types at the time of the move. */
  isPlausible: boolean;
}

const waits = (type: PackageType): boolean => type === 'incoming' || type === 'processing' || type === 'on_hold';

/** True for an implausible move. */
export const isOdd = (from: PackageType, to: PackageType): boolean =>
  (waits(from) && to === 'refund') ||
  (from === 'shipment' && (waits(to) || to === 'cancelled')) ||
  (from === 'refund' && to === 'cancelled') ||
  (from === 'cancelled' && to === 'refund');

/** True for an implausible move, and for units that are added to a refund or a cancellation. */
const isOddMove = (from: PackageType | undefined, to: PackageType | undefined): boolean =>
  from === undefined ? to === 'refund' || to === 'cancelled' : to !== undefined && isOdd(from, to);

/** Replaces moves through packages that are in neither body by moves between the others, first in, first out. */
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

/** The moves of a side, reduced to the packages of the bodies. */
export function netStory({ moves, origins, places, typesBefore, typesAfter }: Side): NetStory {
  const [visible, hidden] = visibleMoves(moves, (id) => origins.has(id) || places.has(id));
  const typeOf = (id: number): string => `${typesBefore.get(id) ?? ''}>${typesAfter.get(id) ?? ''}`;
  const [parts, pieces] = [new Set<string>(), new Map<string, number>()];
  let isPlausible = true;
  for (const { article, from, to, quantity, types } of visible) {
    // Units added to or removed from a package that stays are one event for each article.
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

/** The reasons for which both descriptions fit the two bodies (ADR 8). */
export type Ambiguity = 'equal packages' | 'invisible step';

/**
 * The reason for which the events of the diff fit both bodies as well as the applied steps do; undefined if the diff is
 * wrong. Requires that the diff takes no more events. Each article with a different route must either have moved in
 * equal numbers between equal types of packages, so that only packages of one type are confused, or have passed through
 * a package that is in neither body.
 */
export function ambiguityOf(truth: NetStory, told: NetStory, wrong: readonly string[]): Ambiguity | undefined {
  if (told.parts.size > truth.parts.size) return undefined;
  const isTwin = (article: string): boolean => ofArticle(truth, article) === ofArticle(told, article);
  if (wrong.every(isTwin)) return 'equal packages';
  return wrong.every((each) => truth.hidden.has(each)) ? 'invisible step' : undefined;
}
