import type { PackageKey, PackageType } from '../purchase';
import {
  additionCost,
  EVENT_COST,
  isOptionalRoute,
  ITEM_COST,
  isPending,
  type PackageTypes,
  removalCost,
  routeCost,
} from './routes';
import type { Remainders, TransportProblem, TypesOf } from './flows';
import { canRefund, type Passage, PassableShipments } from './passable-shipments';
import type { ShipmentsWith } from './stock';

/** What the cost of an allocation depends on, apart from the units. */
export interface AllocationContext {
  remainders: Remainders;
  typesOf: TypesOf;
  shipmentsWith: ShipmentsWith;
}

/** A route in use, by the indexes of its packages, and the units of each article that move along it. */
export interface ChosenRoute {
  source: number;
  target: number;
  units: Float64Array;
  /** The number of articles that move along the route. */
  items: number;
}

/** One side of the problem: the source packages or the target packages, by index. */
interface Side {
  keys: readonly PackageKey[];
  /** Unassigned units, by article and package. */
  left: readonly Float64Array[];
  /** Unassigned units of all articles, by package. */
  total: Float64Array;
  /** True if a remainder of the article in the package is an event of its own, by article and package. */
  isSeparateEvent: readonly (readonly boolean[])[];
  /** True if other remainders of the package cost no further event. */
  isFree: readonly boolean[];
  /** The implausibility cost of a remainder, by package. */
  remainderCosts: readonly number[];
}

/** The implausibility cost of a replacement that was returned: more units are shipped than were refunded. */
const SECOND_REPLACEMENT_COST = 20;

/** Routes chosen for a transportation problem, the units that they leave unassigned, and the cost of both as events. */
export class RouteAllocation {
  /** In the order in which they were chosen. */
  readonly chosen: ChosenRoute[] = [];
  readonly supply: Side;
  readonly demand: Side;
  /** The implausibility cost of each route, by source and target. */
  private readonly costs: readonly (readonly number[])[];
  /** True if a result may leave units that can move along the route, by source and target. */
  readonly isOptional: readonly (readonly boolean[])[];
  private readonly isPendingSource: readonly boolean[];
  private readonly targetTypes: readonly PackageType[];
  private readonly isNewTarget: readonly boolean[];
  /** True if units of one target can be refunded to another: it is a shipment, not shipped after the refund. */
  private readonly isRefundable: readonly (readonly boolean[])[];
  private readonly passable: PassableShipments;

  constructor(transport: TransportProblem, { remainders, typesOf, shipmentsWith }: AllocationContext) {
    const { sources, targets } = transport;
    const side = (
      name: 'supply' | 'demand',
      keys: readonly PackageKey[],
      costOf: (types: PackageTypes) => number,
    ): Side => {
      const held = transport.articles.map((each) => keys.map((key) => each[name].get(key)));
      const left = held.map((packages) => Float64Array.from(packages, (each) => each?.units ?? 0));
      return {
        keys,
        left,
        total: Float64Array.from(keys, (_, index) => left.reduce((sum, each) => sum + (each[index] ?? 0), 0)),
        isSeparateEvent: held.map((packages) => packages.map((each) => each?.isSeparateEvent === true)),
        isFree: keys.map((key) => remainders[name].has(key)),
        remainderCosts: keys.map((key) => costOf(typesOf(key))),
      };
    };
    this.supply = side('supply', sources, removalCost);
    this.demand = side('demand', targets, additionCost);
    this.costs = sources.map((from) => targets.map((to) => routeCost(typesOf(from), typesOf(to))));
    this.isOptional = sources.map((from) => targets.map((to) => isOptionalRoute(typesOf(from), typesOf(to))));
    this.isPendingSource = sources.map((key) => isPending(typesOf(key).before));
    this.targetTypes = targets.map((key) => typesOf(key).after);
    this.isNewTarget = targets.map((key) => typesOf(key).isNew === true);
    this.isRefundable = targets.map((from) => {
      const types = typesOf(from);
      return types.after !== 'shipment' ? [] : targets.map((to) => canRefund(types, typesOf(to)));
    });
    this.passable = new PassableShipments(transport, typesOf, shipmentsWith);
  }

  /** The implausibility cost of a route. */
  costOf = (source: number, target: number): number => this.costs[source]?.[target] ?? 0;

