import { routeKey, type FlowNetwork } from './flow-network';
import type { Flow, Supply } from './flows';
import type { PackageKey } from '../purchase';
import type { PackageChange } from './open-lines';
import { EVENT_COST, IMPLAUSIBLE_COST, isInEventOrder } from './routes';
import type { Stock } from './stock';

/** The number of neighbours of a package that are considered for a detour. */
const MAX_NEIGHBOURS = 20;
/** With more routes than this, no detours are searched: the comparison of one route is linear in all flows. */
export const MAX_ROUTES = 100;

/**
 * Replaces a route by two routes through another package where that is cheaper, for example shipped and then refunded.
 */
export class Detours {
  /** Routes that are part of a detour and are not replaced again. */
  private readonly legs = new Set<string>();

  constructor(
    private readonly network: FlowNetwork,
    private readonly steps: readonly PackageChange[],
    private readonly stock: Stock,
  ) {}

  /** Searches detours for all routes, the most expensive first. Detours along implausible routes are the last resort. */
  find(): void {
    for (const mostLegCost of [IMPLAUSIBLE_COST - 1, Infinity]) {
      const routes = this.network.allRoutes();
      if (routes.length > MAX_ROUTES) return;
      for (const flows of routes.sort((a, b) => this.costOf(b) - this.costOf(a))) this.detour(flows, mostLegCost);
    }
  }

  private costOf([flow]: readonly Flow[]): number {
    return flow === undefined ? 0 : this.network.routeCost(flow.supply.package, flow.demand.package);
  }

  /** Replaces a route by its cheapest detour, if that is cheaper than the route. */
  private detour(flows: readonly Flow[], mostLegCost: number): void {
    const [first] = flows;
    if (first === undefined) return;
    const [from, to] = [first.supply.package, first.demand.package];
    const { typesOf } = this.network;
    if (this.legs.has(routeKey(from, to))) return;
    let [best, between]: [number, PackageKey | undefined] = [EVENT_COST + this.network.routeCost(from, to), undefined];
    for (const key of this.candidates(first)) {
      const cost = this.costOfLeg(from, key) + this.costOfLeg(key, to);
      if (cost >= best || typesOf(key).isInSent !== true) continue;
      if (Math.max(this.network.routeCost(from, key), this.network.routeCost(key, to)) > mostLegCost) continue;
      const isInOrder = isInEventOrder(typesOf(from), typesOf(key), typesOf(to));
      const isPossible =
        flows.every((flow) => this.hasLineFor(flow, key)) &&
        (isInOrder || this.hasStockFor(flows, key)) &&
        this.keepsOrder(flows, key);
      if (isPossible) [best, between] = [cost, key];
    }
    if (between === undefined) return;
    this.legs.add(routeKey(from, between)).add(routeKey(between, to));
    for (const flow of flows) this.network.redirect(flow, between);
    this.network.removeRoute(from, to);
  }

  private candidates({ supply, demand }: Flow): PackageKey[] {
    const [from, to] = [supply.package, demand.package];
    const { neighboursOf, typesOf, isPending } = this.network;
    const near = neighboursOf(from).slice(0, MAX_NEIGHBOURS);
    const far = neighboursOf(to).slice(0, MAX_NEIGHBOURS);
    const isRefunded = isPending(from) && typesOf(to).after === 'refund';
    const sent = isRefunded
      ? [
          ...this.newShipments(),
          ...this.stock
            .shipmentsWith(demand)
            .slice(0, MAX_NEIGHBOURS)
            .map(({ key }) => key),
        ]
      : [];
    return [...new Set([...near, ...far, ...sent])].filter((key) => key !== from && key !== to).sort((a, b) => a - b);
  }

  private newShipments(): PackageKey[] {
    return this.steps
      .filter(({ before, after }) => before === undefined && after?.type === 'shipment')
      .slice(0, MAX_NEIGHBOURS)
      .map(({ key }) => key);
  }

  private costOfLeg = (from: PackageKey, to: PackageKey): number =>
    this.network.hasRoute(from, to) ? 0 : EVENT_COST + this.network.routeCost(from, to);

  /** True if the package has a line of the article, gets one by an existing route, or is a new shipment. */
  private hasLineFor({ supply, demand }: Flow, key: PackageKey): boolean {
    const { isNew, after } = this.network.typesOf(key);
    const isOpened = isNew === true && after === 'shipment';
    return isOpened || this.network.sentLineIn(key, demand) !== undefined || this.network.hasRoute(supply.package, key);
  }

  /**
   * True if units that pass through the lines at both ends of the flows still enter them before they leave them, when
   * the flows lead through the package.
   */
  private keepsOrder(flows: readonly Flow[], key: PackageKey): boolean {
    const { typesOf, knownSourceOf } = this.network;
    const lines = this.network.passedThrough();
    if (lines.size === 0) return true;
    const isInOrder = (from: PackageKey, through: PackageKey, to: PackageKey): boolean =>
      isInEventOrder(typesOf(from), typesOf(through), typesOf(to));
    return flows.every(({ supply, demand }) => {
      const source = knownSourceOf(demand);
      const next = (source && lines.get(source)?.outOf) ?? [];
      const previous = lines.get(supply)?.into ?? [];
      return (
        next.every((flow) => isInOrder(key, demand.package, flow.demand.package)) &&
        previous.every((flow) => isInOrder(flow.supply.package, supply.package, key))
      );
    });
  }

  /**
   * True if the stored lines of the package hold enough units for the detour and all other moves, so that the order of
   * the events does not matter.
   */
  private hasStockFor(flows: readonly Flow[], key: PackageKey): boolean {
    const taken = new Map<Supply, number>();
    for (const { demand, quantity } of flows) {
      const was = this.network.sentLineIn(key, demand)?.source;
      if (was === undefined) return false;
      taken.set(was, (taken.get(was) ?? 0) + quantity);
    }
    for (const { supply, quantity } of this.network.allFlows()) {
      const known = taken.get(supply);
      if (known !== undefined) taken.set(supply, known + quantity);
    }
    return [...taken].every(([{ line }, quantity]) => quantity <= line.quantity);
  }
}
