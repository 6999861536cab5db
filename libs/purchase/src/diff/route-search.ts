import type { PackageKey, PackageType } from '../purchase';
import {
  EVENT_COST,
  removalCost,
  additionCost,
  IMPLAUSIBLE_COST,
  routeCost,
  isPending,
  type PackageTypes,
} from './routes';
import type { Remainders, TypesOf } from './flows';

/** From one package to one package. All that goes along it is one event. */
export interface Route {
  from: PackageKey;
  to: PackageKey;
}

/** Pieces of one article by package; `loose` where what is left of them would be an event of its own. */
export type UnitsByPackage = ReadonlyMap<PackageKey, { units: number; isSeparateEvent: boolean }>;

/** Articles that share packages: what these have less of and what they have more of. */
export interface TransportProblem {
  articles: readonly { supply: UnitsByPackage; demand: UnitsByPackage }[];
  sources: readonly PackageKey[];
  targets: readonly PackageKey[];
}

/** How much work may be done yet, in steps that each look at one article between two packages. */
export interface StepBudget {
  left: number;
}

/** A route that was taken, by the numbers of its ends, and the pieces of each article that went along it. */
interface ChosenRoute {
  source: number;
  target: number;
  units: Float64Array;
}

interface CandidateRoute {
  source: number;
  target: number;
  units: number;
  /** The events that it saves, less what is implausible about it. */
  score: number;
}

/** One side of the transport: the packages that give, or those that want, by their numbers. */
interface Side {
  keys: readonly PackageKey[];
  /** Pieces left, by article and package. */
  left: readonly Float64Array[];
  /** Pieces left in all, by package. */
  total: Float64Array;
  /** Whether what is left of an article in a package would be an event of its own, by article and package. */
  isSeparateEvent: readonly (readonly boolean[])[];
  /** Whether other rests of a package cost no event. */
  isFree: readonly boolean[];
  /** What it costs, beside its event, that a rest is left, by package. */
  remainderCosts: readonly number[];
}

/**
 * Tries the routes in the order of their scores, then in others, and keeps the order that makes the cheapest story (branch and bound). A route
 * that is taken takes all it can. Routes that share no package can be taken in any order: only one of these orders is tried (sleep sets).
 */
export class RouteSearch {
  private best: readonly ChosenRoute[] = [];
  private cost = Infinity;
  private readonly chosen: ChosenRoute[] = [];
  private readonly supply: Side;
  private readonly demand: Side;
  /** What each route costs beside its event, by source and target. */
  private readonly costs: readonly (readonly number[])[];
  private readonly isPendingSource: readonly boolean[];
  private readonly targetTypes: readonly PackageType[];

  constructor(
    private readonly transport: TransportProblem,
    remainders: Remainders,
    typesOf: TypesOf,
    private readonly budget: StepBudget,
  ) {
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
    this.isPendingSource = sources.map((key) => isPending(typesOf(key).before));
    this.targetTypes = targets.map((key) => typesOf(key).after);
  }

  /** The routes in the order in which they are to be taken. */
  routes(): readonly Route[] {
    this.search([]);
    const { sources, targets } = this.transport;
    return this.best.map(({ source, target }) => ({ from: sources[source] ?? 0, to: targets[target] ?? 0 }));
  }

  private search(skipped: readonly CandidateRoute[]): void {
    const { articles, sources, targets } = this.transport;
    this.budget.left -= articles.length * (sources.length + targets.length);
    if (this.lowerBound() >= this.cost) return;
    const { open, areImplausible } = this.candidateRoutes();
    const tried = [...skipped];
    for (const route of open) {
      if (tried.some((each) => each.source === route.source && each.target === route.target)) continue;
      if (this.cost < Infinity && this.budget.left <= 0) return;
      const taken = this.choose(route);
      this.search(tried.filter((each) => each.source !== route.source && each.target !== route.target));
      this.undo(taken);
      tried.push(route);
    }
    // What is plausible moves as long as anything can; what is not is weighed against leaving it where it is.
    if (areImplausible) this.recordIfCheaper();
  }

  private recordIfCheaper(): void {
    const cost = this.costOfChosenRoutes() + this.costOfRemainders(this.supply) + this.costOfAdditions();
    if (cost < this.cost) [this.cost, this.best] = [cost, [...this.chosen]];
  }

  private costOf = (source: number, target: number): number => this.costs[source]?.[target] ?? 0;

  private isSamePackage = (source: number, target: number): boolean =>
    this.supply.keys[source] === this.demand.keys[target];

  private choose({ source, target }: CandidateRoute): ChosenRoute {
    const units = Float64Array.from(this.supply.left, (left, article) =>
      Math.min(left[source] ?? 0, this.demand.left[article]?.[target] ?? 0),
    );
    const taken = { source, target, units };
    this.add(taken, -1);
    this.chosen.push(taken);
    return taken;
  }

