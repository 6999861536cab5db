import type { MovedItem, PurchaseEvent } from '../events';
import type { Instant, PackageType } from '../purchase';

/**
 * How plausible it is that goods go from one type of package to another, appear in one, or vanish from one. The diff prefers the story with
 * the lowest cost: each event costs EVENT, and what no merchant does costs more on top. So among stories of equally few events the plausible
 * one is told, and one event more is accepted to avoid an implausible one (ODD is more than one event and less than two).
 */
export const EVENT_COST = 100;
export const IMPLAUSIBLE_COST = 150;

type Costs = Readonly<Record<PackageType, number>>;

/** The cost of a route beside its event: `ROUTES[from][to]`. */
const ROUTE_COSTS: Readonly<Record<PackageType, Costs>> = {
  // Expected goods arrive and are processed; a few merchants report them only when they are shipped.
  incoming: { incoming: 10, processing: 0, on_hold: 5, shipment: 5, cancelled: 5, refund: IMPLAUSIBLE_COST },
  // Goods that wait are shipped, cancelled, held, put on back-order or transferred. What was never sent is cancelled, not refunded.
  processing: { incoming: 5, processing: 5, on_hold: 0, shipment: 0, cancelled: 0, refund: IMPLAUSIBLE_COST },
  // Held goods are released or cancelled.
  on_hold: { incoming: 10, processing: 0, on_hold: 10, shipment: 5, cancelled: 5, refund: IMPLAUSIBLE_COST },
  // Sent goods are refunded. A parcel may be packed anew; goods that left do not wait again, and are not cancelled.
  shipment: {
    incoming: IMPLAUSIBLE_COST,
    processing: IMPLAUSIBLE_COST,
    on_hold: IMPLAUSIBLE_COST,
    shipment: 30,
    cancelled: IMPLAUSIBLE_COST,
    refund: 0,
  },
  // A cancellation is taken back; it does not become a refund.
  cancelled: { incoming: 60, processing: 40, on_hold: 60, shipment: 80, cancelled: 30, refund: IMPLAUSIBLE_COST },
  // A refund is taken back, or its goods are sold again; it does not become a cancellation.
  refund: { incoming: 90, processing: 60, on_hold: 90, shipment: 40, cancelled: IMPLAUSIBLE_COST, refund: 30 },
};

/** More is ordered in a package that waits; a replacement may be sent at once; nothing new is refunded or cancelled. */
const ADDITION_COSTS: Costs = {
  incoming: 5,
  processing: 0,
  on_hold: 10,
  shipment: 20,
  cancelled: IMPLAUSIBLE_COST,
  refund: IMPLAUSIBLE_COST,
};

/** An order is reduced before it is sent; what was sent, refunded or cancelled stays in the purchase. */
const REMOVAL_COSTS: Costs = {
  incoming: 0,
  processing: 0,
  on_hold: 5,
  shipment: EVENT_COST,
  cancelled: 40,
  refund: 60,
};

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
export const isPending = (type: PackageType): boolean =>
  type === 'incoming' || type === 'processing' || type === 'on_hold';

/** The types of a package before and after: one that changes its type has two. */
export interface PackageTypes {
  before: PackageType;
  after: PackageType;
  /** It is not gone; and it was there before. */
  isInSent?: boolean;
  isNew?: boolean;
  /** When it was shipped or refunded. */
  completedAt?: Instant;
}

/** What was refunded before it was shipped is not of that shipment. */
const isRefundedBeforeShipped = (from: PackageTypes, to: PackageTypes): boolean =>
  from.after === 'shipment' &&
  to.after === 'refund' &&
  (from.completedAt ?? '') > (to.completedAt ?? from.completedAt ?? '');

/** True if goods went along a route before the packages at its ends changed their types: where that is as plausible as afterwards. */
export const isBeforeTypeChange = (from: PackageTypes, to: PackageTypes): boolean =>
  ROUTE_COSTS[from.before][to.before] <= ROUTE_COSTS[from.after][to.after];

/** What a route costs beside its event. */
export const routeCost = (from: PackageTypes, to: PackageTypes): number =>
  isRefundedBeforeShipped(from, to)
    ? IMPLAUSIBLE_COST
    : Math.min(ROUTE_COSTS[from.before][to.before], ROUTE_COSTS[from.after][to.after]);

/** What it costs, beside its event, that goods are new in a package. */
export const additionCost = ({ before, after }: PackageTypes): number =>
  Math.min(ADDITION_COSTS[before], ADDITION_COSTS[after]);

/** What it costs, beside its event, that goods vanish from a package. */
export const removalCost = ({ before, after }: PackageTypes): number =>
  Math.min(REMOVAL_COSTS[before], REMOVAL_COSTS[after]);

/** What is told of lines that stay where they are says nothing about where pieces went. */
const MINOR_EVENT_COST = 20;
const MINOR_EVENTS: ReadonlySet<PurchaseEvent['type']> = new Set([
  'ItemsRegrouped',
  'ItemRepriced',
  'ItemDetailsChanged',
]);

/** Pieces do not change their price or what they are on their way. */
const DETAILS_CHANGE_COST = 60;
/** Net and tax of pieces on their way are rounded, in an order that depends on the message: a penny of each is no new price. */
const MAX_ROUNDING_PER_UNIT = 2;
const isRepriced = ({ from, to }: MovedItem): boolean =>
  Math.abs(from.before.totals.gross / from.before.quantity - to.after.totals.gross / to.after.quantity) >
  MAX_ROUNDING_PER_UNIT;
const costOfChange = (item: MovedItem): number =>
  (item.to.details === undefined ? 0 : DETAILS_CHANGE_COST) + (isRepriced(item) ? MINOR_EVENT_COST : 0);

/** These follow from what was sent, however the packages are paired: they say nothing about where pieces went. */
const FREE_EVENTS: ReadonlySet<PurchaseEvent['type']> = new Set([
  'PackageDatesChanged',
  'PackageShipped',
  'PackageDelivered',
  'PackageRefunded',
  'PackageCancelled',
]);

/** What a story costs: its events, and what is implausible about them. */
export function costOfEvents(events: readonly PurchaseEvent[]): number {
  let cost = 0;
  for (const { type, data } of events) {
    if (FREE_EVENTS.has(type)) continue;
    cost += MINOR_EVENTS.has(type) ? MINOR_EVENT_COST : EVENT_COST;
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- no other event is about pieces that come, go or move
    switch (type) {
      case 'ItemsMovedToIncoming':
      case 'ItemsMovedToProcessing':
      case 'ItemsMovedToOnHold':
      case 'ItemsMovedToShipment':
      case 'ItemsMovedToRefund':
      case 'ItemsMovedToCancelled':
        cost +=
          ROUTE_COSTS[data.from.type][data.to.type] + data.items.reduce((sum, each) => sum + costOfChange(each), 0);
        break;
      case 'PackageAdded':
      case 'ItemsAdded':
        cost += ADDITION_COSTS[data.package.type] * ('items' in data ? data.items : data.package.items).length;
        break;
      case 'PackageRemoved':
      case 'ItemsRemoved':
        cost += REMOVAL_COSTS[data.package.type] * ('items' in data ? data.items : data.package.items).length;
        break;
      case 'ItemQuantityChanged':
        cost += (data.after.quantity > data.before.quantity ? ADDITION_COSTS : REMOVAL_COSTS)[data.package.type];
        break;
      default:
    }
  }
  return cost;
}
