import { articleKeyOf, MultiMap, type FlowNetwork } from './flow-network';
import { byPackage, type Demand, type Flow, type Supply } from './flows';
import type { PackageKey, PackageType } from '../purchase';
import type { PackageChange } from './open-lines';
import { additionCost, isInEventOrder, isPending } from './routes';
import type { Stock } from './stock';

const largest = (flows: readonly Flow[]): Flow | undefined =>
  flows.reduce<Flow | undefined>(
    (best, each) => (best === undefined || each.quantity > best.quantity ? each : best),
    undefined,
  );

/** Finds pending packages in which added units of other packages were ordered before they moved. */
export class EarlierOrders {
  /** Units that are ordered in a stored line before any move. */
  readonly orderedFirst = new Map<Supply, number>();
  /** Transit lines in which units were ordered, as supplies. */
  private readonly transitSources = new Map<Supply, Demand>();
  /** The refunds to which added units of a new shipment are passed on (sendFirst), by the line of the shipment. */
  private readonly passedOn = new MultiMap<PackageKey, Demand>();
  private readonly changed: ReadonlySet<Supply>;
  /** Stored lines of pending packages by article, those to which orders are added most often first. Built on first use. */
  private pendingLines: MultiMap<Supply> | undefined;

  constructor(
    private readonly network: FlowNetwork,
    private readonly supplies: readonly Supply[],
    private readonly demands: readonly Demand[],
    private readonly steps: readonly PackageChange[],
    private readonly stock: Stock,
  ) {
    this.changed = new Set(supplies);
  }

  /** Finds an earlier order for all added units. Returns true if it found any. */
  find(): boolean {
    let isFound = false;
    // Orders for shipments first: units of pending packages may be part of the same order.
    const added = [...byPackage(this.demands.filter(({ left }) => left > 0))];
    const waits = ([key]: (typeof added)[number]): number => Number(isPending(this.network.typesOf(key).after));
    for (const [key, demands] of added.sort((a, b) => waits(a) - waits(b)))
      if (this.canBeOrderedFirst(key, demands))
        for (const demand of demands) {
          // An earlier order of the article may include the units that a pending line gains.
          if (demand.left === 0) continue;
          this.orderBefore(demand);
          if (demand.left === 0) isFound = true;
        }
    return isFound;
  }

  /** Added units of a pending package are ordered elsewhere only if that takes no further event. */
  private canBeOrderedFirst(key: PackageKey, demands: readonly Demand[]): boolean {
    const types = this.network.typesOf(key);
    if (!isPending(types.after))
      return (
        types.isReplacement !== true || demands.some((each) => this.network.pendingFlowsInto(key, each).length > 0)
      );
    if (types.isNew === true) return demands.length === 1;
    if (additionCost(types) === 0) return false;
    return demands.length === 1 || demands.every((each) => this.network.pendingFlowsInto(key, each).length > 0);
  }

  /** Orders the units in a line of a pending package and moves them from there. */
  private orderBefore(demand: Demand): void {
    const { left } = demand;
    const source = this.sourceFor(demand);
    if (source === undefined) {
      if (!this.sendFirst(demand)) this.orderInNewLine(demand);
      return;
    }
    if (!this.arrivesInTime(source.package, demand)) return;
    demand.left = 0;
    this.order(source, left);
    this.network.add({ supply: source, demand, quantity: left });
  }

  /** True if units from the package enter the line before units of the line are passed on. */
  private arrivesInTime(from: PackageKey, demand: Demand): boolean {
    const { typesOf } = this.network;
    return this.passedOn.get(demand).every((to) => isInEventOrder(typesOf(from), typesOf(demand.package), typesOf(to)));
  }

  /** A replacement that was shipped and refunded: the units added to its shipment increase. */
  private sendFirst(demand: Demand): boolean {
    const { package: key, left } = demand;
    if (this.network.typesOf(key).after !== 'refund') return false;
    const sent = this.stock
      .shipmentsWith(demand)
      .filter((each) => this.network.typesOf(each.key).isNew === true && this.network.routeCost(each.key, key) === 0)
      .map((each) => this.network.sentLineIn(each.key, demand))
      .find((each) => each !== undefined && each.left > 0);
    if (sent === undefined) return false;
    sent.left += left;
    demand.left = 0;
    this.passedOn.add(sent, key);
    this.network.add({ supply: this.network.sourceOf(sent), demand, quantity: left });
    return true;
  }

  private sourceFor(demand: Demand): Supply | undefined {
    const { package: key } = demand;
    const type = this.network.typesOf(key).after;
    const isRefund = type === 'refund';
    // Units that are ordered in the package itself are added to it.
    const isElsewhere = (supply: Supply): boolean => supply.package !== key;
    const growing = (flows: readonly Flow[]): Supply | undefined =>
      largest(flows.filter(({ supply }) => isElsewhere(supply) && this.canGrow(supply)))?.supply;
    return (
      growing(this.network.pendingFlowsInto(key, demand)) ??
      (isRefund ? growing(this.network.shipmentFlows(demand)) : undefined) ??
      this.pendingLinesOf(demand).find(
        (supply) =>
          isElsewhere(supply) &&
          (isRefund || supply.successor !== undefined || this.orderedFirst.has(supply)) &&
          this.canBeSource(supply, key, type),
      ) ??
      // No shipment contains the article: it was shipped and refunded between the two versions.
      (isRefund && this.stock.shipmentsWith(demand).length === 0
        ? this.pendingLinesOf(demand).find(isElsewhere)
        : undefined)
    );
  }

