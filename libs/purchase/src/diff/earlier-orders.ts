import { articleOf, Index, type FlowNetwork } from './flow-network';
import { byPackage, type Demand, type Flow, type OpenLine, type Supply } from './flows';
import type { Likeness } from './likeness';
import type { LineItem, LineKey, PackageKey, PackageType } from '../purchase';
import type { PackageStep } from './open-lines';
import { articleOf as articleNameOf } from './package-likeness';
import { newCost, waits } from './routes';

const largest = (flows: readonly Flow[]): Flow | undefined =>
  flows.reduce<Flow | undefined>(
    (best, each) => (best === undefined || each.quantity > best.quantity ? each : best),
    undefined,
  );

/** Finds where pieces were ordered that are new in a package: in one that waits, from which they went on. */
export class EarlierOrders {
  /** How many pieces more were ordered of a line before anything moved. */
  readonly ordered = new Map<Supply, number>();
  /** Lines that did not change, and gave away what was ordered of them. */
  readonly idle = new Set<Supply>();
  /** Lines that were ordered and emptied since, as sources. */
  private readonly added = new Map<Supply, Demand>();
  private readonly changed: ReadonlySet<Supply>;
  /** Lines of packages that wait, before and after, by article; made when it is first asked for. */
  private waiting: Index<Supply> | undefined;
  /** The articles that shipments hold; made when it is first asked for. */
  private shippedArticles: Set<string> | undefined;

  constructor(
    private readonly network: FlowNetwork,
    private readonly supplies: readonly Supply[],
    private readonly demands: readonly Demand[],
    private readonly steps: readonly PackageStep[],
  ) {
    this.changed = new Set(supplies);
  }

  /** Adds what was ordered earlier, for all that comes from nowhere yet. */
  find(): void {
    for (const [key, demands] of byPackage(this.demands.filter(({ left }) => left > 0)))
      if (this.mayBeOrderedBefore(key, demands)) for (const demand of demands) this.orderFirst(demand);
  }

  /** In a package that waits itself only where that takes no further event. */
  private mayBeOrderedBefore(key: PackageKey, demands: readonly Demand[]): boolean {
    const types = this.network.typesOf(key);
    if (!waits(types.after)) return true;
    if (types.isNew === true) return demands.length === 1;
    return newCost(types) > 0 && demands.every((each) => this.network.flowsInto(key, each).length > 0);
  }

  /** More was ordered in a package that waits, and went where it is now with the rest of it. */
  private orderFirst(demand: Demand): void {
    const { left } = demand;
    const source = this.sourceFor(demand);
    if (source === undefined) return this.orderNew(demand);
    demand.left = 0;
    if (source.isIdle === true) this.idle.add(source);
    this.order(source, left);
    this.network.add({ supply: source, demand, quantity: left });
  }

  private sourceFor(demand: Demand): Supply | undefined {
    const { package: key } = demand;
    const type = this.network.typesOf(key).after;
    const isRefund = type === 'refund';
    const growing = (flows: readonly Flow[]): Supply | undefined =>
      largest(flows.filter(({ supply }) => this.mayGrow(supply)))?.supply;
    return (
      growing(this.network.flowsInto(key, demand)) ??
      (isRefund ? growing(this.network.flowsShipped(demand)) : undefined) ??
      this.waitingLines(demand).find(
        (supply) =>
          (isRefund || supply.becomes !== undefined || this.ordered.has(supply)) && this.mayGive(supply, key, type),
      ) ??
      // It was shipped and refunded between two messages: no shipment of the article is in either.
      (isRefund && !this.isShipped(demand) ? this.waitingLines(demand)[0] : undefined)
    );
  }

  /** True for a line of which more can be told as ordered: not for one that only passes pieces on. */
  private mayGrow = (supply: Supply): boolean =>
    supply.isIdle === true || this.changed.has(supply) || this.added.has(supply);

