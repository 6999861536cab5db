import { Detours, MAX_ROUTES } from './detours';
import { EarlierOrders } from './earlier-orders';
import { FlowNetwork, routeKey } from './flow-network';
import type { Demand, Supply, TypesOf } from './flows';
import { sortLines, type PackageChange } from './open-lines';
import { additionCost, routeCost } from './routes';
import { type ShipmentsWith, Stock } from './stock';
import type { Trace } from './trace-lines';

/** A trace with detours and earlier orders. */
export interface RefinedTrace extends Trace {
  /** Units that are ordered in a stored line before any move. */
  orderedFirst: ReadonlyMap<Supply, number>;
  /** Lines that exist between two events only: units of other lines pass through them. */
  transitLines: readonly Demand[];
}

/**
 * Refines a trace that is implausible or needs more events than necessary: added units of a package that is filled from
 * a pending package are ordered there first (EarlierOrders), and routes lead through other packages where that is
 * cheaper (Detours).
 */
export function refineTrace(
  trace: Trace,
  steps: readonly PackageChange[],
  typesOf: TypesOf,
  shipmentsWith: ShipmentsWith,
): RefinedTrace {
  const isPlausible =
    trace.demands.every(({ left, package: key }) => left === 0 || additionCost(typesOf(key)) === 0) &&
    trace.flows.every(({ supply, demand }) => routeCost(typesOf(supply.package), typesOf(demand.package)) === 0);
  const routes = new Set(trace.flows.map(({ supply, demand }) => routeKey(supply.package, demand.package))).size;
  const isComplete = trace.demands.every(({ left }) => left === 0);
  const isFirstSight = steps.every(({ before }) => before === undefined);
  if (isFirstSight || (isPlausible && (routes < 3 || (isComplete && routes > MAX_ROUTES))))
    return { ...trace, orderedFirst: new Map(), transitLines: [] };
  const demands = sortLines(trace.demands);
  const stock = new Stock(steps, trace.supplies, shipmentsWith);
  const network = new FlowNetwork(trace, demands, typesOf, stock);
  const orders = new EarlierOrders(network, trace.supplies, demands, steps, stock);
  const detours = new Detours(network, steps, stock);
  orders.find();
  detours.find();
  // A detour can enable further earlier orders, and these can need a detour.
  if (orders.find()) detours.find();
  return {
    ...trace,
    supplies: [...trace.supplies, ...network.unchangedLines],
    flows: network.allFlows(),
    orderedFirst: orders.orderedFirst,
    transitLines: network.allTransitLines(),
  };
}
