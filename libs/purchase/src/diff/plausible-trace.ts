import { Detours, MAX_ROUTES } from './detours';
import { EarlierOrders } from './earlier-orders';
import { FlowNetwork, routeOf } from './flow-network';
import type { Demand, Supply, TypesOf } from './flows';
import { inOwnOrder, type PackageStep } from './open-lines';
import { newCost, routeCost } from './routes';
import type { Trace } from './trace-lines';

/** A trace in which pieces may pass through a package, and more may have been ordered in one before it gave them away. */
export interface PlausibleTrace extends Trace {
  /** How many pieces more were ordered of a line before anything moved. */
  ordered: ReadonlyMap<Supply, number>;
  /** Lines that were opened and emptied: pieces of other lines passed through their packages. */
  passing: readonly Demand[];
}

/**
 * Changes a trace where the shortest one is implausible or takes more events: what is new in a package to which one that waits gives of the
 * same article was ordered there first; and a route leads through another package where that tells a cheaper story.
 */
export function plausibleTrace(trace: Trace, steps: readonly PackageStep[], typesOf: TypesOf): PlausibleTrace {
  const isPlausible =
    trace.demands.every(({ left, package: key }) => left === 0 || newCost(typesOf(key)) === 0) &&
    trace.flows.every(({ supply, demand }) => routeCost(typesOf(supply.package), typesOf(demand.package)) === 0);
  const routes = new Set(trace.flows.map(({ supply, demand }) => routeOf(supply.package, demand.package))).size;
  const isComplete = trace.demands.every(({ left }) => left === 0);
  if (isPlausible && (routes < 3 || (isComplete && routes > MAX_ROUTES)))
    return { ...trace, ordered: new Map(), passing: [] };
  const demands = inOwnOrder(trace.demands);
  const network = new FlowNetwork(trace, demands, typesOf);
  const orders = new EarlierOrders(network, trace.supplies, demands, steps);
  orders.find();
  new Detours(network, steps).find();
  // What was ordered or led elsewhere may have opened a way for what is new.
  orders.find();
  return {
    ...trace,
    supplies: [...trace.supplies, ...orders.idle],
    flows: network.allFlows(),
    ordered: orders.ordered,
    passing: network.passingLines(),
  };
}
