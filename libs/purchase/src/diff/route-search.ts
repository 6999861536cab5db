import type { PackageKey, PackageType } from '../purchase';
import { EVENT, goneCost, newCost, ODD, routeCost, waits, type Types } from './routes';
import type { Rests, TypesOf } from './flows';

/** From one package to one package. All that goes along it is one event. */
export interface Route {
  from: PackageKey;
  to: PackageKey;
}

/** Pieces of one article by package; `loose` where what is left of them would be an event of its own. */
export type Holdings = ReadonlyMap<PackageKey, { pieces: number; loose: boolean }>;

/** Articles that share packages: what these have less of and what they have more of. */
export interface Transport {
  articles: readonly { gives: Holdings; wants: Holdings }[];
  sources: readonly PackageKey[];
  targets: readonly PackageKey[];
}

/** How much work may be done yet, in steps that each look at one article between two packages. */
export interface Effort {
  left: number;
}

/** A route that was taken, by the numbers of its ends, and the pieces of each article that went along it. */
interface Taken {
  source: number;
  target: number;
  pieces: Float64Array;
}

interface OpenRoute {
  source: number;
  target: number;
  pieces: number;
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
  isLoose: readonly (readonly boolean[])[];
  /** Whether other rests of a package cost no event. */
  isFree: readonly boolean[];
  /** What it costs, beside its event, that a rest is left, by package. */
  restCosts: readonly number[];
}

/**
 * Tries the routes in the order of their scores, then in others, and keeps the order that makes the cheapest story (branch and bound). A route
 * that is taken takes all it can. Routes that share no package can be taken in any order: only one of these orders is tried (sleep sets).
 */
export class RouteSearch {
  private best: readonly Taken[] = [];
  private cost = Infinity;
  private readonly taken: Taken[] = [];
  private readonly gives: Side;
  private readonly wants: Side;
  /** What each route costs beside its event, by source and target. */
  private readonly costs: readonly (readonly number[])[];
  private readonly sourceWaits: readonly boolean[];
  private readonly targetTypes: readonly PackageType[];

  constructor(
    private readonly transport: Transport,
    rests: Rests,
    typesOf: TypesOf,
    private readonly effort: Effort,
  ) {
    const { sources, targets } = transport;
    const side = (name: 'gives' | 'wants', keys: readonly PackageKey[], costOf: (types: Types) => number): Side => {
      const held = transport.articles.map((each) => keys.map((key) => each[name].get(key)));
      const left = held.map((packages) => Float64Array.from(packages, (each) => each?.pieces ?? 0));
      return {
        keys,
        left,
        total: Float64Array.from(keys, (_, index) => left.reduce((sum, each) => sum + (each[index] ?? 0), 0)),
        isLoose: held.map((packages) => packages.map((each) => each?.loose === true)),
        isFree: keys.map((key) => rests[name].has(key)),
        restCosts: keys.map((key) => costOf(typesOf(key))),
      };
    };
    this.gives = side('gives', sources, goneCost);
    this.wants = side('wants', targets, newCost);
    this.costs = sources.map((from) => targets.map((to) => routeCost(typesOf(from), typesOf(to))));
    this.sourceWaits = sources.map((key) => waits(typesOf(key).before));
    this.targetTypes = targets.map((key) => typesOf(key).after);
  }

  /** The routes in the order in which they are to be taken. */
  routes(): readonly Route[] {
    this.search([]);
    const { sources, targets } = this.transport;
    return this.best.map(({ source, target }) => ({ from: sources[source] ?? 0, to: targets[target] ?? 0 }));
  }

  private search(sleeping: readonly OpenRoute[]): void {
    const { articles, sources, targets } = this.transport;
    this.effort.left -= articles.length * (sources.length + targets.length);
    if (this.bound() >= this.cost) return;
    const { open, areOdd } = this.openRoutes();
    const tried = [...sleeping];
    for (const route of open) {
      if (tried.some((each) => each.source === route.source && each.target === route.target)) continue;
      if (this.cost < Infinity && this.effort.left <= 0) return;
      const taken = this.take(route);
      this.search(tried.filter((each) => each.source !== route.source && each.target !== route.target));
      this.putBack(taken);
      tried.push(route);
    }
    // What is plausible moves as long as anything can; what is not is weighed against leaving it where it is.
    if (areOdd) this.settle();
  }

