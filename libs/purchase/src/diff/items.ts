import type { Assign } from './assign-moves';
import type { EventOf, ItemsMoved, MovedItem, PurchaseEvent } from '../events';
import { byPackage, type Demand, type Flow } from './flows';
import { LineLedger } from './line-ledger';
import type { KeyedLine, LineItem, LineKey, Package, PackageHeader, PackageKey, PackageType } from '../purchase';
import { lineRef, packageRef } from './refs';
import { isSame } from '../same';
import { haveSeveralPrices, openLines, traceLines, type PackageStep, type Trace } from './trace-lines';

type MoveType = Extract<PurchaseEvent, { data: ItemsMoved }>['type'];

const MOVED_TO: Record<PackageType, MoveType> = {
  incoming: 'ItemsMovedToIncoming',
  processing: 'ItemsMovedToProcessing',
  on_hold: 'ItemsMovedToOnHold',
  shipment: 'ItemsMovedToShipment',
  refund: 'ItemsMovedToRefund',
  cancelled: 'ItemsMovedToCancelled',
};

/** The order in which a reader would tell it: from what is expected to what is given back. */
export const BUSINESS_ORDER: readonly PackageType[] = [
  'incoming',
  'processing',
  'on_hold',
  'shipment',
  'cancelled',
  'refund',
];

/** A package without its items and without its milestones, which are events of their own. */
export function headerOf({
  type,
  identifiers,
  dates,
  shippingMethod,
  shippingAddress,
  ...rest
}: Package): PackageHeader {
  const { createdAt, updatedAt } = dates;
  return {
    type,
    identifiers,
    dates: { ...(createdAt !== undefined && { createdAt }), ...(updatedAt !== undefined && { updatedAt }) },
    ...(shippingMethod !== undefined && { shippingMethod }),
    ...(shippingAddress !== undefined && { shippingAddress }),
    trackings: rest.trackings,
    accountingFiles: rest.accountingFiles,
  };
}

function openLedger({ supplies, demands }: Trace): LineLedger {
  const ledger = new LineLedger();
  for (const { line, becomes } of supplies) ledger.open(line.key, line, becomes?.line);
  for (const { key, line, was } of demands) if (was === undefined) ledger.open(key, undefined, line);
  return ledger;
}

const grouped = <T>(list: readonly T[], keyOf: (each: T) => string): T[][] => {
  const groups = new Map<string, T[]>();
  for (const each of list) {
    const group = groups.get(keyOf(each));
    if (group === undefined) groups.set(keyOf(each), [each]);
    else group.push(each);
  }
  return [...groups.values()];
};

/** Tells how items got from one version of the packages to the next. One use each: the ledger moves along with the telling. */
class ItemStory {
  private readonly ledger: LineLedger;
  private readonly byKey: ReadonlyMap<PackageKey, PackageStep>;

  constructor(
    private readonly steps: readonly PackageStep[],
    private readonly trace: Trace,
  ) {
    this.ledger = openLedger(trace);
    this.byKey = new Map(steps.map((step) => [step.key, step]));
  }

  events(): PurchaseEvent[] {
    return [...this.added(), ...this.moved(), ...this.regrouped(), ...this.changed(), ...this.removed()];
  }

  /** What came from nowhere else: new packages, and new lines in old ones. */
  private added(): PurchaseEvent[] {
    const fresh = byPackage(this.trace.demands.filter(({ was, left }) => left > 0 && was === undefined));
    return this.steps.flatMap(({ key, before, after }): PurchaseEvent[] => {
      if (after === undefined) return [];
      const items = (fresh.get(key) ?? []).map((demand) => this.arrive(demand));
      if (before !== undefined)
        return items.length === 0 ? [] : [{ type: 'ItemsAdded', data: { package: packageRef(key, after), items } }];
      const isOpenedByMove = items.length === 0 && this.trace.flows.some(({ demand }) => demand.package === key);
      return isOpenedByMove ? [] : [{ type: 'PackageAdded', data: { package: { key, ...headerOf(after), items } } }];
    });
  }

  private arrive({ key, line, left }: Demand): KeyedLine {
    const { after } = this.ledger.touch(key, left);
    return { key, quantity: after?.quantity ?? left, totals: after?.totals ?? line.totals, details: line.details };
  }

  private moved(): PurchaseEvent[] {
    const routes = grouped(
      this.trace.flows.filter(({ supply, demand }) => supply.package !== demand.package),
      ({ supply, demand }) => `${supply.package} ${demand.package}`,
    )
      .flatMap((flows) => {
        const [from, to] = [
          this.byKey.get(flows[0]?.supply.package ?? 0),
          this.byKey.get(flows[0]?.demand.package ?? 0),
        ];
        return from !== undefined && to?.after !== undefined ? [{ from, to, target: to.after, flows }] : [];
      })
      .sort((a, b) => order(a.target) - order(b.target) || a.from.key - b.from.key || a.to.key - b.to.key);
    const opened = new Set(this.steps.filter(({ before }) => before !== undefined).map(({ key }) => key));
    for (const { package: key, left } of this.trace.demands) if (left > 0) opened.add(key);
    const lastFrom = new Map(routes.map(({ from }, index) => [from.key, index]));
    return routes.map(({ from, to, target, flows }, index) => {
      const data: ItemsMoved = {
        from: packageRef(from.key, from.after ?? from.before ?? target),
        to: packageRef(to.key, target),
        ...(!opened.has(to.key) && { opened: headerOf(target) }),
        ...(lastFrom.get(from.key) === index && this.closing(from)),
        items: inLineOrder(flows).map((flow) => this.move(flow)),
      };
      opened.add(to.key);
      return { type: MOVED_TO[target.type], data };
    });
  }

