import { byPackage, type Demand, type Flow, type OpenLine, type Supply, type TypesOf } from './flows';
import { LIKENESSES, type Likeness } from './likeness';
import type { LineItem, LineKey, PackageKey, PackageType } from '../purchase';
import { BUSINESS_ORDER, EVENT, isBeforeTypeChange, newCost, routeCost, waits, type Types } from './routes';
import { articleOf as articleNameOf } from './package-likeness';
import { inOwnOrder, type PackageStep, type Trace } from './trace-lines';

/** A trace in which pieces may pass through a package, and more may have been ordered in one before it gave them away. */
export interface Course extends Trace {
  /** How many pieces more were ordered of a line before anything moved. */
  ordered: ReadonlyMap<Supply, number>;
  /** Lines that were opened and emptied: pieces of other lines passed through their packages. */
  passing: readonly Demand[];
}

/** The article of a line, in every package. */
function articleOf({ nameBy }: OpenLine<LineItem>): string {
  for (const likeness of LIKENESSES.slice(1)) {
    const name = nameBy(likeness);
    if (name !== undefined) return name;
  }
  return '';
}

const inPackage = (key: PackageKey, line: OpenLine<LineItem>): string => `${key} ${articleOf(line)}`;

class Index<T> {
  private readonly lists = new Map<string, T[]>();

  add(key: string, value: T): void {
    const known = this.lists.get(key);
    if (known === undefined) this.lists.set(key, [value]);
    else known.push(value);
  }

  get = (key: string): readonly T[] => this.lists.get(key) ?? [];
  values = (): T[][] => [...this.lists.values()];
}

const most = (flows: readonly Flow[]): Flow | undefined =>
  flows.reduce<Flow | undefined>(
    (best, each) => (best === undefined || each.quantity > best.quantity ? each : best),
    undefined,
  );

const lineToLine = ({ supply, demand }: Pick<Flow, 'supply' | 'demand'>): string => `${supply.line.key} ${demand.key}`;
const routeOf = (from: PackageKey, to: PackageKey): string => `${from} ${to}`;

/** Packages through which a route may lead are looked for among so many neighbours. */
const MAX_NEIGHBOURS = 20;
/** Beyond so many routes none is led through another package: what is compared for each grows with the number of all. */
const MAX_ROUTES = 100;

/** Finds a plausible way for pieces that would appear, or go at once, where no merchant puts them. */
class WayFinder {
  private readonly flows = new Map<string, Flow>();
  private readonly ordered = new Map<Supply, number>();
  /** Flows between packages, by route. */
  private readonly routes = new Map<string, Flow[]>();
  /** Packages to which, and from which, anything goes. */
  private readonly next = new Map<PackageKey, Set<PackageKey>>();
  /** Flows out of packages that wait, by the package that they enter and the article. */
  private readonly entering = new Index<Flow>();
  /** Flows out of packages that wait into shipments, by the article. */
  private readonly shipped = new Index<Flow>();
  /** Lines of packages that wait, before and after, by article; made when it is first asked for. */
  private waiting: Index<Supply> | undefined;
  /** The articles that shipments hold; made when it is first asked for. */
  private shippedArticles: Set<string> | undefined;
  /** Lines that did not change, and gave away what was ordered of them. */
  private readonly idle = new Set<Supply>();
  /** Lines that are there afterwards, by package and article. */
  private readonly lines = new Map<string, Demand>();
  private readonly passing: Demand[] = [];
  /** Routes that are parts of a detour. */
  private readonly settled = new Set<string>();
  private readonly sources = new Map<LineKey, Supply>();
  private readonly supplies: ReadonlySet<Supply>;
  /** Lines that were ordered and emptied since, as sources. */
  private readonly added = new Map<Supply, Demand>();
  private nextKey: LineKey;

  constructor(
    private readonly trace: Trace,
    private readonly demands: readonly Demand[],
    private readonly steps: readonly PackageStep[],
    private readonly typesOf: TypesOf,
  ) {
    this.nextKey = trace.nextLineKey;
    this.supplies = new Set(trace.supplies);
    for (const demand of demands) {
      const known = this.lines.get(inPackage(demand.package, demand));
      // Of twins, the one that was there.
      if (known?.was === undefined) this.lines.set(inPackage(demand.package, demand), demand);
    }
    for (const flow of trace.flows) this.note(flow);
  }

