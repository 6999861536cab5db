import type { EventOf, MovedItem, PurchaseEvent } from '../events';
import type { Instant, LineAmounts, PackageKey, PackageType } from '../purchase';

/**
 * The cost model of the diff: of all event lists that lead from the stored to the sent purchase, the diff returns the
 * cheapest that it finds. Each event costs EVENT_COST, plus the implausibility of what it states. IMPLAUSIBLE_COST is
 * more than one event and less than two: one event more is accepted to avoid an implausible one.
 */
export const EVENT_COST = 100;
export const IMPLAUSIBLE_COST = 150;
/** The cost of each item within an event: of equally many events, those that split the fewest lines are chosen. */
export const ITEM_COST = 1;

type Costs = Readonly<Record<PackageType, number>>;

/** The implausibility cost of a route: `ROUTE_COSTS[from][to]`. */
const ROUTE_COSTS: Readonly<Record<PackageType, Costs>> = {
  // Incoming goods are processed when they arrive; a few merchants report them only when they are shipped.
  incoming: { incoming: 10, processing: 0, on_hold: 5, shipment: 10, cancelled: 5, refund: IMPLAUSIBLE_COST },
  // Goods in processing are shipped, cancelled, held, put on back-order or transferred. Goods that were not shipped are
  // cancelled, not refunded.
  processing: { incoming: 5, processing: 0, on_hold: 0, shipment: 0, cancelled: 0, refund: IMPLAUSIBLE_COST },
  // Held goods are released or cancelled.
  on_hold: { incoming: 10, processing: 0, on_hold: 10, shipment: 10, cancelled: 5, refund: IMPLAUSIBLE_COST },
  // Shipped goods are refunded, or repacked into another shipment. They do not return to a pending package and are not
  // cancelled.
  shipment: {
    incoming: IMPLAUSIBLE_COST,
    processing: IMPLAUSIBLE_COST,
    on_hold: IMPLAUSIBLE_COST,
    shipment: 30,
    cancelled: IMPLAUSIBLE_COST,
    refund: 0,
  },
  // A cancellation may be reverted; it does not become a refund.
  cancelled: { incoming: 60, processing: 40, on_hold: 60, shipment: 80, cancelled: 30, refund: IMPLAUSIBLE_COST },
  // A refund may be reverted, or its goods sold again; it does not become a cancellation.
  refund: { incoming: 90, processing: 60, on_hold: 90, shipment: 40, cancelled: IMPLAUSIBLE_COST, refund: 30 },
};

/**
 * The implausibility cost of added units: orders add units to pending packages, a replacement may be shipped at once,
 * new units are not refunded or cancelled.
 */
const ADDITION_COSTS: Costs = {
  incoming: 5,
  processing: 0,
  on_hold: 10,
  shipment: 20,
  cancelled: IMPLAUSIBLE_COST,
  refund: IMPLAUSIBLE_COST,
};

/**
 * The implausibility cost of removed units: an order is reduced before it is shipped; shipped, refunded and cancelled
 * units stay in the purchase.
 */
const REMOVAL_COSTS: Costs = {
  incoming: 0,
  processing: 0,
  on_hold: 5,
  shipment: EVENT_COST,
  cancelled: 40,
  refund: 60,
};

/** The implausibility cost of a route from a pending package to a replacement: its units are new. */
const REPLACEMENT_ROUTE_COST = 20;

/** The package types in the order of the business process. */
export const BUSINESS_ORDER: readonly PackageType[] = [
  'incoming',
  'processing',
  'on_hold',
  'shipment',
  'cancelled',
  'refund',
];

/** True for the types of packages that are not shipped, refunded or cancelled yet. */
export const isPending = (type: PackageType): boolean =>
  type === 'incoming' || type === 'processing' || type === 'on_hold';

/** The stored and the sent type of a package, and what else the cost of its routes depends on. */
export interface PackageTypes {
  before: PackageType;
  after: PackageType;
  /** The package is in the sent purchase. */
  isInSent?: boolean;
  isNew?: boolean;
  /** The time of shipping or refunding. */
  completedAt?: Instant;
  /** A new shipment that replaces refunded units (replacements.ts). */
  isReplacement?: boolean;
}

/** True if the refund is dated before the shipment, so that its units cannot be from that shipment. */
const isRefundedBeforeShipped = (from: PackageTypes, to: PackageTypes): boolean =>
  from.after === 'shipment' &&
  to.after === 'refund' &&
  (from.completedAt ?? '') > (to.completedAt ?? from.completedAt ?? '');

/** True if the move event precedes the type changes of both packages: if that is at least as plausible as afterwards. */
export const isBeforeTypeChange = (from: PackageTypes, to: PackageTypes): boolean =>
  ROUTE_COSTS[from.before][to.before] <= ROUTE_COSTS[from.after][to.after];

/** True if the event of a move into the package `through` precedes the event of a move out of it. */
export function isInEventOrder(from: PackageTypes, through: PackageTypes, to: PackageTypes): boolean {
  const entersEarly = isBeforeTypeChange(from, through);
  const leavesEarly = isBeforeTypeChange(through, to);
  const order = (types: PackageTypes, isEarly: boolean): number =>
    BUSINESS_ORDER.indexOf(isEarly ? types.before : types.after);
  return entersEarly === leavesEarly ? order(through, entersEarly) < order(to, leavesEarly) : entersEarly;
}