  isSamePackage = (source: number, target: number): boolean => this.supply.keys[source] === this.demand.keys[target];

  /** Moves all units that the route can take. */
  choose({ source, target }: { source: number; target: number }): ChosenRoute {
    const units = Float64Array.from(this.supply.left, (left, article) =>
      Math.min(left[source] ?? 0, this.demand.left[article]?.[target] ?? 0),
    );
    const taken = { source, target, units, items: units.reduce((sum, each) => sum + Number(each > 0), 0) };
    this.add(taken, -1);
    this.chosen.push(taken);
    return taken;
  }

  /** Gives back the units of the route that was chosen last. */
  undo(taken: ChosenRoute): void {
    this.chosen.pop();
    this.add(taken, 1);
  }

  private add({ source, target, units }: ChosenRoute, sign: 1 | -1): void {
    for (let article = 0; article < units.length; article++) {
      const quantity = sign * (units[article] ?? 0);
      if (quantity === 0) continue;
      addTo(this.supply.left[article], source, quantity);
      addTo(this.demand.left[article], target, quantity);
      addTo(this.supply.total, source, quantity);
      addTo(this.demand.total, target, quantity);
    }
  }

  /** The number of units that can still move along a route. */
  unitsAlong(source: number, target: number): number {
    const { length } = this.supply.left;
    let units = 0;
    for (let article = 0; article < length; article++)
      units += Math.min(this.supply.left[article]?.[source] ?? 0, this.demand.left[article]?.[target] ?? 0);
    return units;
  }

  /** The cost of the chosen routes and of all units that they leave. */
  cost(): number {
    return this.costOfChosenRoutes() + this.costOfRemainders(this.supply) + this.costOfAdditions();
  }

  private isPending = (source: number): boolean => this.isPendingSource[source] === true;

  /** True for units that may have been shipped and refunded: from a pending package to a refund. */
  private mayPassThroughShipment = (source: number, target: number): boolean =>
    this.targetTypes[target] === 'refund' && this.isPending(source);

  /** True if a pending package gives units of the article to the target, or of any article if the target is new. */
  private isFilledFromPending = (target: number, article: number): boolean =>
    this.chosen.some(
      (each) =>
        each.target === target &&
        this.isPending(each.source) &&
        (this.isNewTarget[target] === true || (each.units[article] ?? 0) > 0),
    );

  /**
   * True if units of the article are added to a new shipment that can be refunded to the target, and no pending package
   * has units of the article left.
   */
  private isReplaced = (target: number, article: number): boolean =>
    !this.isPendingSource.some((isPending, source) => isPending && (this.supply.left[article]?.[source] ?? 0) > 0) &&
    this.demand.keys.some(
      (_, sent) =>
        this.isRefundable[sent]?.[target] === true &&
        this.isNewTarget[sent] === true &&
        (this.demand.left[article]?.[sent] ?? 0) > 0,
    );

  /** The event cost of leading units to a refund through a shipment. Infinity if no shipment fits. */
  private costThroughShipment(target: number, fits: (sent: ChosenRoute) => boolean): number {
    let cost = Infinity;
    for (const sent of this.chosen) {
      if (this.isRefundable[sent.target]?.[target] !== true || !this.isPending(sent.source)) continue;
      if (fits(sent))
        cost = Math.min(cost, this.isRefunded(this.demand.keys[sent.target] ?? 0, target) ? 0 : EVENT_COST);
    }
    return cost;
  }

  private costOfChosenRoutes(): number {
    let cost = 0;
    /** Routes into shipments that only serve to refund units from there. */
    const entered = new Set<string>();
    for (const route of this.chosen) {
      const { source, target, items } = route;
      const direct = EVENT_COST + this.costOf(source, target);
      cost += ITEM_COST * items;
      if (!this.mayPassThroughShipment(source, target)) {
        cost += direct;
        continue;
      }
      let [through, entry] = [this.costThroughShipment(target, (sent) => sent.source === source), ''];
      for (const { key, entryCost } of this.shipmentsFor(route)) {
        const leg = `${source} ${key}`;
        const legs = (entered.has(leg) ? 0 : EVENT_COST + entryCost) + (this.isRefunded(key, target) ? 0 : EVENT_COST);
        if (legs < through) [through, entry] = [legs, leg];
      }
      if (entry !== '' && through < direct) entered.add(entry);
      cost += Math.min(direct, through);
    }
    return cost;
  }

