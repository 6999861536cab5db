import type { MovedItem, PurchaseEvent } from '../events';
import type { Instant, PackageType } from '../purchase';

/**
 * How plausible it is that goods go from one type of package to another, appear in one, or vanish from one. The diff prefers the story with
 * the lowest cost: each event costs EVENT, and what no merchant does costs more on top. So among stories of equally few events the plausible
 * one is told, and one event more is accepted to avoid an implausible one (ODD is more than one event and less than two).
 */
export const EVENT = 100;
export const ODD = 150;

type Costs = Readonly<Record<PackageType, number>>;

/** The cost of a route beside its event: `ROUTES[from][to]`. */
const ROUTES: Readonly<Record<PackageType, Costs>> = {
  // Expected goods arrive and are processed; a few merchants report them only when they are shipped.
  incoming: { incoming: 10, processing: 0, on_hold: 5, shipment: 5, cancelled: 5, refund: ODD },
  // Goods that wait are shipped, cancelled, held, put on back-order or transferred. What was never sent is cancelled, not refunded.
  processing: { incoming: 5, processing: 5, on_hold: 0, shipment: 0, cancelled: 0, refund: ODD },
  // Held goods are released or cancelled.
  on_hold: { incoming: 10, processing: 0, on_hold: 10, shipment: 5, cancelled: 5, refund: ODD },
  // Sent goods are refunded. A parcel may be packed anew; goods that left do not wait again, and are not cancelled.
  shipment: { incoming: ODD, processing: ODD, on_hold: ODD, shipment: 30, cancelled: ODD, refund: 0 },
  // A cancellation is taken back; it does not become a refund.
  cancelled: { incoming: 60, processing: 40, on_hold: 60, shipment: 80, cancelled: 30, refund: ODD },
  // A refund is taken back, or its goods are sold again; it does not become a cancellation.
  refund: { incoming: 90, processing: 60, on_hold: 90, shipment: 40, cancelled: ODD, refund: 30 },
};

/** More is ordered in a package that waits; a replacement may be sent at once; nothing new is refunded or cancelled. */
const NEW: Costs = { incoming: 5, processing: 0, on_hold: 10, shipment: 20, cancelled: ODD, refund: ODD };

/** An order is reduced before it is sent; what was sent, refunded or cancelled stays in the purchase. */
const GONE: Costs = { incoming: 0, processing: 0, on_hold: 5, shipment: EVENT, cancelled: 40, refund: 60 };

/** The order in which a reader would tell it: from what is expected to what is given back. */
export const BUSINESS_ORDER: readonly PackageType[] = [
  'incoming',
  'processing',
  'on_hold',
  'shipment',
  'cancelled',
  'refund',
];

/** Packages that wait for whatever is not done yet. */
export const waits = (type: PackageType): boolean => type === 'incoming' || type === 'processing' || type === 'on_hold';

/** The types of a package before and after: one that changes its type has two. */
export interface Types {
  before: PackageType;
  after: PackageType;
  /** It is not gone; and it was there before. */
  isThere?: boolean;
  isNew?: boolean;
  /** When it was shipped or refunded. */
  doneAt?: Instant;
}

/** What was refunded before it was shipped is not of that shipment. */
const isTooLate = (from: Types, to: Types): boolean =>
  from.after === 'shipment' && to.after === 'refund' && (from.doneAt ?? '') > (to.doneAt ?? from.doneAt ?? '');

/** True if goods went along a route before the packages at its ends changed their types: where that is as plausible as afterwards. */
export const isBeforeTypeChange = (from: Types, to: Types): boolean =>
  ROUTES[from.before][to.before] <= ROUTES[from.after][to.after];

/** What a route costs beside its event. */
export const routeCost = (from: Types, to: Types): number =>
  isTooLate(from, to) ? ODD : Math.min(ROUTES[from.before][to.before], ROUTES[from.after][to.after]);

/** What it costs, beside its event, that goods are new in a package. */
export const newCost = ({ before, after }: Types): number => Math.min(NEW[before], NEW[after]);

/** What it costs, beside its event, that goods vanish from a package. */
export const goneCost = ({ before, after }: Types): number => Math.min(GONE[before], GONE[after]);

/** What is told of lines that stay where they are says nothing about where pieces went. */
const MINOR = 20;
const MINOR_EVENTS: ReadonlySet<PurchaseEvent['type']> = new Set([
  'ItemsRegrouped',
  'ItemRepriced',
  'ItemDetailsChanged',
]);

/** Pieces do not change their price or what they are on their way. */
const REDESCRIBED = 60;
/** Net and tax of pieces on their way are rounded, in an order that depends on the message: a penny of each is no new price. */
const MAX_ROUNDING = 2;
const isRepriced = ({ from, to }: MovedItem): boolean =>
  Math.abs(from.before.totals.gross / from.before.quantity - to.after.totals.gross / to.after.quantity) > MAX_ROUNDING;
const costOfChange = (item: MovedItem): number =>
  (item.to.details === undefined ? 0 : REDESCRIBED) + (isRepriced(item) ? MINOR : 0);

/** These follow from what was sent, however the packages are paired: they say nothing about where pieces went. */
const FREE_EVENTS: ReadonlySet<PurchaseEvent['type']> = new Set([
  'PackageDatesChanged',
  'PackageShipped',
  'PackageDelivered',
  'PackageRefunded',
  'PackageCancelled',
]);

/** What a story costs: its events, and what is implausible about them. */
export function costOfStory(events: readonly PurchaseEvent[]): number {
  let cost = 0;
  for (const { type, data } of events) {
    if (FREE_EVENTS.has(type)) continue;
    cost += MINOR_EVENTS.has(type) ? MINOR : EVENT;
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- no other event is about pieces that come, go or move
    switch (type) {
      case 'ItemsMovedToIncoming':
      case 'ItemsMovedToProcessing':
      case 'ItemsMovedToOnHold':
      case 'ItemsMovedToShipment':
      case 'ItemsMovedToRefund':
      case 'ItemsMovedToCancelled':
        cost += ROUTES[data.from.type][data.to.type] + data.items.reduce((sum, each) => sum + costOfChange(each), 0);
        break;
      case 'PackageAdded':
      case 'ItemsAdded':
        cost += NEW[data.package.type] * ('items' in data ? data.items : data.package.items).length;
        break;
      case 'PackageRemoved':
      case 'ItemsRemoved':
        cost += GONE[data.package.type] * ('items' in data ? data.items : data.package.items).length;
        break;
      case 'ItemQuantityChanged':
        cost += (data.after.quantity > data.before.quantity ? NEW : GONE)[data.package.type];
        break;
      default:
    }
  }
  return cost;
}