/** True for a route from a pending package to a replacement, whose units are new rather than moved. */
const entersReplacement = (from: PackageType, isReplacement?: boolean): boolean =>
  isReplacement === true && isPending(from);

/** The implausibility cost of a route. */
export const routeCost = (from: PackageTypes, to: PackageTypes): number =>
  isRefundedBeforeShipped(from, to)
    ? IMPLAUSIBLE_COST
    : Math.min(ROUTE_COSTS[from.before][to.before], ROUTE_COSTS[from.after][to.after]) +
      (entersReplacement(from.before, to.isReplacement) ? REPLACEMENT_ROUTE_COST : 0);

/** True if units rather stay where they are, or are new, than move along the route. */
export const isOptionalRoute = (from: PackageTypes, to: PackageTypes): boolean =>
  routeCost(from, to) >= IMPLAUSIBLE_COST || entersReplacement(from.before, to.isReplacement);

/** The implausibility cost of units that are added to a package. */
export const additionCost = ({ before, after, isReplacement }: PackageTypes): number =>
  isReplacement === true ? 0 : Math.min(ADDITION_COSTS[before], ADDITION_COSTS[after]);

/** The implausibility cost of units that are removed from a package. */
export const removalCost = ({ before, after }: PackageTypes): number =>
  Math.min(REMOVAL_COSTS[before], REMOVAL_COSTS[after]);

/** The cost of an event that changes no quantity between packages. It hardly helps to decide between pairings. */
const MINOR_EVENT_COST = 20;
const MINOR_EVENTS: ReadonlySet<PurchaseEvent['type']> = new Set([
  'ItemsRegrouped',
  'ItemRepriced',
  'ItemDetailsChanged',
]);

/** The cost of a move that changes the details of a line. */
const DETAILS_CHANGE_COST = 60;
/** The rounding of a net and tax total, in minor units of each unit; not a new price. */
const MAX_ROUNDING_PER_UNIT = 2;
const isRepriced = (before: LineAmounts, after: LineAmounts): boolean =>
  Math.abs(before.totals.gross / before.quantity - after.totals.gross / after.quantity) > MAX_ROUNDING_PER_UNIT;

/** Events that are the same for all pairings of packages. */
const FREE_EVENTS: ReadonlySet<PurchaseEvent['type']> = new Set([
  'PackageDatesChanged',
  'PackageShipped',
  'PackageDelivered',
  'PackageRefunded',
  'PackageCancelled',
]);

const countItems = (data: EventOf<'PackageAdded' | 'ItemsAdded' | 'PackageRemoved' | 'ItemsRemoved'>['data']): number =>
  ('items' in data ? data.items : data.package.items).length;

/** What the cost of an event depends on, apart from the event. */
export interface CostContext {
  isReplacement?: (key: PackageKey) => boolean;
  /**
   * The amounts of both lines of a move that decide whether it changes a price. Default: those at the event, which are
   * right if no other event changes the lines.
   */
  amountsOf?: (item: MovedItem) => readonly [before: LineAmounts, after: LineAmounts];
}

/** The cost of an event list: its events and their implausibility. */
export function costOfEvents(
  events: readonly PurchaseEvent[],
  { isReplacement = () => false, amountsOf = ({ from, to }) => [from.before, to.after] }: CostContext = {},
): number {
  const costOfChange = (item: MovedItem): number =>
    (item.to.details === undefined ? 0 : DETAILS_CHANGE_COST) + (isRepriced(...amountsOf(item)) ? MINOR_EVENT_COST : 0);
  let cost = 0;
  for (const { type, data } of events) {
    if (FREE_EVENTS.has(type)) continue;
    cost += MINOR_EVENTS.has(type) ? MINOR_EVENT_COST : EVENT_COST;
    // eslint-disable-next-line @typescript-eslint/switch-exhaustiveness-check -- no other event adds, removes or moves units
    switch (type) {
      case 'ItemsMovedToIncoming':
      case 'ItemsMovedToProcessing':
      case 'ItemsMovedToOnHold':
      case 'ItemsMovedToShipment':
      case 'ItemsMovedToRefund':
      case 'ItemsMovedToCancelled':
        cost +=
          ROUTE_COSTS[data.from.type][data.to.type] +
          (entersReplacement(data.from.type, isReplacement(data.to.key)) ? REPLACEMENT_ROUTE_COST : 0) +
          data.items.reduce((sum, each) => sum + ITEM_COST + costOfChange(each), 0);
        break;
      case 'PackageAdded':
      case 'ItemsAdded':
        cost +=
          (ITEM_COST + (isReplacement(data.package.key) ? 0 : ADDITION_COSTS[data.package.type])) * countItems(data);
        break;
      case 'PackageRemoved':
      case 'ItemsRemoved':
        cost += (ITEM_COST + REMOVAL_COSTS[data.package.type]) * countItems(data);
        break;
      case 'ItemQuantityChanged':
        cost += (data.after.quantity > data.before.quantity ? ADDITION_COSTS : REMOVAL_COSTS)[data.package.type];
        cost += ITEM_COST;
        break;
      default:
    }
  }
  return cost;
}
