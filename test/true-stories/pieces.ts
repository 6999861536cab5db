import type { MovedItem, PurchaseEvent } from '@app/purchase/events';
import type { PieceMove } from './shop';

/** The origins of the units of one article in a package: units by origin. */
type Origins = ReadonlyMap<string, number>;
/** One possible assignment of the units of one article: origins by package. */
type Way = ReadonlyMap<string, Origins>;

/** Only this many assignments are considered. */
const MOST_WAYS = 3_000;
const NEW = 'new';
const GONE = 'gone';

const textOfOrigins = (origins: Origins): string =>
  [...origins]
    .map(([origin, quantity]) => `${origin}:${quantity}`)
    .sort()
    .join();
const textOf = (way: Way): string =>
  [...way]
    .filter(([, origins]) => origins.size > 0)
    .map(([place, origins]) => `${place}=${textOfOrigins(origins)}`)
    .sort()
    .join(' ');

/** All selections of `quantity` units by origin. Units of one article are interchangeable. */
function choices(origins: Origins, quantity: number): Map<string, number>[] {
  const entries = [...origins];
  const found: Map<string, number>[] = [];
  const choose = (index: number, left: number, chosen: [string, number][]): void => {
    const entry = entries[index];
    if (entry === undefined) {
      if (left === 0) found.push(new Map(chosen));
      return;
    }
    const rest = entries.slice(index + 1).reduce((sum, [, held]) => sum + held, 0);
    for (let taken = Math.min(entry[1], left); taken >= Math.max(0, left - rest); taken--)
      choose(index + 1, left - taken, taken > 0 ? [...chosen, [entry[0], taken]] : chosen);
  };
  choose(0, quantity, []);
  return found;
}

function changed(origins: Origins | undefined, by: Origins, sign: 1 | -1): Map<string, number> {
  const result = new Map(origins);
  for (const [origin, quantity] of by) {
    const now = (result.get(origin) ?? 0) + sign * quantity;
    if (now === 0) result.delete(origin);
    else result.set(origin, now);
  }
  return result;
}

function after(way: Way, { from, to, quantity }: PieceMove): Way[] {
  const source = from === undefined ? undefined : `${from}`;
  const target = to === undefined ? GONE : `${to}`;
  const taken = source === undefined ? [new Map([[NEW, quantity]])] : choices(way.get(source) ?? new Map(), quantity);
  return taken.map((pieces) => {
    const next = new Map(way);
    if (source !== undefined) next.set(source, changed(next.get(source), pieces, -1));
    next.set(target, changed(next.get(target), pieces, 1));
    return next;
  });
}

/** Removes units that were added and removed between the two bodies. */
function withoutTransit(way: Way): Way {
  const gone = new Map(way.get(GONE));
  gone.delete(NEW);
  return new Map(way).set(GONE, gone);
}

/**
 * All possible assignments of the units of one article from `holdings` to the packages after the moves, applied in
 * order. Origins and packages are named by `nameOf`, so that packages which the bodies do not distinguish are one.
 */
export function possibleWays(
  holdings: ReadonlyMap<number, number>,
  moves: readonly PieceMove[],
  originOf: (id: number) => string,
  placeOf: (id: number) => string,
): Set<string> {
  let ways: Way[] = [new Map([...holdings].map(([id, held]) => [`${id}`, new Map([[originOf(id), held]])]))];
  for (const move of moves) {
    const next = new Map<string, Way>();
    for (const way of ways)
      for (const each of after(way, move)) if (next.size < MOST_WAYS) next.set(textOf(each), each);
    ways = [...next.values()];
  }
  return new Set(
    ways.map((way) => {
      const named = new Map<string, Origins>();
      for (const [place, origins] of withoutTransit(way)) {
        if (origins.size === 0) continue;
        const name = place === GONE ? GONE : placeOf(Number(place));
        named.set(name, changed(named.get(name), origins, 1));
      }
      return textOf(named);
    }),
  );
}

const inMove = (item: MovedItem, from: number, to: number): PieceMove => ({
  article: item.to.line.name,
  from,
  to,
  quantity: item.quantity,
});

/** The moves of units between packages in an event. Packages are named by their keys. */
export function movesTold({ type, data }: PurchaseEvent): PieceMove[] {
  // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- no other event adds, removes or moves units
  switch (type) {
    case 'PackageAdded':
      return data.package.items.map(({ details, quantity }) => ({
        article: details.nameParent,
        to: data.package.key,
        quantity,
      }));
    case 'ItemsAdded':
      return data.items.map(({ details, quantity }) => ({
        article: details.nameParent,
        to: data.package.key,
        quantity,
      }));
    case 'PackageRemoved':
      return data.package.items.map(({ details, quantity }) => ({
        article: details.nameParent,
        from: data.package.key,
        quantity,
      }));
    case 'ItemsRemoved':
      return data.items.map(({ details, quantity }) => ({
        article: details.nameParent,
        from: data.package.key,
        quantity,
      }));
    case 'ItemQuantityChanged': {
      const by = data.after.quantity - data.before.quantity;
      const at = data.package.key;
      return [{ article: data.line.name, ...(by > 0 ? { to: at, quantity: by } : { from: at, quantity: -by }) }];
    }
    case 'ItemsMovedToIncoming':
    case 'ItemsMovedToProcessing':
    case 'ItemsMovedToOnHold':
    case 'ItemsMovedToShipment':
    case 'ItemsMovedToRefund':
    case 'ItemsMovedToCancelled':
      return data.items.map((item) => inMove(item, data.from.key, data.to.key));
    default:
      return [];
  }
}
