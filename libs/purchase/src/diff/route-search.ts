import type { PackageKey } from '../purchase';
import { EVENT, goneCost, newCost, ODD, routeCost, waits } from './routes';
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

const sumOf = (list: Iterable<number>): number => {
  let sum = 0;
  for (const each of list) sum += each;
  return sum;
};

/**
 * Tries the routes in the order of their scores, then in others, and keeps the order that makes the cheapest story (branch and bound). A route
 * that is taken takes all it can. Routes that share no package can be taken in any order: only one of these orders is tried (sleep sets).
 */
export class RouteSearch {
  private best: readonly Taken[] = [];
  private cost = Infinity;
  private readonly taken: Taken[] = [];
  private readonly gives: Float64Array[];
  private readonly wants: Float64Array[];
  /** What each route costs beside its event, by source and target. */
  private readonly costs: readonly (readonly number[])[];

  constructor(
    private readonly transport: Transport,
    private readonly rests: Rests,
    private readonly typesOf: TypesOf,
    private readonly effort: Effort,
  ) {
    const { articles, sources, targets } = transport;
    this.gives = articles.map(({ gives }) => Float64Array.from(sources, (key) => gives.get(key)?.pieces ?? 0));
    this.wants = articles.map(({ wants }) => Float64Array.from(targets, (key) => wants.get(key)?.pieces ?? 0));
    this.costs = sources.map((from) => targets.map((to) => routeCost(typesOf(from), typesOf(to))));
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
    const open = this.openRoutes();
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
    if (open.every(({ source, target }) => this.costOf(source, target) >= ODD)) this.settle();
  }

  private settle(): void {
    const cost = this.costOfTaken() + this.costOfRests('gives') + this.costOfNews();
    if (cost < this.cost) [this.cost, this.best] = [cost, [...this.taken]];
  }

  private costOf = (source: number, target: number): number => this.costs[source]?.[target] ?? 0;

  private isSame = (source: number, target: number): boolean =>
    this.transport.sources[source] === this.transport.targets[target];

