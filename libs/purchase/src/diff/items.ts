import { newStepBudget, type AssignMoves } from './assign-moves';
import type { PurchaseEvent } from '../events';
import { ItemEvents } from './item-events';
import { hasArticleWithSeveralPrices, LineComparison, type PackageChange } from './open-lines';
import { headerOf } from './package-header';
import { typesIn } from './package-types';
import { refineTrace } from './plausible-trace';
import type { KeyedLine, LineItem, LineKey, PackageKey } from '../purchase';
import type { StepBudget } from './route-search';
import { costOfEvents } from './routes';
import type { StepLimit } from './step-limit';
import { shipmentsIn } from './stock';
import { traceLines } from './trace-lines';

export interface DiffItemsOptions {
  /** Header events of packages, placed between early and late item events. */
  headers?: readonly PurchaseEvent[];
  /** The line comparison, shared by all pairings of one diff. */
  lines?: LineComparison;
  /** Returns the step budget of one trace. Default: the budget of a whole diff. */
  newBudget?: () => StepBudget;
  /** The limit of the whole diff. */
  limit?: StepLimit;
  assign?: AssignMoves;
}

export interface ItemChanges {
  events: PurchaseEvent[];
  /** The cost of the events (routes.ts). */
  cost: number;
}

type AddedPackage = Required<Pick<PackageChange, 'key' | 'after'>>;

/** The events of added packages if nothing can have moved. The result equals that of diffItems. */
export function addPackages(steps: readonly AddedPackage[], nextLineKey: LineKey): PurchaseEvent[] {
  let key = nextLineKey;
  const withKey = ({ quantity, totals, details }: LineItem): KeyedLine => ({ key: key++, quantity, totals, details });
  return steps.map(({ key: packageKey, after }): PurchaseEvent => {
    const items = after.items.map(withKey).filter(({ quantity }) => quantity > 0);
    return { type: 'PackageAdded', data: { package: { key: packageKey, ...headerOf(after), items } } };
  });
}

/**
 * The item events of all packages, in this order: added, ordered, moved, regrouped, changed, removed; `headers` between
 * early and late moves. New lines get keys from `nextLineKey`. If an article has several prices, units are matched with
 * and without regard to prices, and the cheaper event list is returned.
 */
export function diffItems(
  steps: readonly PackageChange[],
  nextLineKey: number,
  { headers = [], lines = new LineComparison(), newBudget = newStepBudget, limit, assign }: DiffItemsOptions = {},
): ItemChanges {
  const open = lines.openLines(steps);
  const typesOf = typesIn(steps);
  const shipmentsWith = shipmentsIn(steps);
  const changesWith = (atPrice: boolean): ItemChanges => {
    const context = { typesOf, shipmentsWith, budget: newBudget(), limit };
    const trace = traceLines(open, nextLineKey, atPrice, context, assign);
    const itemEvents = new ItemEvents(steps, refineTrace(trace, steps, typesOf, shipmentsWith), typesOf);
    const { early, late } = itemEvents.events();
    const events = [...early, ...headers, ...late];
    const isReplacement = (key: PackageKey): boolean => typesOf(key).isReplacement === true;
    return { events, cost: costOfEvents(events, { isReplacement, amountsOf: itemEvents.amountsOf }) };
  };
  const anyPrice = changesWith(false);
  if (!hasArticleWithSeveralPrices(open)) return anyPrice;
  const samePriceFirst = changesWith(true);
  return anyPrice.cost < samePriceFirst.cost ? anyPrice : samePriceFirst;
}