  private note(flow: Flow): void {
    const { supply, demand } = flow;
    this.flows.set(lineToLine(flow), flow);
    const [from, to] = [supply.package, demand.package];
    if (from === to) return;
    const along = this.routes.get(routeOf(from, to));
    if (along === undefined) this.routes.set(routeOf(from, to), [flow]);
    else along.push(flow);
    for (const [a, b] of [
      [from, to],
      [to, from],
    ] as const) {
      const known = this.next.get(a);
      if (known === undefined) this.next.set(a, new Set([b]));
      else known.add(b);
    }
    if (!this.isWaiting(supply)) return;
    this.entering.add(inPackage(to, demand), flow);
    if (this.typesOf(to).after === 'shipment') this.shipped.add(articleOf(demand), flow);
  }

  course(): Course {
    this.orderNews();
    const routes = this.routes.size > MAX_ROUTES ? [] : [...this.routes.values()];
    for (const flows of routes.sort((a, b) => this.costOf(b) - this.costOf(a))) this.detour(flows);
    // What was ordered or led elsewhere may have opened a way for what is new.
    this.orderNews();
    return {
      ...this.trace,
      supplies: [...this.trace.supplies, ...this.idle],
      flows: [...this.flows.values()],
      ordered: this.ordered,
      passing: this.passing,
    };
  }

  private orderNews(): void {
    for (const [key, demands] of byPackage(this.demands.filter(({ left }) => left > 0)))
      if (this.mayBeOrderedBefore(key, demands)) for (const demand of demands) this.orderFirst(demand);
  }

  private isWaiting = ({ package: key }: Supply): boolean => waits(this.typesOf(key).before);

  private routeCost = (from: PackageKey, to: PackageKey): number => routeCost(this.typesOf(from), this.typesOf(to));

  private costOf([flow]: readonly Flow[]): number {
    return flow === undefined ? 0 : this.routeCost(flow.supply.package, flow.demand.package);
  }

  /** In a package that waits itself only where no event more tells it. */
  private mayBeOrderedBefore(key: PackageKey, demands: readonly Demand[]): boolean {
    const { after, isNew } = this.typesOf(key);
    if (!waits(after)) return true;
    return isNew === true
      ? demands.length === 1
      : newCost(this.typesOf(key)) > 0 && demands.every((each) => this.isEntered(key, each));
  }

  private isEntered = (key: PackageKey, demand: Demand): boolean =>
    this.entering.get(inPackage(key, demand)).length > 0;

  /** More was ordered in a package that waits, and went where it is now with the rest of it. */
  private orderFirst(demand: Demand): void {
    const { package: key, left } = demand;
    const type = this.typesOf(key).after;
    const given = (flows: readonly Flow[]): Supply | undefined =>
      most(flows.filter(({ supply }) => this.mayGrow(supply)))?.supply;
    const source =
      given(this.entering.get(inPackage(key, demand))) ??
      (type === 'refund' ? given(this.shipped.get(articleOf(demand))) : undefined) ??
      this.waitingLines(demand).find(
        (supply) =>
          (type === 'refund' || supply.becomes !== undefined || this.ordered.has(supply)) &&
          this.mayGive(supply, key, type),
      ) ??
      // It was shipped and refunded between two messages: no shipment of the article is in either.
      (type === 'refund' && !this.isShipped(demand) ? this.waitingLines(demand)[0] : undefined);
    if (source === undefined) return this.orderNew(demand);
    demand.left = 0;
    if (source.isIdle === true) this.idle.add(source);
    this.order(source, left);
    this.add({ supply: source, demand, quantity: left });
  }

  /** True for a line of which more can be told as ordered: not for one that only passes pieces on. */
  private mayGrow = (supply: Supply): boolean =>
    supply.isIdle === true || this.supplies.has(supply) || this.added.has(supply);

