import { newEffort, type Assign } from './assign-moves';
import type { PurchaseEvent } from '../events';
import { ItemEvents } from './item-events';
import { haveSeveralPrices, LineComparison, typesIn, type PackageStep } from './open-lines';
import { headerOf } from './package-header';
import { plausibleTrace } from './plausible-trace';
import type { KeyedLine, LineItem, LineKey } from '../purchase';
import type { Effort } from './route-search';
import { costOfStory } from './routes';
import { traceLines } from './trace-lines';

export interface ItemsSetting {
  /** Told before what can only have happened afterwards. */
  headers?: readonly PurchaseEvent[];
  /** Keeps what was compared for other pairings of the same packages. */
  lines?: LineComparison;
  /** The effort of one search for moves. */
  effortOf?: () => Effort;
  assign?: Assign;
}

export interface ItemsStory {
  events: PurchaseEvent[];
  /** See routes.ts. */
  cost: number;
}

/** The events of packages of which none was there before: nothing can have moved. The same events as those of diffItems. */
export function addPackages(steps: readonly PackageStep[], nextLineKey: LineKey): PurchaseEvent[] {
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
  steps: readonly PackageStep[],
  nextLineKey: number,
  { headers = [], lines = new LineComparison(), effortOf = newEffort, assign }: ItemsSetting = {},
): ItemsStory {
  const open = lines.openLines(steps);
  const typesOf = typesIn(steps);
  const tell = (atPrice: boolean): ItemsStory => {
    const trace = traceLines(open, nextLineKey, atPrice, typesOf, effortOf(), assign);
    const { early, late } = new ItemEvents(steps, plausibleTrace(trace, steps, typesOf), typesOf).events();
    const events = [...early, ...headers, ...late];
    return { events, cost: costOfStory(events) };
  };
  const told = tell(false);
  if (!haveSeveralPrices(open)) return told;
  const toldAtPrice = tell(true);
  return told.cost < toldAtPrice.cost ? told : toldAtPrice;
}
