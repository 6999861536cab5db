import type { Demand, Flow, OpenLine, Supply, TypesOf } from './flows';
import { MATCH_RULES } from './match-rules';
import type { LineItem, LineKey, PackageKey } from '../purchase';
import { routeCost, isPending } from './routes';
import type { Stock } from './stock';
import type { Trace } from './trace-lines';

/** The key of the article of a line: its first match key apart from the one of all details. */
export function articleKeyOf({ matchKey }: OpenLine<LineItem>): string {
  for (const rule of MATCH_RULES.slice(1)) {
    const name = matchKey(rule);
    if (name !== undefined) return name;
  }
  return '';
}

const packageArticleKey = (key: PackageKey, line: OpenLine<LineItem>): string => `${key} ${articleKeyOf(line)}`;
const flowKey = ({ supply, demand }: Pick<Flow, 'supply' | 'demand'>): string => `${supply.line.key} ${demand.key}`;
export const routeKey = (from: PackageKey, to: PackageKey): string => `${from} ${to}`;

/** A map from a key to a list of values. */
export class MultiMap<T, K = string> {
  private readonly lists = new Map<K, T[]>();

  add(key: K, value: T): void {
    const known = this.lists.get(key);
    if (known === undefined) this.lists.set(key, [value]);
    else known.push(value);
  }

  get = (key: K): readonly T[] => this.lists.get(key) ?? [];
}

/** The flows of a trace, indexed by route, package and article. Flows and lines can be added. */
export class FlowNetwork {
  private readonly flows = new Map<string, Flow>();
  /** Flows between packages, by route. */
  private readonly routes = new Map<string, Flow[]>();
  /** The packages to or from which a package has a flow. */
  private readonly neighbours = new Map<PackageKey, Set<PackageKey>>();
  /** Flows out of pending packages, by target package and article. */
  private readonly entering = new MultiMap<Flow>();
  /** Flows out of pending packages into shipments, by article. */
  private readonly shipped = new MultiMap<Flow>();
  /** Sent lines and transit lines, by package and article. */
  private readonly lines = new Map<string, Demand>();
  /** Packages whose unchanged lines are in `lines`. */
  private readonly searched = new Set<PackageKey>();
  private readonly transitLines: Demand[] = [];
  /** Unchanged lines that units pass through, or of which more was ordered. */
  readonly unchangedLines = new Set<Supply>();
  private readonly sources = new Map<LineKey, Supply>();
  private nextKey: LineKey;

  constructor(
    trace: Trace,
    demands: readonly Demand[],
    readonly typesOf: TypesOf,
    private readonly stock: Stock,
  ) {
    this.nextKey = trace.nextLineKey;
    for (const demand of demands) {
      const known = this.lines.get(packageArticleKey(demand.package, demand));
      // Of several lines of one article, the one with a stored counterpart.
      if (known?.source === undefined) this.lines.set(packageArticleKey(demand.package, demand), demand);
    }
    for (const flow of trace.flows) this.index(flow);
  }

  private index(flow: Flow): void {
    const { supply, demand } = flow;
    this.flows.set(flowKey(flow), flow);
    for (const line of [supply, demand.source]) if (line?.isUnchanged === true) this.unchangedLines.add(line);
    const [from, to] = [supply.package, demand.package];
    if (from === to) return;
    const flows = this.routes.get(routeKey(from, to));
    if (flows === undefined) this.routes.set(routeKey(from, to), [flow]);
    else flows.push(flow);
    this.connect(from, to);
    this.connect(to, from);
    if (!this.isPending(from)) return;
    this.entering.add(packageArticleKey(to, demand), flow);
    if (this.typesOf(to).after === 'shipment') this.shipped.add(articleKeyOf(demand), flow);
  }

  private connect(a: PackageKey, b: PackageKey): void {
    const known = this.neighbours.get(a);
    if (known === undefined) this.neighbours.set(a, new Set([b]));
    else known.add(b);
  }

  isPending = (key: PackageKey): boolean => isPending(this.typesOf(key).before);

  routeCost = (from: PackageKey, to: PackageKey): number => routeCost(this.typesOf(from), this.typesOf(to));

  hasRoute = (from: PackageKey, to: PackageKey): boolean => this.routes.has(routeKey(from, to));