  /** An article of which nothing waits was ordered in a package that gives other things to that package, or to a shipment that does. */
  private orderNew(demand: Demand): void {
    const { package: key, left } = demand;
    const { after: type, isNew } = this.network.typesOf(key);
    if (waits(type) || isNew !== true) return;
    const giver = this.giverTo(key);
    const shipment = giver === undefined && type === 'refund' ? this.shipmentRefundedTo(key) : undefined;
    const from = giver ?? (shipment === undefined ? undefined : this.giverTo(shipment));
    if (from === undefined) return;
    demand.left = 0;
    const ordered: Flow = { supply: this.newLine(demand, from, left), demand, quantity: left };
    if (shipment === undefined) return this.network.add(ordered);
    const through = this.network.lineIn(shipment, demand) ?? this.network.openLine(ordered, shipment);
    this.network.add({ ...ordered, demand: through });
    this.network.add({ supply: this.network.sourceOf(through), demand, quantity: left });
  }

  /** The first package that waits and gives something to that one. */
  private giverTo(key: PackageKey): PackageKey | undefined {
    const { neighboursOf, isWaiting, typesOf, hasRoute } = this.network;
    return neighboursOf(key)
      .filter((each) => isWaiting(each) && typesOf(each).isNew !== true && hasRoute(each, key))
      .sort((a, b) => a - b)[0];
  }

  private shipmentRefundedTo(key: PackageKey): PackageKey | undefined {
    const { neighboursOf, typesOf, hasRoute } = this.network;
    return neighboursOf(key)
      .filter((each) => typesOf(each).after === 'shipment' && hasRoute(each, key))
      .filter((each) => this.giverTo(each) !== undefined)
      .sort((a, b) => a - b)[0];
  }

  /** A line that was ordered and went away since. */
  private newLine(demand: Demand, key: PackageKey, quantity: number): Supply {
    const line = this.network.openLine({ supply: { ...demand, line: { ...demand.line, key: 0 } }, demand }, key);
    line.left = quantity;
    const source = this.network.sourceOf(line);
    this.added.set(source, line);
    return source;
  }

  /** What would have been struck from the line goes first; what it has more of anyway was ordered with the rest. */
  private order(source: Supply, quantity: number): void {
    const added = this.added.get(source);
    if (added !== undefined) {
      added.left += quantity;
      return;
    }
    const own = Math.min(source.left, quantity);
    source.left -= own;
    const more = quantity - own + (source.becomes?.left ?? 0);
    if (source.becomes !== undefined) source.becomes.left = 0;
    if (more > 0) this.ordered.set(source, (this.ordered.get(source) ?? 0) + more);
  }

  /** True for a line of a package that gives other things to that package, or to a shipment from which something is refunded. */
  private mayGive(supply: Supply, to: PackageKey, type: PackageType): boolean {
    const { package: from } = supply;
    if (type === 'cancelled' || this.network.hasRoute(from, to)) return true;
    if (type === 'shipment') return (supply.becomes?.left ?? 0) > 0;
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

  private waitingLines(demand: Demand): readonly Supply[] {
    this.waiting ??= this.findWaiting();
    return this.waiting.get(articleOf(demand));
  }

  private findWaiting(): Index<Supply> {
    const waiting = new Index<Supply>();
    const open = new Set<LineKey>();
    for (const supply of this.supplies) {
      open.add(supply.line.key);
      if (this.network.isWaiting(supply.package)) waiting.add(articleOf(supply), supply);
    }
    for (const { key, before, after } of this.steps) {
      if (before === undefined || after === undefined || !waits(before.type)) continue;
      for (const line of before.items) {
        if (open.has(line.key)) continue;
        const nameBy = (likeness: Likeness): string | undefined => likeness.before(line.details);
        const supply: Supply = { package: key, line, left: 0, nameBy, isIdle: true };
        supply.becomes = { package: key, line, key: line.key, left: 0, nameBy, was: supply };
        waiting.add(articleOf(supply), supply);
      }
    }
    return waiting;
  }
}