  /** The header of a package that its last move empties for good. */
  private closing({ key, before, after }: PackageStep): { closed?: PackageHeader } {
    const keeps = this.trace.supplies.some((supply) => supply.package === key && supply.left > 0);
    if (before === undefined || after !== undefined || keeps) return {};
    const { key: _key, items: _items, ...header } = before;
    return { closed: header };
  }

  private move({ supply, demand, quantity }: Flow): MovedItem {
    const source = this.ledger.touch(supply.line.key, -quantity);
    const target = this.ledger.touch(demand.key, quantity);
    const isNew = target.before === undefined;
    return {
      quantity,
      from: {
        line: lineRef(supply.line.key, supply.line.details),
        before: source.before ?? supply.line,
        ...(source.after !== undefined && { after: source.after }),
      },
      to: {
        line: lineRef(demand.key, demand.line.details),
        ...(!isNew && { before: target.before }),
        after: target.after ?? demand.line,
        ...(isNew && !isSame(supply.line.details, demand.line.details) && { details: demand.line.details }),
      },
    };
  }

  /** What only went from line to line within its package. */
  private regrouped(): PurchaseEvent[] {
    const inside = byPackage(
      this.trace.flows
        .filter(({ supply, demand }) => supply.package === demand.package)
        .map((flow) => ({ package: flow.supply.package, flow })),
    );
    return this.steps.flatMap(({ key, after }): PurchaseEvent[] => {
      const flows = inside.get(key);
      if (flows === undefined || after === undefined) return [];
      const items = inLineOrder(flows.map(({ flow }) => flow)).map((flow) => this.move(flow));
      return [{ type: 'ItemsRegrouped', data: { package: packageRef(key, after), items } }];
    });
  }

  /** Lines that stayed: more or less of them with no counterpart, other amounts, other words. */
  private changed(): PurchaseEvent[] {
    return this.trace.supplies.flatMap(({ package: key, line: before, becomes }): PurchaseEvent[] => {
      const target = this.byKey.get(key)?.after;
      if (target === undefined || becomes === undefined) return [];
      const at = { package: packageRef(key, target), line: lineRef(before.key, before.details) };
      return [...this.recounted(at, before.key), ...redescribed(at, before, becomes.line)];
    });
  }

  private recounted(at: LineAt, key: LineKey): PurchaseEvent[] {
    const { now, end } = this.ledger.account(key);
    if (now.quantity !== end.quantity)
      return [{ type: 'ItemQuantityChanged', data: { ...at, before: now, after: end } }];
    return isSame(now.totals, end.totals)
      ? []
      : [{ type: 'ItemRepriced', data: { ...at, before: now.totals, after: end.totals } }];
  }

  /** What went nowhere else: whole lines of packages that stay, and packages with what is left in them. */
  private removed(): PurchaseEvent[] {
    const gone = byPackage(this.trace.supplies.filter(({ becomes, left }) => left > 0 && becomes === undefined));
    return this.steps.flatMap(({ key, before, after }): PurchaseEvent[] => {
      if (before === undefined) return [];
      const items = (gone.get(key) ?? []).map(({ line }) => this.ledger.current(line));
      if (after !== undefined)
        return items.length === 0 ? [] : [{ type: 'ItemsRemoved', data: { package: packageRef(key, after), items } }];
      const isClosedByMove = items.length === 0 && this.trace.flows.some(({ supply }) => supply.package === key);
      return isClosedByMove ? [] : [{ type: 'PackageRemoved', data: { package: { ...before, items } } }];
    });
  }
}

const inLineOrder = (flows: readonly Flow[]): Flow[] =>
  [...flows].sort((a, b) => a.supply.line.key - b.supply.line.key || a.demand.key - b.demand.key);

type LineAt = Pick<EventOf<'ItemRepriced'>['data'], 'package' | 'line'>;

const order = ({ type }: Package): number => BUSINESS_ORDER.indexOf(type);

function redescribed(at: LineAt, before: KeyedLine, after: LineItem): PurchaseEvent[] {
  if (isSame(before.details, after.details)) return [];
  return [{ type: 'ItemDetailsChanged', data: { ...at, before: before.details, after: after.details } }];
}

/**
 * The events that take the items of all packages from before to after: added, moved, regrouped, changed, removed, in this order. New lines get
 * keys from `nextLineKey`. Pieces are looked for at their own price first, unless fewer events tell it when prices are left out of account.
 */
export function diffItems(steps: readonly PackageStep[], nextLineKey: number, assign?: Assign): PurchaseEvent[] {
  const open = openLines(steps);
  const tell = (atPrice: boolean): PurchaseEvent[] =>
    new ItemStory(steps, traceLines(open, nextLineKey, atPrice, assign)).events();
  const told = tell(false);
  if (!haveSeveralPrices(open)) return told;
  const toldAtPrice = tell(true);
  return told.length < toldAtPrice.length ? told : toldAtPrice;
}
