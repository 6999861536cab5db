import { assignMoves, type Demand, type Flow, type Supply } from './assign-moves';
import type { EventOf, ItemsMoved, MovedItem, PurchaseEvent } from './events';
import { LineLedger } from './line-ledger';
import { matchLines } from './match-lines';
import type { KeyedLine, KeyedPackage, LineItem, Package, PackageHeader, PackageKey, PackageType } from './purchase';
import { lineRef, packageRef } from './refs';
import { isSame } from './same';

/** A package on its way from what it was to what it is; absent on one side when it is new or gone. */
export interface PackageStep {
  key: PackageKey;
  before?: KeyedPackage;
  after?: Package;
}

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

interface LineStep {
  package: PackageKey;
  before: KeyedLine;
  after: LineItem;
}

interface Lines {
  /** Lines that are in both versions of their package. */
  stayed: readonly LineStep[];
  supplies: readonly Supply[];
  demands: readonly Demand[];
}

/** Which lines stayed, which have something to give, and which want something. New lines get their keys here, in the order of the body. */
function linesOf(steps: readonly PackageStep[], nextLineKey: number): Lines {
  const stayed: LineStep[] = [];
  const supplies: Supply[] = [];
  const demands: Demand[] = [];
  let nextKey = nextLineKey;
  for (const { key, before, after } of steps) {
    const { pairs, gone, fresh } = matchLines(before?.items ?? [], after?.items ?? []);
    for (const [b, a] of pairs) {
      const more = a.quantity - b.quantity;
      stayed.push({ package: key, before: b, after: a });
      if (more < 0) supplies.push({ package: key, line: b, left: -more });
      if (more > 0) demands.push({ package: key, key: b.key, line: a, left: more });
    }
    for (const line of gone) supplies.push({ package: key, line, left: line.quantity });
    for (const line of fresh) demands.push({ package: key, key: nextKey++, line, left: line.quantity });
  }
  return { stayed, supplies, demands };
}

