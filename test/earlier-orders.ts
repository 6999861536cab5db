import { EarlierOrders } from '@app/purchase/diff/earlier-orders';
import { leftOf, movesOf, traceOf, unitsOf } from './traces';

/** Packages 1, 2 …, the moves that are known before, and what is expected. */
export type OrderCase = [title: string, packages: string, moves: string, outcome: string];

/**
 * Finds earlier orders. The outcome is the moves, and the units that are ordered in stored lines before any move, ordered
 * in lines that exist `between` two events only, and still added or removed where they are. `through`: before that, the
 * moves from incoming packages are led through another package.
 */
export function ordersIn(packages: string, moves: string, through?: number): { isFound: boolean; outcome: string } {
  const { trace, steps, demands, stock, network } = traceOf(
    packages.split(' | '),
    moves === '' ? [] : moves.split(', '),
  );
  if (through !== undefined)
    for (const flow of network
      .allFlows()
      .filter(({ supply }) => network.typesOf(supply.package).before === 'incoming')) {
      network.redirect(flow, through);
      network.removeRoute(flow.supply.package, flow.demand.package);
    }
  const orders = new EarlierOrders(network, trace.supplies, demands, steps, stock);
  const isFound = orders.find();
  const outcome = [
    ...movesOf(network.allFlows()),
    ...unitsOf(orders.orderedFirst).map((each) => `ordered ${each}`),
    ...leftOf(network.allTransitLines()).map((each) => `ordered between ${each}`),
    ...leftOf(demands).map((each) => `added ${each}`),
    ...leftOf(trace.supplies).map((each) => `removed ${each}`),
  ];
  return { isFound, outcome: outcome.join(', ') };
}

/** Specifies cases in which units are ordered first. */
export const itOrders = (cases: OrderCase[]): void =>
  it.each(cases)('%s', (_, packages, moves, outcome) => {
    expect(ordersIn(packages, moves)).toEqual({ isFound: true, outcome });
  });

/** Specifies cases in which none are. The outcome is the known moves and the given units. */
export const itOrdersNothing = (cases: OrderCase[]): void =>
  it.each(cases)('%s', (_, packages, moves, rest) => {
    const outcome = moves === '' ? rest : `${moves}, ${rest}`;
    expect(ordersIn(packages, moves)).toEqual({ isFound: false, outcome });
  });