  private take({ source, target }: OpenRoute): Taken {
    const pieces = Float64Array.from(this.gives, (gives, article) =>
      Math.min(gives[source] ?? 0, this.wants[article]?.[target] ?? 0),
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
    pieces.forEach((quantity, article) => {
      if (quantity === 0) return;
      const [gives, wants] = [this.gives[article], this.wants[article]];
      if (gives !== undefined) gives[source] = (gives[source] ?? 0) + sign * quantity;
      if (wants !== undefined) wants[target] = (wants[target] ?? 0) + sign * quantity;
    });
  }

  /** Every route along which something could move, the one with the best score first. */
  private openRoutes(): OpenRoute[] {
    const { sources, targets } = this.transport;
    const given = sources.map((_, source) => sumOf(this.gives.map((gives) => gives[source] ?? 0)));
    const wanted = targets.map((_, target) => sumOf(this.wants.map((wants) => wants[target] ?? 0)));
    const open: OpenRoute[] = [];
    for (const [source, left] of given.entries())
      for (const [target, missing] of wanted.entries()) {
        if (left === 0 || missing === 0 || this.isSame(source, target)) continue;
        const pieces = this.piecesAlong(source, target);
        if (pieces === 0) continue;
        const settles = Number(pieces === left) + Number(pieces === missing);
        open.push({ source, target, pieces, score: EVENT * settles - this.costOf(source, target) });
      }
    return open.sort((a, b) => b.score - a.score || b.pieces - a.pieces || a.source - b.source || a.target - b.target);
  }

  private piecesAlong(source: number, target: number): number {
    const { length } = this.gives;
    this.effort.left -= length;
    let pieces = 0;
    for (let article = 0; article < length; article++)
      pieces += Math.min(this.gives[article]?.[source] ?? 0, this.wants[article]?.[target] ?? 0);
    return pieces;
  }

  private waits = (source: number): boolean => waits(this.typesOf(this.transport.sources[source] ?? 0).before);
  private isOfType = (target: number, type: string): boolean =>
    this.typesOf(this.transport.targets[target] ?? 0).after === type;

  /** Pieces that were shipped and then refunded: they may be told as shipped with the others. */
  private mayPassThrough = (source: number, target: number): boolean =>
    this.isOfType(target, 'refund') && this.waits(source);

  /** True if that article went from a package that waits to this target. */
  private isSentTo = (target: number, article: number): boolean =>
    this.taken.some((each) => each.target === target && (each.pieces[article] ?? 0) > 0 && this.waits(each.source));

  /** What it costs to take pieces through a shipment that gets them anyway; Infinity where there is none. */
  private costThrough(target: number, articles: readonly number[], source?: number): number {
    const { sources, targets } = this.transport;
    let cost = Infinity;
    for (const sent of this.taken) {
      if (!this.isOfType(sent.target, 'shipment') || !this.waits(sent.source)) continue;
      if (source !== undefined && sent.source !== source) continue;
      if (!articles.every((article) => (sent.pieces[article] ?? 0) > 0)) continue;
      const isOpen = this.taken.some((each) => each.target === target && sources[each.source] === targets[sent.target]);
      cost = Math.min(cost, isOpen ? 0 : EVENT);
    }
    return cost;
  }

  private costOfTaken(): number {
    return sumOf(
      this.taken.map(({ source, target, pieces }) => {
        const direct = EVENT + this.costOf(source, target);
        if (!this.mayPassThrough(source, target)) return direct;
        const articles = [...pieces.keys()].filter((article) => (pieces[article] ?? 0) > 0);
        return Math.min(direct, this.costThrough(target, articles, source));
      }),
    );
  }

  /** What remains of the sources: one event for each loose line, one for all others of a package. */
  private costOfRests(side: 'gives' | 'wants', isTold?: (package_: number, article: number) => boolean): number {
    const { articles, sources, targets } = this.transport;
    const [keys, left] = side === 'gives' ? [sources, this.gives] : [targets, this.wants];
    const costOf = side === 'gives' ? goneCost : newCost;
    return sumOf(
      keys.map((key, index) => {
        const each = costOf(this.typesOf(key));
        let [loose, together] = [0, 0];
        for (const [article, pieces] of left.entries()) {
          if ((pieces[index] ?? 0) === 0 || isTold?.(index, article)) continue;
          if (articles[article]?.[side].get(key)?.loose) loose++;
          else together++;
        }
        return each * (loose + together) + EVENT * (loose + Number(together > 0 && !this.rests[side].has(key)));
      }),
    );
  }

  /** What the targets get from nowhere. More may have been ordered in a package that waits, and come from there. */
  private costOfNews(): number {
    let ordered = 0;
    const isOrdered = (target: number, article: number): boolean => {
      const isDone = !waits(this.typesOf(this.transport.targets[target] ?? 0).after);
      if (isDone && this.isSentTo(target, article)) {
        ordered += EVENT;
        return true;
      }
      const through = this.isOfType(target, 'refund') ? this.costThrough(target, [article]) : Infinity;
      if (through === Infinity) return false;
      ordered += EVENT + through;
      return true;
    };
    return this.costOfRests('wants', isOrdered) + ordered;
  }

  /** No story that begins with the routes taken costs less: each package that is open yet costs an event, but for what may pass through. */
  private bound(): number {
    const { sources, targets } = this.transport;
    const taken = sumOf(
      this.taken.map(({ source, target }) =>
        this.mayPassThrough(source, target) ? 0 : EVENT + this.costOf(source, target),
      ),
    );
    let [refunds, open] = [false, 0];
    for (const [target, key] of targets.entries()) {
      if (!this.isOpen('wants', target, key)) continue;
      if (this.isOfType(target, 'refund')) refunds = true;
      else open++;
    }
    let giving = 0;
    for (const [source, key] of sources.entries())
      if (!(refunds && this.waits(source)) && this.isOpen('gives', source, key)) giving++;
    return taken + EVENT * Math.max(open, giving);
  }

  private isOpen(side: 'gives' | 'wants', index: number, key: PackageKey): boolean {
    const isFree = this.rests[side].has(key);
    return this[side].some(
      (pieces, article) =>
        (pieces[index] ?? 0) > 0 && !(isFree && !this.transport.articles[article]?.[side].get(key)?.loose),
    );
  }
}
