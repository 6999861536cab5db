import { articleKeyOf, MultiMap, type FlowNetwork } from './flow-network';
import { byPackage, type Demand, type Flow, type OpenLine, type Supply } from './flows';
import type { MatchRule } from './match-rules';
import type { LineItem, LineKey, PackageKey, PackageType } from '../purchase';
import type { PackageChange } from './open-lines';
import { articleOf as articleNameOf } from './package-similarity';
import { additionCost, isPending } from './routes';

const largest = (flows: readonly Flow[]): Flow | undefined =>
  flows.reduce<Flow | undefined>(
    (best, each) => (best === undefined || each.quantity > best.quantity ? each : best),
    undefined,
  );

/** Finds where pieces were ordered that are new in a package: in one that waits, from which they went on. */
export class EarlierOrders {
  /** How many pieces more were ordered of a line before anything moved. */
  readonly orderedFirst = new Map<Supply, number>();
  /** Lines that did not change, and gave away what was ordered of them. */
  readonly unchangedSources = new Set<Supply>();
  /** Lines that were ordered and emptied since, as sources. */
  private readonly transitSources = new Map<Supply, Demand>();
  private readonly changed: ReadonlySet<Supply>;
  /** Lines of packages that wait, before and after, by article; made when it is first asked for. */
  private pendingLines: MultiMap<Supply> | undefined;
  /** The articles that shipments hold; made when it is first asked for. */
  private shippedArticles: Set<string> | undefined;

  constructor(
    private readonly network: FlowNetwork,
    private readonly supplies: readonly Supply[],
    private readonly demands: readonly Demand[],
    private readonly steps: readonly PackageChange[],
  ) {
    this.changed = new Set(supplies);
  }

  /** Adds what was ordered earlier, for all that comes from nowhere yet. */
  find(): void {
    for (const [key, demands] of byPackage(this.demands.filter(({ left }) => left > 0)))
      if (this.canBeOrderedFirst(key, demands)) for (const demand of demands) this.orderBefore(demand);
  }

  /** In a package that waits itself only where that takes no further event. */
  private canBeOrderedFirst(key: PackageKey, demands: readonly Demand[]): boolean {
    const types = this.network.typesOf(key);
    if (!isPending(types.after)) return true;
    if (types.isNew === true) return demands.length === 1;
    return additionCost(types) > 0 && demands.every((each) => this.network.pendingFlowsInto(key, each).length > 0);
  }

  /** More was ordered in a package that waits, and went where it is now with the rest of it. */
  private orderBefore(demand: Demand): void {
    const { left } = demand;
    const source = this.sourceFor(demand);
    if (source === undefined) return this.orderInNewLine(demand);
    demand.left = 0;
    if (source.isUnchanged === true) this.unchangedSources.add(source);
    this.order(source, left);
    this.network.add({ supply: source, demand, quantity: left });
  }

  private sourceFor(demand: Demand): Supply | undefined {
    const { package: key } = demand;
    const type = this.network.typesOf(key).after;
    const isRefund = type === 'refund';
    const growing = (flows: readonly Flow[]): Supply | undefined =>
      largest(flows.filter(({ supply }) => this.canGrow(supply)))?.supply;
    return (
      growing(this.network.pendingFlowsInto(key, demand)) ??
      (isRefund ? growing(this.network.shipmentFlows(demand)) : undefined) ??
      this.pendingLinesOf(demand).find(
        (supply) =>
          (isRefund || supply.successor !== undefined || this.orderedFirst.has(supply)) &&
          this.canBeSource(supply, key, type),
      ) ??
      // It was shipped and refunded between two messages: no shipment of the article is in either.
      (isRefund && !this.isShipped(demand) ? this.pendingLinesOf(demand)[0] : undefined)
    );
  }

  /** True for a line of which more can be told as ordered: not for one that only passes pieces on. */
  private canGrow = (supply: Supply): boolean =>
    supply.isUnchanged === true || this.changed.has(supply) || this.transitSources.has(supply);

  /** An article of which nothing waits was ordered in a package that gives other things to that package, or to a shipment that does. */
  private orderInNewLine(demand: Demand): void {
    const { package: key, left } = demand;
    const { after: type, isNew } = this.network.typesOf(key);
    if (isPending(type) || isNew !== true) return;
    const giver = this.pendingPackageFeeding(key);
    const shipment = giver === undefined && type === 'refund' ? this.shipmentFeeding(key) : undefined;
    const from = giver ?? (shipment === undefined ? undefined : this.pendingPackageFeeding(shipment));
    if (from === undefined) return;
    demand.left = 0;
    const ordered: Flow = { supply: this.newLine(demand, from, left), demand, quantity: left };
    if (shipment === undefined) return this.network.add(ordered);
    const through = this.network.sentLineIn(shipment, demand) ?? this.network.openLine(ordered, shipment);
    this.network.add({ ...ordered, demand: through });
    this.network.add({ supply: this.network.sourceOf(through), demand, quantity: left });
  }

  /** The first package that waits and gives something to that one. */
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

  /** A line that was ordered and went away since. */
  private newLine(demand: Demand, key: PackageKey, quantity: number): Supply {
    const line = this.network.openLine({ supply: { ...demand, line: { ...demand.line, key: 0 } }, demand }, key);
    line.left = quantity;
    const source = this.network.sourceOf(line);
    this.transitSources.set(source, line);
    return source;
  }

  /** What would have been struck from the line goes first; what it has more of anyway was ordered with the rest. */
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

  /** True for a line of a package that gives other things to that package, or to a shipment from which something is refunded. */
  private canBeSource(supply: Supply, to: PackageKey, type: PackageType): boolean {
    const { package: from } = supply;
    if (type === 'cancelled' || this.network.hasRoute(from, to)) return true;
    if (type === 'shipment') return (supply.successor?.left ?? 0) > 0;
    const isNewShipment = (key: PackageKey): boolean => {
      const { after, isNew } = this.network.typesOf(key);
      return after === 'shipment' && isNew === true;
    };
    return type === 'refund' && this.network.neighboursOf(from).some(isNewShipment);
  }

  /** True if some shipment holds that article, before or after. */
  private isShipped({ line }: OpenLine<LineItem>): boolean {
    this.shippedArticles ??= new Set(
      this.steps.flatMap(({ before, after }) =>
        [before, after].flatMap((each) => (each?.type === 'shipment' ? each.items.map(articleNameOf) : [])),
      ),
    );
    return this.shippedArticles.has(articleNameOf(line));
  }

  private pendingLinesOf(demand: Demand): readonly Supply[] {
    this.pendingLines ??= this.indexPendingLines();
    return this.pendingLines.get(articleKeyOf(demand));
  }

  private indexPendingLines(): MultiMap<Supply> {
    const waiting = new MultiMap<Supply>();
    const open = new Set<LineKey>();
    for (const supply of this.supplies) {
      open.add(supply.line.key);
      if (this.network.isPending(supply.package)) waiting.add(articleKeyOf(supply), supply);
    }
    for (const { key, before, after } of this.steps) {
      if (before === undefined || after === undefined || !isPending(before.type)) continue;
      for (const line of before.items) {
        if (open.has(line.key)) continue;
        const matchKey = (rule: MatchRule): string | undefined => rule.before(line.details);
        const supply: Supply = { package: key, line, left: 0, matchKey, isUnchanged: true };
        supply.successor = { package: key, line, key: line.key, left: 0, matchKey, source: supply };
        waiting.add(articleKeyOf(supply), supply);
      }
    }
    return waiting;
  }
}