  /** An article of which nothing waits was ordered in a package that gives other things to that package, or to a shipment that does. */
  private orderNew(demand: Demand): void {
    const { package: key, left } = demand;
    const { after: type, isNew } = this.typesOf(key);
    if (waits(type) || isNew !== true) return;
    const giver = this.giverTo(key);
    const shipment = giver === undefined && type === 'refund' ? this.shipmentRefundedTo(key) : undefined;
    const from = giver ?? (shipment === undefined ? undefined : this.giverTo(shipment));
    if (from === undefined) return;
    demand.left = 0;
    const ordered: Flow = { supply: this.newLine(demand, from, left), demand, quantity: left };
    if (shipment === undefined) return this.add(ordered);
    const through = this.lines.get(inPackage(shipment, demand)) ?? this.passingLine(ordered, shipment);
    this.add({ ...ordered, demand: through });
    this.add({ supply: this.sourceOf(through), demand, quantity: left });
  }

  /** The first package that waits and gives something to that one. */
  private giverTo = (key: PackageKey): PackageKey | undefined =>
    [...(this.next.get(key) ?? [])]
      .filter((each) => waits(this.typesOf(each).before) && this.typesOf(each).isNew !== true)
      .filter((each) => this.routes.has(routeOf(each, key)))
      .sort((a, b) => a - b)[0];

  private shipmentRefundedTo = (key: PackageKey): PackageKey | undefined =>
    [...(this.next.get(key) ?? [])]
      .filter((each) => this.typesOf(each).after === 'shipment' && this.routes.has(routeOf(each, key)))
      .filter((each) => this.giverTo(each) !== undefined)
      .sort((a, b) => a - b)[0];

  /** A line that was ordered and went away since. */
  private newLine(demand: Demand, key: PackageKey, quantity: number): Supply {
    const line = this.passingLine({ supply: { ...demand, line: { ...demand.line, key: 0 } }, demand, quantity }, key);
    line.left = quantity;
    const source = this.sourceOf(line);
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
    if (type === 'cancelled' || this.routes.has(routeOf(from, to))) return true;
    if (type === 'shipment') return (supply.becomes?.left ?? 0) > 0;
    return (
      type === 'refund' &&
      [...(this.next.get(from) ?? [])].some(
        (key) => this.typesOf(key).after === 'shipment' && this.typesOf(key).isNew === true,
      )
    );
  }

  /** True if some shipment holds that article, before or after. */
  private isShipped(line: OpenLine<LineItem>): boolean {
    this.shippedArticles ??= new Set(
      this.steps.flatMap(({ before, after }) =>
        [before, after].flatMap((each) => (each?.type === 'shipment' ? each.items.map(articleNameOf) : [])),
      ),
    );
    return this.shippedArticles.has(articleNameOf(line.line));
  }

  private waitingLines(demand: Demand): readonly Supply[] {
    this.waiting ??= this.findWaiting();
    return this.waiting.get(articleOf(demand));
  }