  private undo(taken: ChosenRoute): void {
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

  /** The routes along which something could move, the one with the best score first, and whether all of them are odd. */
  private candidateRoutes(): { open: readonly CandidateRoute[]; areImplausible: boolean } {
    const { sources, targets } = this.transport;
    const open: CandidateRoute[] = [];
    let areImplausible = true;
    for (let source = 0; source < sources.length; source++) {
      const left = this.supply.total[source] ?? 0;
      if (left === 0) continue;
      for (let target = 0; target < targets.length; target++) {
        const missing = this.demand.total[target] ?? 0;
        if (missing === 0 || this.isSamePackage(source, target)) continue;
        const units = this.unitsAlong(source, target);
        if (units === 0) continue;
        const cost = this.costOf(source, target);
        if (cost < IMPLAUSIBLE_COST) areImplausible = false;
        const settles = Number(units === left) + Number(units === missing);
        keepBest(open, { source, target, units, score: EVENT_COST * settles - cost });
      }
    }
    return { open: open.sort(byScore), areImplausible };
  }

  private unitsAlong(source: number, target: number): number {
    const { length } = this.supply.left;
    this.budget.left -= length;
    let units = 0;
    for (let article = 0; article < length; article++)
      units += Math.min(this.supply.left[article]?.[source] ?? 0, this.demand.left[article]?.[target] ?? 0);
    return units;
  }

  private isPending = (source: number): boolean => this.isPendingSource[source] === true;

  /** Pieces that were shipped and then refunded: they may be told as shipped with the others. */
  private mayPassThroughShipment = (source: number, target: number): boolean =>
    this.targetTypes[target] === 'refund' && this.isPending(source);

  /** True if that article went from a package that waits to this target. */
  private isFilledFromPending = (target: number, article: number): boolean =>
    this.chosen.some((each) => each.target === target && (each.units[article] ?? 0) > 0 && this.isPending(each.source));

  /** What it costs to take pieces through a shipment that gets them anyway; Infinity where there is none. */
  private costThroughShipment(target: number, articles: readonly number[], source?: number): number {
    let cost = Infinity;
    for (const sent of this.chosen) {
      if (this.targetTypes[sent.target] !== 'shipment' || !this.isPending(sent.source)) continue;
      if (source !== undefined && sent.source !== source) continue;
      if (!articles.every((article) => (sent.units[article] ?? 0) > 0)) continue;
      const isOpen = this.chosen.some((each) => each.target === target && this.isSamePackage(each.source, sent.target));
      cost = Math.min(cost, isOpen ? 0 : EVENT_COST);
    }
    return cost;
  }

  private costOfChosenRoutes(): number {
    let cost = 0;
    for (const { source, target, units } of this.chosen) {
      const direct = EVENT_COST + this.costOf(source, target);
      if (!this.mayPassThroughShipment(source, target)) {
        cost += direct;
        continue;
      }
      const articles = [...units.keys()].filter((article) => (units[article] ?? 0) > 0);
      cost += Math.min(direct, this.costThroughShipment(target, articles, source));
    }
    return cost;
  }

  /** What remains of one side: one event for each loose line, one for all others of a package. */
  private costOfRemainders(side: Side, isTold?: (index: number, article: number) => boolean): number {
    const { left, total, isSeparateEvent, isFree, remainderCosts } = side;
    let cost = 0;
    for (let index = 0; index < total.length; index++) {
      if (total[index] === 0) continue;
      let [separate, together] = [0, 0];
      for (let article = 0; article < left.length; article++) {
        if ((left[article]?.[index] ?? 0) === 0 || isTold?.(index, article)) continue;
        if (isSeparateEvent[article]?.[index] === true) separate++;
        else together++;
      }
      const events = separate + Number(together > 0 && isFree[index] !== true);
      cost += (remainderCosts[index] ?? 0) * (separate + together) + EVENT_COST * events;
    }
    return cost;
  }

  /** What the targets get from nowhere. More may have been ordered in a package that waits, and come from there. */
  private costOfAdditions(): number {
    let ordered = 0;
    const isOrdered = (target: number, article: number): boolean => {
      const type = this.targetTypes[target];
      const isDone = type !== undefined && !isPending(type);
      if (isDone && this.isFilledFromPending(target, article)) {
        ordered += EVENT_COST;
        return true;
      }
      const through = type === 'refund' ? this.costThroughShipment(target, [article]) : Infinity;
      if (through === Infinity) return false;
      ordered += EVENT_COST + through;
      return true;
    };
    return this.costOfRemainders(this.demand, isOrdered) + ordered;
  }

  /** No story that begins with the routes taken costs less: each package that is open yet costs an event, but for what may pass through. */
  private lowerBound(): number {
    const { sources, targets } = this.transport;
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

const byScore = (a: CandidateRoute, b: CandidateRoute): number =>
  b.score - a.score || b.units - a.units || a.source - b.source || a.target - b.target;

/** Of more routes, the best of the others are tried: a search over more of them never comes to its end. */
const MAX_BRANCHES = 100;

/** Adds a route; of too many, about half are kept. */
function keepBest(open: CandidateRoute[], route: CandidateRoute): void {
  open.push(route);
  if (open.length < 2 * MAX_BRANCHES) return;
  open.sort(byScore);
  open.length = MAX_BRANCHES;
}

function addTo(list: Float64Array | undefined, index: number, quantity: number): void {
  if (list !== undefined) list[index] = (list[index] ?? 0) + quantity;
}

/** True if what is left of a package costs an event. */
function costsAnEvent({ left, total, isSeparateEvent, isFree }: Side, index: number): boolean {
  if (total[index] === 0) return false;
  if (isFree[index] !== true) return true;
  for (let article = 0; article < left.length; article++)
    if ((left[article]?.[index] ?? 0) > 0 && isSeparateEvent[article]?.[index] === true) return true;
  return false;
}