  /** The shipments through which the units of the route may be refunded: new ones, and others that hold the articles. */
  private shipmentsFor({ source, target, units }: ChosenRoute): Passage[] {
    const articles = [...units.keys()].filter((article) => (units[article] ?? 0) > 0);
    const opened = this.chosen.flatMap(({ target: sent }) =>
      this.isNewTarget[sent] === true && this.isRefundable[sent]?.[target] === true
        ? [{ key: this.demand.keys[sent] ?? 0, entryCost: this.costOf(source, sent) }]
        : [],
    );
    return [...opened, ...this.passable.between(source, target, articles)];
  }

  /** True if a route refunds units of the shipment to the target. */
  private isRefunded = (shipment: PackageKey, target: number): boolean =>
    this.chosen.some((each) => each.target === target && this.supply.keys[each.source] === shipment);

  /**
   * The cost of the remainders of one side: one event for each line that is a separate event, one for all others of a
   * package. `isExcluded`: skips an article of a package.
   */
  private costOfRemainders(side: Side, isExcluded?: (index: number, article: number) => boolean): number {
    const { left, total, isSeparateEvent, isFree, remainderCosts } = side;
    let cost = 0;
    for (let index = 0; index < total.length; index++) {
      if (total[index] === 0) continue;
      let [separate, together] = [0, 0];
      for (let article = 0; article < left.length; article++) {
        if ((left[article]?.[index] ?? 0) === 0 || isExcluded?.(index, article)) continue;
        if (isSeparateEvent[article]?.[index] === true) separate++;
        else together++;
      }
      const events = separate + Number(together > 0 && isFree[index] !== true);
      cost += ((remainderCosts[index] ?? 0) + ITEM_COST) * (separate + together) + EVENT_COST * events;
    }
    return cost;
  }

  /**
   * The cost of the added units. Units of a shipment or refund may have been ordered in a pending package and moved
   * from there.
   */
  private costOfAdditions(): number {
    /** More units of an article are ordered by one event, for any number of targets. */
    const ordered = new Set<number>();
    let passed = 0;
    const isOrdered = (target: number, article: number): boolean => {
      const type = this.targetTypes[target];
      const isDone = type !== undefined && !isPending(type);
      if (isDone && this.isFilledFromPending(target, article)) {
        ordered.add(article);
        return true;
      }
      if (type !== 'refund') return false;
      const through = this.costThroughShipment(target, ({ units }) => (units[article] ?? 0) > 0);
      if (through !== Infinity) {
        ordered.add(article);
        passed += through;
        return true;
      }
      if (!this.isReplaced(target, article)) return false;
      passed += EVENT_COST + SECOND_REPLACEMENT_COST;
      return true;
    };
    return this.costOfRemainders(this.demand, isOrdered) + EVENT_COST * ordered.size + passed;
  }

  /**
   * A lower bound of the cost of all results that contain the chosen routes: one event for each package with a
   * remainder, except those whose units may pass through a shipment.
   */
  lowerBound(): number {
    const [sources, targets] = [this.supply.keys, this.demand.keys];
    let cost = 0;
    for (const { source, target } of this.chosen)
      if (!this.mayPassThroughShipment(source, target)) cost += EVENT_COST + this.costOf(source, target);
    let [refunds, open, giving] = [false, 0, 0];
    for (let target = 0; target < targets.length; target++) {
      if (!costsAnEvent(this.demand, target)) continue;
      if (this.targetTypes[target] === 'refund') refunds = true;
      else open++;
    }
    for (let source = 0; source < sources.length; source++)
      if (!(refunds && this.isPending(source)) && costsAnEvent(this.supply, source)) giving++;
    return cost + EVENT_COST * Math.max(open, giving);
  }
}

function addTo(list: Float64Array | undefined, index: number, quantity: number): void {
  if (list !== undefined) list[index] = (list[index] ?? 0) + quantity;
}

/** True if the remainders of the package cost an event. */
function costsAnEvent({ left, total, isSeparateEvent, isFree }: Side, index: number): boolean {
  if (total[index] === 0) return false;
  if (isFree[index] !== true) return true;
  for (let article = 0; article < left.length; article++)
    if ((left[article]?.[index] ?? 0) > 0 && isSeparateEvent[article]?.[index] === true) return true;
  return false;
}