  private settle(): void {
    const cost = this.costOfTaken() + this.costOfRests(this.gives) + this.costOfNews();
    if (cost < this.cost) [this.cost, this.best] = [cost, [...this.taken]];
  }

  private costOf = (source: number, target: number): number => this.costs[source]?.[target] ?? 0;

  private isSame = (source: number, target: number): boolean => this.gives.keys[source] === this.wants.keys[target];

  private take({ source, target }: OpenRoute): Taken {
    const pieces = Float64Array.from(this.gives.left, (left, article) =>
      Math.min(left[source] ?? 0, this.wants.left[article]?.[target] ?? 0),
    );
    const taken = { source, target, pieces };
    this.add(taken, -1);
    this.taken.push(taken);
    return taken;
  }

  private putBack(taken: Taken): void {
    this.taken.pop();
    this.add(taken, 1);
  }

  private add({ source, target, pieces }: Taken, sign: 1 | -1): void {
    for (let article = 0; article < pieces.length; article++) {
      const quantity = sign * (pieces[article] ?? 0);
      if (quantity === 0) continue;
      addTo(this.gives.left[article], source, quantity);
      addTo(this.wants.left[article], target, quantity);
      addTo(this.gives.total, source, quantity);
      addTo(this.wants.total, target, quantity);
    }
  }

  /** The routes along which something could move, the one with the best score first, and whether all of them are odd. */
  private openRoutes(): { open: readonly OpenRoute[]; areOdd: boolean } {
    const { sources, targets } = this.transport;
    const open: OpenRoute[] = [];
    let areOdd = true;
    for (let source = 0; source < sources.length; source++) {
      const left = this.gives.total[source] ?? 0;
      if (left === 0) continue;
      for (let target = 0; target < targets.length; target++) {
        const missing = this.wants.total[target] ?? 0;
        if (missing === 0 || this.isSame(source, target)) continue;
        const pieces = this.piecesAlong(source, target);
        if (pieces === 0) continue;
        const cost = this.costOf(source, target);
        if (cost < ODD) areOdd = false;
        const settles = Number(pieces === left) + Number(pieces === missing);
        keepBest(open, { source, target, pieces, score: EVENT * settles - cost });
      }
    }
    return { open: open.sort(byScore), areOdd };
  }

  private piecesAlong(source: number, target: number): number {
    const { length } = this.gives.left;
    this.effort.left -= length;
    let pieces = 0;
    for (let article = 0; article < length; article++)
      pieces += Math.min(this.gives.left[article]?.[source] ?? 0, this.wants.left[article]?.[target] ?? 0);
    return pieces;
  }

  private waits = (source: number): boolean => this.sourceWaits[source] === true;

  /** Pieces that were shipped and then refunded: they may be told as shipped with the others. */
  private mayPassThrough = (source: number, target: number): boolean =>
    this.targetTypes[target] === 'refund' && this.waits(source);

  /** True if that article went from a package that waits to this target. */
  private isSentTo = (target: number, article: number): boolean =>
    this.taken.some((each) => each.target === target && (each.pieces[article] ?? 0) > 0 && this.waits(each.source));

  /** What it costs to take pieces through a shipment that gets them anyway; Infinity where there is none. */
  private costThrough(target: number, articles: readonly number[], source?: number): number {
    let cost = Infinity;
    for (const sent of this.taken) {
      if (this.targetTypes[sent.target] !== 'shipment' || !this.waits(sent.source)) continue;
      if (source !== undefined && sent.source !== source) continue;
      if (!articles.every((article) => (sent.pieces[article] ?? 0) > 0)) continue;
      const isOpen = this.taken.some((each) => each.target === target && this.isSame(each.source, sent.target));
      cost = Math.min(cost, isOpen ? 0 : EVENT);
    }
    return cost;
  }