function openLedger({ stayed, supplies, demands }: Lines): LineLedger {
  const ledger = new LineLedger();
  for (const { line } of supplies) ledger.open(line.key, line, undefined);
  for (const { key, line } of demands) ledger.open(key, undefined, line);
  for (const { before, after } of stayed) ledger.open(before.key, before, after);
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
  private readonly lines: Lines;
  private readonly ledger: LineLedger;
  private readonly flows: readonly Flow[];
  private readonly stayedKeys: ReadonlySet<number>;
  private readonly byKey: ReadonlyMap<PackageKey, PackageStep>;

  constructor(
    private readonly steps: readonly PackageStep[],
    nextLineKey: number,
  ) {
    this.lines = linesOf(steps, nextLineKey);
    this.ledger = openLedger(this.lines);
    this.flows = assignMoves(this.lines.supplies, this.lines.demands);
    this.stayedKeys = new Set(this.lines.stayed.map(({ before }) => before.key));
    this.byKey = new Map(steps.map((step) => [step.key, step]));
  }

  events(): PurchaseEvent[] {
    return [...this.added(), ...this.moved(), ...this.changed(), ...this.removed()];
  }

  /** What came from nowhere else: new packages, and new lines in old ones. */
  private added(): PurchaseEvent[] {
    const fresh = this.lines.demands.filter(({ key, left }) => left > 0 && !this.stayedKeys.has(key));
    const byPackage = new Map(
      grouped(fresh, (each) => String(each.package)).map((group) => [group[0]?.package, group]),
    );
    return this.steps.flatMap(({ key, before, after }): PurchaseEvent[] => {
      if (after === undefined) return [];
      const items = (byPackage.get(key) ?? []).map((demand) => this.arrive(demand));
      if (before !== undefined)
        return items.length === 0 ? [] : [{ type: 'ItemsAdded', data: { package: packageRef(key, after), items } }];
      const isOpenedByMove = items.length === 0 && this.flows.some(({ demand }) => demand.package === key);
      return isOpenedByMove ? [] : [{ type: 'PackageAdded', data: { package: { key, ...headerOf(after), items } } }];
    });
  }

  private arrive({ key, line, left }: Demand): KeyedLine {
    const { after } = this.ledger.touch(key, left);
    return { key, quantity: after?.quantity ?? left, totals: after?.totals ?? line.totals, details: line.details };
  }

  private moved(): PurchaseEvent[] {
    const routes = grouped(this.flows, ({ supply, demand }) => `${supply.package} ${demand.package}`)
      .flatMap((flows) => {
        const [from, to] = [
          this.byKey.get(flows[0]?.supply.package ?? 0),
          this.byKey.get(flows[0]?.demand.package ?? 0),
        ];
        return from !== undefined && to?.after !== undefined ? [{ from, to, target: to.after, flows }] : [];
      })
      .sort((a, b) => order(a.target) - order(b.target) || a.from.key - b.from.key || a.to.key - b.to.key);
    const opened = new Set(this.steps.filter(({ before }) => before !== undefined).map(({ key }) => key));
    for (const { key } of this.lines.demands
      .filter(({ left }) => left > 0)
      .map((each) => this.byKey.get(each.package) ?? { key: 0 }))
      opened.add(key);
    const lastFrom = new Map(routes.map(({ from }, index) => [from.key, index]));
    return routes.map(({ from, to, target, flows }, index) => {
      const data: ItemsMoved = {
        from: packageRef(from.key, from.after ?? from.before ?? target),
        to: packageRef(to.key, target),
        ...(!opened.has(to.key) && { opened: headerOf(target) }),
        ...(lastFrom.get(from.key) === index && this.closing(from)),
        items: flows.map((flow) => this.move(flow)),
      };
      opened.add(to.key);
      return { type: MOVED_TO[target.type], data };
    });
  }

  /** The header of a package that its last move empties for good. */
  private closing({ key, before, after }: PackageStep): { closed?: PackageHeader } {
    const keeps = this.lines.supplies.some((supply) => supply.package === key && supply.left > 0);
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

  /** Lines that stayed: more or less of them with no counterpart, other amounts, other words. */
  private changed(): PurchaseEvent[] {
    const rest = new Map<number, number>();
    for (const { line, left } of this.lines.supplies) rest.set(line.key, -left);
    for (const { key, left } of this.lines.demands) rest.set(key, left);
    return this.lines.stayed.flatMap(({ package: key, before, after }): PurchaseEvent[] => {
      const target = this.byKey.get(key)?.after;
      if (target === undefined) return [];
      const at = { package: packageRef(key, target), line: lineRef(before.key, before.details) };
      return [...this.recounted(at, before, after, rest.get(before.key) ?? 0), ...redescribed(at, before, after)];
    });
  }

  private recounted(at: LineAt, before: KeyedLine, after: LineItem, more: number): PurchaseEvent[] {
    if (more !== 0) {
      const change = this.ledger.touch(before.key, more);
      return [
        { type: 'ItemQuantityChanged', data: { ...at, before: change.before ?? before, after: change.after ?? after } },
      ];
    }
    if (before.quantity !== after.quantity || isSame(before.totals, after.totals)) return [];
    return [{ type: 'ItemRepriced', data: { ...at, before: before.totals, after: after.totals } }];
  }

  /** What went nowhere else: whole lines of packages that stay, and packages with what is left in them. */
  private removed(): PurchaseEvent[] {
    const gone = this.lines.supplies.filter(({ line, left }) => left > 0 && !this.stayedKeys.has(line.key));
    const byPackage = new Map(grouped(gone, (each) => String(each.package)).map((group) => [group[0]?.package, group]));
    return this.steps.flatMap(({ key, before, after }): PurchaseEvent[] => {
      if (before === undefined) return [];
      const items = (byPackage.get(key) ?? []).map(({ line }) => this.ledger.current(line));
      if (after !== undefined)
        return items.length === 0 ? [] : [{ type: 'ItemsRemoved', data: { package: packageRef(key, after), items } }];
      const isClosedByMove = items.length === 0 && this.flows.some(({ supply }) => supply.package === key);
      return isClosedByMove ? [] : [{ type: 'PackageRemoved', data: { package: { ...before, items } } }];
    });
  }
}

type LineAt = Pick<EventOf<'ItemRepriced'>['data'], 'package' | 'line'>;

const order = ({ type }: Package): number => BUSINESS_ORDER.indexOf(type);

function redescribed(at: LineAt, before: KeyedLine, after: LineItem): PurchaseEvent[] {
  if (isSame(before.details, after.details)) return [];
  return [{ type: 'ItemDetailsChanged', data: { ...at, before: before.details, after: after.details } }];
}

/** The events that take the items of all packages from before to after: added, moved, changed, removed, in this order. */
export const diffItems = (steps: readonly PackageStep[], nextLineKey: number): PurchaseEvent[] =>
  new ItemStory(steps, nextLineKey).events();
