import { newStepBudget, type AssignMoves } from './assign-moves';
import type { PurchaseEvent } from '../events';
import { ItemEvents } from './item-events';
import { hasArticleWithSeveralPrices, LineComparison, typesIn, type PackageChange } from './open-lines';
import { headerOf } from './package-header';
import { refineTrace } from './plausible-trace';
import type { KeyedLine, LineItem, LineKey } from '../purchase';
import type { StepBudget } from './route-search';
import { costOfEvents } from './routes';
import { traceLines } from './trace-lines';

export interface DiffItemsOptions {
  /** Told before what can only have happened afterwards. */
  headers?: readonly PurchaseEvent[];
  /** Keeps what was compared for other pairings of the same packages. */
  lines?: LineComparison;
  /** The effort of one search for moves. */
  newBudget?: () => StepBudget;
  assign?: AssignMoves;
}

export interface ItemChanges {
  events: PurchaseEvent[];
  /** See routes.ts. */
  cost: number;
}

/** The events of packages of which none was there before: nothing can have moved. The same events as those of diffItems. */
export function addPackages(steps: readonly PackageChange[], nextLineKey: LineKey): PurchaseEvent[] {
  let key = nextLineKey;
  const withKey = ({ quantity, totals, details }: LineItem): KeyedLine => ({ key: key++, quantity, totals, details });
  return steps.flatMap(({ key: packageKey, after }): PurchaseEvent[] => {
    if (after === undefined) return [];
    const items = after.items.map(withKey).filter(({ quantity }) => quantity > 0);
    return [{ type: 'PackageAdded', data: { package: { key: packageKey, ...headerOf(after), items } } }];
  });
}

/**
 * The events that take the items of all packages from before to after: added, ordered, moved, regrouped, changed, removed, in this order; the
 * `headers` come between early and late moves. New lines get keys from `nextLineKey`. Pieces are matched at equal prices first, unless the
 * story is cheaper without regard to prices.
 */
export function diffItems(
  steps: readonly PackageChange[],
  nextLineKey: number,
  { headers = [], lines = new LineComparison(), newBudget = newStepBudget, assign }: DiffItemsOptions = {},
): ItemChanges {
  const open = lines.openLines(steps);
  const typesOf = typesIn(steps);
  const changesWith = (atPrice: boolean): ItemChanges => {
    const trace = traceLines(open, nextLineKey, atPrice, typesOf, newBudget(), assign);
    const { early, late } = new ItemEvents(steps, refineTrace(trace, steps, typesOf), typesOf).events();
    const events = [...early, ...headers, ...late];
    return { events, cost: costOfEvents(events) };
  };
  const anyPrice = changesWith(false);
  if (!hasArticleWithSeveralPrices(open)) return anyPrice;
  const samePriceFirst = changesWith(true);
  return anyPrice.cost < samePriceFirst.cost ? anyPrice : samePriceFirst;
}