  private findWaiting(): Index<Supply> {
    const waiting = new Index<Supply>();
    const open = new Set<LineKey>();
    for (const supply of this.trace.supplies) {
      open.add(supply.line.key);
      if (this.isWaiting(supply)) waiting.add(articleOf(supply), supply);
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

  private add(flow: Flow): void {
    const known = this.flows.get(lineToLine(flow));
    if (known === undefined) this.note(flow);
    else known.quantity += flow.quantity;
  }

  /** Leads all that goes along a route through another package, where that tells a cheaper story. */
  private detour(flows: readonly Flow[]): void {
    const [first] = flows;
    if (first === undefined) return;
    const [from, to] = [first.supply.package, first.demand.package];
    if (this.settled.has(routeOf(from, to))) return;
    let [best, between]: [number, PackageKey | undefined] = [EVENT + this.routeCost(from, to), undefined];
    for (const key of this.neighbours(from, to)) {
      const cost = this.legCost(from, key) + this.legCost(key, to);
      if (cost >= best || this.typesOf(key).isThere !== true) continue;
      const isInOrder = this.mayPass(from, key, to);
      if (flows.every((flow) => this.fits(flow, key) && (isInOrder || this.isInStock(flow, key))))
        [best, between] = [cost, key];
    }
    if (between === undefined) return;
    this.settled.add(routeOf(from, between)).add(routeOf(between, to));
    for (const flow of flows) this.lead(flow, between);
    this.routes.delete(routeOf(from, to));
  }

  private neighbours(from: PackageKey, to: PackageKey): PackageKey[] {
    const near = [...(this.next.get(from) ?? [])].slice(0, MAX_NEIGHBOURS);
    const far = [...(this.next.get(to) ?? [])].slice(0, MAX_NEIGHBOURS);
    const isRefunded = waits(this.typesOf(from).before) && this.typesOf(to).after === 'refund';
    const sent = isRefunded ? this.newShipments() : [];
    return [...new Set([...near, ...far, ...sent])].filter((key) => key !== from && key !== to).sort((a, b) => a - b);
  }

  private newShipments(): PackageKey[] {
    const isSent = ({ key, before, after }: PackageStep): boolean =>
      before === undefined && after?.type === 'shipment' && this.typesOf(key).isNew === true;
    return this.steps
      .filter(isSent)
      .slice(0, MAX_NEIGHBOURS)
      .map(({ key }) => key);
  }

  private legCost = (from: PackageKey, to: PackageKey): number =>
    this.routes.has(routeOf(from, to)) ? 0 : EVENT + this.routeCost(from, to);

  /** True if what enters the package can be told before what leaves it. */
  private mayPass(from: PackageKey, key: PackageKey, to: PackageKey): boolean {
    const [source, middle, target] = [this.typesOf(from), this.typesOf(key), this.typesOf(to)];
    const isSoon = isBeforeTypeChange(source, middle);
    const isLate = !isBeforeTypeChange(middle, target);
    const order = (types: Types, isEarly: boolean): number =>
      BUSINESS_ORDER.indexOf(isEarly ? types.before : types.after);
    return isSoon === !isLate ? order(middle, isSoon) < order(target, !isLate) : isSoon;
  }

  /** Pieces pass through a line of their article, or through a package that is opened by what goes there. */
  private fits({ supply, demand }: Flow, key: PackageKey): boolean {
    const { isNew, after } = this.typesOf(key);
    const isOpened = isNew === true && after === 'shipment';
    return isOpened || this.lines.has(inPackage(key, demand)) || this.routes.has(routeOf(supply.package, key));
  }

  /** True if the package has more of its own than it gives away, before it gets those that pass through. */
  private isInStock({ demand, quantity }: Flow, key: PackageKey): boolean {
    const was = this.lines.get(inPackage(key, demand))?.was;
    if (was === undefined) return false;
    let left = was.line.quantity - quantity;
    for (const each of this.flows.values()) if (each.supply === was) left -= each.quantity;
    return left >= 0;
  }

  private lead(flow: Flow, key: PackageKey): void {
    const { supply, demand, quantity } = flow;
    this.flows.delete(lineToLine(flow));
    const through = this.lines.get(inPackage(key, demand)) ?? this.passingLine(flow, key);
    this.add({ supply, demand: through, quantity });
    this.add({ supply: this.sourceOf(through), demand, quantity });
  }

  private passingLine({ supply, demand }: Flow, key: PackageKey): Demand {
    const { quantity, totals } = supply.line;
    const line: Demand = {
      package: key,
      key: this.nextKey++,
      left: 0,
      line: { details: demand.line.details, quantity, totals },
      nameBy: demand.nameBy,
    };
    this.passing.push(line);
    this.lines.set(inPackage(key, demand), line);
    return line;
  }

  /** A line as the source of what passes through it. */
  private sourceOf({ was, line, key, package: at, nameBy }: Demand): Supply {
    if (was !== undefined) return was;
    const known = this.sources.get(key) ?? { package: at, line: { ...line, key }, nameBy, left: 0 };
    this.sources.set(key, known);
    return known;
  }
}

/**
 * The course that pieces took where the shortest one is implausible or takes more events: what is new in a package to which one that waits
 * gives of the same article was ordered there first; and a route leads through another package where this tells a cheaper story, as when
 * something is shipped with the rest and then refunded.
 */
export function courseOf(trace: Trace, steps: readonly PackageStep[], typesOf: TypesOf): Course {
  const isPlausible =
    trace.demands.every(({ left, package: key }) => left === 0 || newCost(typesOf(key)) === 0) &&
    trace.flows.every(({ supply, demand }) => routeCost(typesOf(supply.package), typesOf(demand.package)) === 0);
  const isShort = new Set(trace.flows.map(({ supply, demand }) => routeOf(supply.package, demand.package))).size < 3;
  return isPlausible && isShort
    ? { ...trace, ordered: new Map(), passing: [] }
    : new WayFinder(trace, inOwnOrder(trace.demands), steps, typesOf).course();
}
