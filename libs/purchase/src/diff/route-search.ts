import type { TransportProblem } from './flows';
import type { PackageKey } from '../purchase';
import { type AllocationContext, type ChosenRoute, RouteAllocation } from './route-allocation';
import { EVENT_COST } from './routes';
import type { StepLimit } from './step-limit';

/** A pair of packages. All units that move along a route are one event. */
export interface Route {
  from: PackageKey;
  to: PackageKey;
}

/** The remaining steps of a search. One step looks at one article between two packages. */
export interface StepBudget {
  left: number;
}

interface CandidateRoute {
  source: number;
  target: number;
  units: number;
  /** The cost of the events that the route saves, minus its own implausibility cost (routes.ts). */
  score: number;
}

/**
 * Branch and bound over the orders in which routes are filled; keeps the cheapest. Each chosen route takes all units
 * that it can. Routes that share no package can be filled in any order with the same result, so only one of these
 * orders is searched (sleep sets).
 */
export class RouteSearch {
  private best: readonly ChosenRoute[] = [];
  private cost = Infinity;
  private readonly allocation: RouteAllocation;

  constructor(
    private readonly transport: TransportProblem,
    context: AllocationContext,
    private readonly budget: StepBudget,
    private readonly limit?: StepLimit,
  ) {
    this.allocation = new RouteAllocation(transport, context);
  }

  /** The routes of the cheapest result, in the order in which they are to be filled. @throws TooManySteps */
  routes(): readonly Route[] {
    this.search([]);
    const { sources, targets } = this.transport;
    return this.best.map(({ source, target }) => ({ from: sources[source] ?? 0, to: targets[target] ?? 0 }));
  }

  private search(skipped: readonly CandidateRoute[]): void {
    const { articles, sources, targets } = this.transport;
    this.spend(articles.length * (sources.length + targets.length));
    if (this.allocation.lowerBound() >= this.cost) return;
    const { open, areOptional } = this.candidateRoutes();
    const tried = [...skipped];
    for (const route of open) {
      if (tried.some((each) => each.source === route.source && each.target === route.target)) continue;
      if (this.cost < Infinity && this.budget.left <= 0) return;
      const taken = this.allocation.choose(route);
      this.search(tried.filter((each) => each.source !== route.source && each.target !== route.target));
      this.allocation.undo(taken);
      tried.push(route);
    }
    // A result is complete when only implausible routes remain: these are compared with leaving the units where they
    // are.
    if (areOptional) this.recordIfCheaper();
  }

  private spend(steps: number): void {
    this.budget.left -= steps;
    this.limit?.spend(steps);
  }

  private recordIfCheaper(): void {
    const cost = this.allocation.cost();
    if (cost < this.cost) [this.cost, this.best] = [cost, [...this.allocation.chosen]];
  }

  /** The routes along which units can still move, by descending score, and whether all of them are implausible. */
  private candidateRoutes(): { open: readonly CandidateRoute[]; areOptional: boolean } {
    const { articles, sources, targets } = this.transport;
    const { supply, demand } = this.allocation;
    const open: CandidateRoute[] = [];
    let areOptional = true;
    for (let source = 0; source < sources.length; source++) {
      const left = supply.total[source] ?? 0;
      if (left === 0) continue;
      for (let target = 0; target < targets.length; target++) {
        const missing = demand.total[target] ?? 0;
        if (missing === 0 || this.allocation.isSamePackage(source, target)) continue;
        this.spend(articles.length);
        const units = this.allocation.unitsAlong(source, target);
        if (units === 0) continue;
        const cost = this.allocation.costOf(source, target);
        if (this.allocation.isOptional[source]?.[target] !== true) areOptional = false;
        const settles = Number(units === left) + Number(units === missing);
        keepBest(open, { source, target, units, score: EVENT_COST * settles - cost });
      }
    }
    return { open: open.sort(byScore), areOptional };
  }
}

/** Ties stay in the order of the packages. */
const byScore = (a: CandidateRoute, b: CandidateRoute): number => b.score - a.score || b.units - a.units;

/** The number of routes that are tried at each step. A search over more does not complete. */
const MAX_BRANCHES = 100;

/** Adds a route. Drops the worst routes if the list reaches twice MAX_BRANCHES. */
function keepBest(open: CandidateRoute[], route: CandidateRoute): void {
  open.push(route);
  if (open.length < 2 * MAX_BRANCHES) return;
  open.sort(byScore);
  open.length = MAX_BRANCHES;
}
