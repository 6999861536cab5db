import { Detours, MAX_ROUTES } from './detours';
import { EarlierOrders } from './earlier-orders';
import { FlowNetwork, routeKey } from './flow-network';
import type { Demand, Supply, TypesOf } from './flows';
import { sortLines, type PackageChange } from './open-lines';
import { additionCost, routeCost } from './routes';
import type { Trace } from './trace-lines';

/** A trace in which pieces may pass through a package, and more may have been ordered in one before it gave them away. */
export interface RefinedTrace extends Trace {
  /** How many pieces more were ordered of a line before anything moved. */
  orderedFirst: ReadonlyMap<Supply, number>;
  /** Lines that were opened and emptied: pieces of other lines passed through their packages. */
  transitLines: readonly Demand[];
}

/**
 * Changes a trace where the shortest one is implausible or takes more events: what is new in a package to which one that waits gives of the
 * same article was ordered there first; and a route leads through another package where that tells a cheaper story.
 */
export function refineTrace(trace: Trace, steps: readonly PackageChange[], typesOf: TypesOf): RefinedTrace {
  const isPlausible =
    trace.demands.every(({ left, package: key }) => left === 0 || additionCost(typesOf(key)) === 0) &&
    trace.flows.every(({ supply, demand }) => routeCost(typesOf(supply.package), typesOf(demand.package)) === 0);
  const routes = new Set(trace.flows.map(({ supply, demand }) => routeKey(supply.package, demand.package))).size;
  const isComplete = trace.demands.every(({ left }) => left === 0);
  if (isPlausible && (routes < 3 || (isComplete && routes > MAX_ROUTES)))
    return { ...trace, orderedFirst: new Map(), transitLines: [] };
  const demands = sortLines(trace.demands);
  const network = new FlowNetwork(trace, demands, typesOf);
  const orders = new EarlierOrders(network, trace.supplies, demands, steps);
  orders.find();
  new Detours(network, steps).find();
  // What was ordered or led elsewhere may have opened a way for what is new.
  orders.find();
  return {
    ...trace,
    supplies: [...trace.supplies, ...orders.unchangedSources],
    flows: network.allFlows(),
    orderedFirst: orders.orderedFirst,
    transitLines: network.allTransitLines(),
  };
}