  private costOfTaken(): number {
    let cost = 0;
    for (const { source, target, pieces } of this.taken) {
      const direct = EVENT + this.costOf(source, target);
      if (!this.mayPassThrough(source, target)) {
        cost += direct;
        continue;
      }
      const articles = [...pieces.keys()].filter((article) => (pieces[article] ?? 0) > 0);
      cost += Math.min(direct, this.costThrough(target, articles, source));
    }
    return cost;
  }

  /** What remains of one side: one event for each loose line, one for all others of a package. */
  private costOfRests(side: Side, isTold?: (index: number, article: number) => boolean): number {
    const { left, total, isLoose, isFree, restCosts } = side;
    let cost = 0;
    for (let index = 0; index < total.length; index++) {
      if (total[index] === 0) continue;
      let [loose, together] = [0, 0];
      for (let article = 0; article < left.length; article++) {
        if ((left[article]?.[index] ?? 0) === 0 || isTold?.(index, article)) continue;
        if (isLoose[article]?.[index] === true) loose++;
        else together++;
      }
      const events = loose + Number(together > 0 && isFree[index] !== true);
      cost += (restCosts[index] ?? 0) * (loose + together) + EVENT * events;
    }
    return cost;
  }

  /** What the targets get from nowhere. More may have been ordered in a package that waits, and come from there. */
  private costOfNews(): number {
    let ordered = 0;
    const isOrdered = (target: number, article: number): boolean => {
      const type = this.targetTypes[target];
      const isDone = type !== undefined && !waits(type);
      if (isDone && this.isSentTo(target, article)) {
        ordered += EVENT;
        return true;
      }
      const through = type === 'refund' ? this.costThrough(target, [article]) : Infinity;
      if (through === Infinity) return false;
      ordered += EVENT + through;
      return true;
    };
    return this.costOfRests(this.wants, isOrdered) + ordered;
  }

  /** No story that begins with the routes taken costs less: each package that is open yet costs an event, but for what may pass through. */
  private bound(): number {
    const { sources, targets } = this.transport;
    let cost = 0;
    for (const { source, target } of this.taken)
      if (!this.mayPassThrough(source, target)) cost += EVENT + this.costOf(source, target);
    let [refunds, open, giving] = [false, 0, 0];
    for (let target = 0; target < targets.length; target++) {
      if (!isOpen(this.wants, target)) continue;
      if (this.targetTypes[target] === 'refund') refunds = true;
      else open++;
    }
    for (let source = 0; source < sources.length; source++)
      if (!(refunds && this.waits(source)) && isOpen(this.gives, source)) giving++;
    return cost + EVENT * Math.max(open, giving);
  }
}

const byScore = (a: OpenRoute, b: OpenRoute): number =>
  b.score - a.score || b.pieces - a.pieces || a.source - b.source || a.target - b.target;

/** Of more routes, the best of the others are tried: a search over more of them never comes to its end. */
const MAX_BRANCHES = 100;

/** Adds a route; of too many, about half are kept. */
function keepBest(open: OpenRoute[], route: OpenRoute): void {
  open.push(route);
  if (open.length < 2 * MAX_BRANCHES) return;
  open.sort(byScore);
  open.length = MAX_BRANCHES;
}

function addTo(list: Float64Array | undefined, index: number, quantity: number): void {
  if (list !== undefined) list[index] = (list[index] ?? 0) + quantity;
}

/** True if what is left of a package costs an event. */
function isOpen({ left, total, isLoose, isFree }: Side, index: number): boolean {
  if (total[index] === 0) return false;
  if (isFree[index] !== true) return true;
  for (let article = 0; article < left.length; article++)
    if ((left[article]?.[index] ?? 0) > 0 && isLoose[article]?.[index] === true) return true;
  return false;
}