  allRoutes = (): (readonly Flow[])[] => [...this.routes.values()];

  allFlows = (): Flow[] => [...this.flows.values()];

  /**
   * The flows into and out of each line that has both and gives more units than it has of its own: units pass through
   * it, so that the events into it precede those out of it. By the supply of the line.
   */
  passedThrough(): ReadonlyMap<Supply, { into: Flow[]; outOf: Flow[] }> {
    const flows = this.allFlows().filter(({ supply, demand }) => supply.package !== demand.package);
    const lines = new Map<Supply, { own: number; into: Flow[]; outOf: Flow[] }>();
    for (const flow of flows) {
      const { demand } = flow;
      const source = this.knownSourceOf(demand);
      if (source === undefined) continue;
      const line = lines.get(source) ?? { own: demand.source?.line.quantity ?? demand.left, into: [], outOf: [] };
      lines.set(source, line);
      line.into.push(flow);
    }
    for (const flow of flows) lines.get(flow.supply)?.outOf.push(flow);
    for (const [source, { own, outOf }] of lines)
      if (outOf.reduce((sum, { quantity }) => sum + quantity, 0) <= own) lines.delete(source);
    return lines;
  }

  /** Lines that exist between two events only, because units of other lines pass through their package. */
  allTransitLines = (): readonly Demand[] => this.transitLines;

  neighboursOf = (key: PackageKey): PackageKey[] => [...(this.neighbours.get(key) ?? [])];

  /** Flows out of pending packages into the package, of the article of the line. */
  pendingFlowsInto = (key: PackageKey, line: OpenLine<LineItem>): readonly Flow[] =>
    this.entering.get(packageArticleKey(key, line));

  /** Flows out of pending packages into shipments, of the article of the line. */
  shipmentFlows = (line: OpenLine<LineItem>): readonly Flow[] => this.shipped.get(articleKeyOf(line));

  /** The sent line or transit line of the article in the package. */
  sentLineIn(key: PackageKey, line: OpenLine<LineItem>): Demand | undefined {
    const articleKey = packageArticleKey(key, line);
    const known = this.lines.get(articleKey);
    if (known !== undefined || this.searched.has(key)) return known;
    this.searched.add(key);
    for (const { successor } of this.stock.unchangedLines(key)) {
      if (successor === undefined) continue;
      const unchangedKey = packageArticleKey(key, successor);
      if (!this.lines.has(unchangedKey)) this.lines.set(unchangedKey, successor);
    }
    return this.lines.get(articleKey);
  }

  add(flow: Flow): void {
    const known = this.flows.get(flowKey(flow));
    if (known === undefined) this.index(flow);
    else known.quantity += flow.quantity;
  }

  /** Replaces a flow by two: into a package and out of it. */
  redirect(flow: Flow, key: PackageKey): void {
    const { supply, demand, quantity } = flow;
    this.flows.delete(flowKey(flow));
    const through = this.sentLineIn(key, demand) ?? this.openLine(flow, key);
    this.add({ supply, demand: through, quantity });
    this.add({ supply: this.sourceOf(through), demand, quantity });
  }

  removeRoute(from: PackageKey, to: PackageKey): void {
    this.routes.delete(routeKey(from, to));
  }

  /** Adds a transit line to a package. */
  openLine({ supply, demand }: Pick<Flow, 'supply' | 'demand'>, key: PackageKey): Demand {
    const { quantity, totals } = supply.line;
    const line: Demand = {
      package: key,
      key: this.nextKey++,
      left: 0,
      line: { details: demand.line.details, quantity, totals },
      matchKey: demand.matchKey,
    };
    this.transitLines.push(line);
    this.lines.set(packageArticleKey(key, demand), line);
    return line;
  }

  /** The supply that represents the units which leave a sent line or transit line, if any do. */
  knownSourceOf = ({ source, key }: Demand): Supply | undefined => source ?? this.sources.get(key);

  /** The supply that represents the units which leave a sent line or transit line. */
  sourceOf(demand: Demand): Supply {
    const known = this.knownSourceOf(demand);
    if (known !== undefined) return known;
    const { line, key, package: at, matchKey } = demand;
    const opened: Supply = { package: at, line: { ...line, key }, matchKey, left: 0 };
    this.sources.set(key, opened);
    return opened;
  }
}