  /** True for a line in which units can be ordered. A line that only passes on units is excluded. */
  private canGrow = (supply: Supply): boolean =>
    supply.isUnchanged === true || this.changed.has(supply) || this.transitSources.has(supply);

  /**
   * Orders the units in a new line of a pending package that fills this package, or fills a shipment which is refunded
   * to it.
   */
  private orderInNewLine(demand: Demand): void {
    const { package: key, left } = demand;
    const { typesOf } = this.network;
    const { after: type, isNew } = typesOf(key);
    if (isPending(type) || isNew !== true) return;
    const giver = this.pendingPackageFeeding(key);
    const shipment = giver === undefined && type === 'refund' ? this.shipmentFeeding(key) : undefined;
    const from = giver ?? (shipment === undefined ? undefined : this.pendingPackageFeeding(shipment));
    if (from === undefined || !this.arrivesInTime(from, demand)) return;
    if (shipment !== undefined && !isInEventOrder(typesOf(from), typesOf(shipment), typesOf(key))) return;
    demand.left = 0;
    const ordered: Flow = { supply: this.newLine(demand, from, left), demand, quantity: left };
    if (shipment === undefined) return this.network.add(ordered);
    const through = this.network.sentLineIn(shipment, demand) ?? this.network.openLine(ordered, shipment);
    this.network.add({ ...ordered, demand: through });
    this.network.add({ supply: this.network.sourceOf(through), demand, quantity: left });
  }

  /** The first pending package with a route to the package. */
  private pendingPackageFeeding(key: PackageKey): PackageKey | undefined {
    const { neighboursOf, isPending, typesOf, hasRoute } = this.network;
    return neighboursOf(key)
      .filter((each) => isPending(each) && typesOf(each).isNew !== true && hasRoute(each, key))
      .sort((a, b) => a - b)[0];
  }

  private shipmentFeeding(key: PackageKey): PackageKey | undefined {
    const { neighboursOf, typesOf, hasRoute } = this.network;
    return neighboursOf(key)
      .filter((each) => typesOf(each).after === 'shipment' && hasRoute(each, key))
      .filter((each) => this.pendingPackageFeeding(each) !== undefined)
      .sort((a, b) => a - b)[0];
  }

  /** Adds a transit line in which the units are ordered. */
  private newLine(demand: Demand, key: PackageKey, quantity: number): Supply {
    const line = this.network.openLine({ supply: { ...demand, line: { ...demand.line, key: 0 } }, demand }, key);
    line.left = quantity;
    const source = this.network.sourceOf(line);
    this.transitSources.set(source, line);
    return source;
  }

  /**
   * Orders units in a line. Units that would be removed from the line are used first. Units that it gains in any case
   * become part of the order.
   */
  private order(source: Supply, quantity: number): void {
    const added = this.transitSources.get(source);
    if (added !== undefined) {
      added.left += quantity;
      return;
    }
    const own = Math.min(source.left, quantity);
    source.left -= own;
    const more = quantity - own + (source.successor?.left ?? 0);
    if (source.successor !== undefined) source.successor.left = 0;
    if (more > 0) this.orderedFirst.set(source, (this.orderedFirst.get(source) ?? 0) + more);
  }

  /**
   * True if the package of the line may have filled the target: by a route to it, or to a new shipment that is refunded
   * to it.
   */
  private canBeSource(supply: Supply, to: PackageKey, type: PackageType): boolean {
    const { package: from } = supply;
    if (type === 'cancelled' || this.network.hasRoute(from, to)) return true;
    if (this.isFilledByOrders(supply, type)) return (supply.successor?.left ?? 0) > 0 || this.orderedFirst.has(supply);
    if (type === 'shipment') return (supply.successor?.left ?? 0) > 0;
    const isNewShipment = (key: PackageKey): boolean => {
      const { after, isNew } = this.network.typesOf(key);
      return after === 'shipment' && isNew === true;
    };
    return type === 'refund' && this.network.neighboursOf(from).some(isNewShipment);
  }

  /** Orders go to processing; what is held or on back-order comes from there. */
  private isFilledByOrders({ package: from }: Supply, to: PackageType): boolean {
    return (to === 'incoming' || to === 'on_hold') && additionCost(this.network.typesOf(from)) === 0;
  }

  private pendingLinesOf(demand: Demand): readonly Supply[] {
    this.pendingLines ??= this.indexPendingLines();
    return this.pendingLines.get(articleKeyOf(demand));
  }

  private indexPendingLines(): MultiMap<Supply> {
    const pending = new MultiMap<Supply>();
    const lines = this.supplies.filter((each) => this.network.isPending(each.package));
    for (const { key, before } of this.steps)
      if (before !== undefined && isPending(before.type))
        for (const supply of this.stock.unchangedLines(key)) lines.push(supply);
    const costOf = (supply: Supply): number => additionCost(this.network.typesOf(supply.package));
    for (const supply of lines.sort((a, b) => costOf(a) - costOf(b))) pending.add(articleKeyOf(supply), supply);
    return pending;
  }
}
