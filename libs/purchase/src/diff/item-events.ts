import type { EventOf, ItemsMoved, MovedItem, PackageRef, PurchaseEvent } from '../events';
import { byPackage, type Demand, type Flow, isOpen, type TypesOf } from './flows';
import { groupBy } from './group-by';
import { LineLedger } from './line-ledger';
import type { PackageChange } from './open-lines';
import { headerOf, wholeHeaderOf } from './package-header';
import type { RefinedTrace } from './plausible-trace';
import type {
  KeyedLine,
  KeyedPackage,
  LineAmounts,
  LineItem,
  LineKey,
  Package,
  PackageHeader,
  PackageKey,
  PackageType,
} from '../purchase';
import { lineRef, packageRef } from './refs';
import { BUSINESS_ORDER, isBeforeTypeChange } from './routes';
import { isSame } from '../same';

type MoveType = Extract<PurchaseEvent, { data: ItemsMoved }>['type'];

const MOVE_EVENTS: Record<PackageType, MoveType> = {
  incoming: 'ItemsMovedToIncoming',
  processing: 'ItemsMovedToProcessing',
  on_hold: 'ItemsMovedToOnHold',
  shipment: 'ItemsMovedToShipment',
  refund: 'ItemsMovedToRefund',
  cancelled: 'ItemsMovedToCancelled',
};

function openLedger({ supplies, demands, transitLines }: RefinedTrace): LineLedger {
  const ledger = new LineLedger();
  for (const { line, successor } of supplies) ledger.open(line.key, line, successor?.line);
  for (const { key, line, source } of [...demands, ...transitLines])
    if (source === undefined) ledger.open(key, undefined, line);
  return ledger;
}

/** The units that move along one route. `isEarly`: the event precedes the type changes of both packages. */
interface Move {
  from: PackageChange;
  to: PackageChange;
  flows: readonly Flow[];
  isEarly: boolean;
}

/** Derives the item events from a trace. An instance is used once, because each event changes the ledger. */
export class ItemEvents {
  private readonly ledger: LineLedger;
  private readonly byKey: ReadonlyMap<PackageKey, PackageChange>;
  private readonly moves: readonly Move[];
  /** Packages whose type changes after all events about their items. */
  private readonly typeChangesAfterMoves: ReadonlySet<PackageKey>;
  private readonly sources: ReadonlySet<PackageKey>;
  private readonly targets: ReadonlySet<PackageKey>;
  /** Packages that exist at the current event. A move into any other package opens it. */
  private readonly existing: Set<PackageKey>;
  /** Lines that a move created with their sent details, so that no ItemDetailsChanged follows. */
  private readonly createdLines = new Set<LineKey>();
  /** Packages with units that are removed and not moved. */
  private readonly withRemainder: ReadonlySet<PackageKey>;

  constructor(
    private readonly steps: readonly PackageChange[],
    private readonly trace: RefinedTrace,
    private readonly typesOf: TypesOf,
  ) {
    this.ledger = openLedger(trace);
    this.byKey = new Map(steps.map((step) => [step.key, step]));
    this.moves = this.movesOf(trace.flows);
    const late = this.moves.filter(({ isEarly }) => !isEarly);
    const inLateMoves = new Set(late.flatMap(({ from, to }) => [from.key, to.key]));
    const withNewType = steps.filter(({ key }) => typesOf(key).before !== typesOf(key).after);
    this.typeChangesAfterMoves = new Set(withNewType.map(({ key }) => key).filter((key) => !inLateMoves.has(key)));
    this.sources = new Set(this.moves.map(({ from }) => from.key));
    this.targets = new Set(this.moves.map(({ to }) => to.key));
    const added = [...trace.demands, ...trace.transitLines].filter(isOpen);
    const stored = steps.filter(({ before }) => before !== undefined);
    this.existing = new Set([...stored.map(({ key }) => key), ...added.map((each) => each.package)]);
    this.withRemainder = new Set(trace.supplies.filter(isOpen).map((each) => each.package));
  }

  /** The events before the header changes of the packages, and those after them. */
  events(): { early: PurchaseEvent[]; late: PurchaseEvent[] } {
    const moving = (isEarly: boolean): Move[] => this.moves.filter((each) => each.isEarly === isEarly);
    const lastFrom = new Map([...moving(true), ...moving(false)].map((move) => [move.from.key, move] as const));
    const told = (isEarly: boolean): PurchaseEvent[] =>
      moving(isEarly).map((move) => this.moveEvent(move, lastFrom.get(move.from.key) === move));
    const changeLast = (step: PackageChange): boolean => this.typeChangesAfterMoves.has(step.key);
    const early = [...this.addedEvents(), ...this.orderedEvents(), ...told(true), ...this.otherEvents(changeLast)];
    return { early, late: [...told(false), ...this.otherEvents((step) => !changeLast(step))] };
  }

  /**
   * The stored amounts of the line that a move leaves, and the sent amounts of the line that it enters. The amounts at
   * the event depend on the order of the moves.
   */
  amountsOf = ({ from, to }: MovedItem): readonly [before: LineAmounts, after: LineAmounts] => {
    const [left, entered] = [this.ledger.balance(from.line.key), this.ledger.balance(to.line.key)];
    return [left.start.quantity > 0 ? left.start : left.end, entered.end.quantity > 0 ? entered.end : entered.start];
  };

  private otherEvents(isIncluded: (step: PackageChange) => boolean): PurchaseEvent[] {
    return [...this.regroupedEvents(isIncluded), ...this.changedEvents(isIncluded), ...this.removedEvents(isIncluded)];
  }

  private stepOf = (key: PackageKey): PackageChange => this.byKey.get(key) ?? { key };

  /** The reference to a package before its header changes. */
  private refBefore = ({ key, before, after }: PackageChange): PackageRef => refOf(key, before ?? after);
  private refAfter = ({ key, before, after }: PackageChange): PackageRef => refOf(key, after ?? before);
  private refAtOtherEvents = (step: PackageChange): PackageRef =>
    this.typeChangesAfterMoves.has(step.key) ? this.refBefore(step) : this.refAfter(step);

  /** PackageAdded and ItemsAdded: units that are not moved from another package. */
  private addedEvents(): PurchaseEvent[] {
    const { demands, transitLines } = this.trace;
    const added = byPackage(
      [...demands, ...transitLines].filter(({ source, left }) => left > 0 && source === undefined),
    );
    return this.steps.flatMap((step): PurchaseEvent[] => {
      const { key, before, after } = step;
      const items = (added.get(key) ?? []).map((demand) => this.addUnits(demand));
      if (before !== undefined)
        return items.length === 0 ? [] : [{ type: 'ItemsAdded', data: { package: this.refBefore(step), items } }];
      const isOpenedByMove = items.length === 0 && this.targets.has(key);
      return isOpenedByMove || after === undefined
        ? []
        : [{ type: 'PackageAdded', data: { package: { key, ...headerOf(after), items } } }];
    });
  }

  private addUnits({ key, line, left }: Demand): KeyedLine {
    const { after: { quantity, totals } = line } = this.ledger.change(key, left);
    return { key, quantity, totals, details: line.details };
  }

  /** ItemQuantityChanged for units that are ordered in a line before they move. */
  private orderedEvents(): PurchaseEvent[] {
    return this.trace.supplies.flatMap((supply): PurchaseEvent[] => {
      const more = this.trace.orderedFirst.get(supply);
      if (more === undefined) return [];
      const { key, details } = supply.line;
      const { before = supply.line, after = supply.line } = this.ledger.change(key, more);
      const at = { package: this.refBefore(this.stepOf(supply.package)), line: lineRef(key, details) };
      return [{ type: 'ItemQuantityChanged', data: { ...at, before, after } }];
    });
  }

  /** One move for each route, sorted by the type of the target in business order. */
  private movesOf(flows: readonly Flow[]): Move[] {
    const groups = groupBy(
      flows.filter(({ supply, demand }) => supply.package !== demand.package),
      ({ supply, demand }) => `${supply.package} ${demand.package}`,
    );
    const routes = [...groups.values()].map((flows): Move => {
      const [{ supply, demand }] = flows;
      const [from, to] = [this.stepOf(supply.package), this.stepOf(demand.package)];
      return { from, to, flows, isEarly: isBeforeTypeChange(this.typesOf(from.key), this.typesOf(to.key)) };
    });
    const order = ({ to, isEarly }: Move): number => {
      const { before, after } = this.typesOf(to.key);
      return BUSINESS_ORDER.indexOf(isEarly ? before : after);
    };
    return routes.sort((a, b) => order(a) - order(b) || a.from.key - b.from.key || a.to.key - b.to.key);
  }

  private moveEvent({ from, to, flows, isEarly }: Move, isLast: boolean): PurchaseEvent {
    const packageRefOf = isEarly ? this.refBefore : this.refAfter;
    const target = packageRefOf(to);
    const opened = this.existing.has(to.key) ? undefined : to.after;
    this.existing.add(to.key);
    const data: ItemsMoved = {
      from: packageRefOf(from),
      to: target,
      ...(opened !== undefined && { opened: headerOf(opened) }),
      ...(isLast && this.closing(from)),
      items: inLineOrder(flows).map((flow) => this.movedItem(flow)),
    };
    return { type: MOVE_EVENTS[target.type], data };
  }

  /** The header of a package that this move empties and closes. */
  private closing({ key, before, after }: PackageChange): { closed?: PackageHeader } {
    if (before === undefined || after !== undefined || this.withRemainder.has(key)) return {};
    return { closed: wholeHeaderOf(before) };
  }

  private movedItem({ supply, demand, quantity }: Flow): MovedItem {
    const source = this.ledger.change(supply.line.key, -quantity);
    const target = this.ledger.change(demand.key, quantity);
    const isNew = target.before === undefined;
    if (isNew) this.createdLines.add(demand.key);
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

  /** ItemsRegrouped: units between different lines of one package. */
  private regroupedEvents(isIncluded: (step: PackageChange) => boolean): PurchaseEvent[] {
    const inside = byPackage(
      this.trace.flows
        .filter(({ supply, demand }) => supply.package === demand.package && supply.line.key !== demand.key)
        .map((flow) => ({ package: flow.supply.package, flow })),
    );
    return this.steps.flatMap((step): PurchaseEvent[] => {
      const flows = inside.get(step.key);
      if (flows === undefined || !isIncluded(step)) return [];
      const items = inLineOrder(flows.map(({ flow }) => flow)).map((flow) => this.movedItem(flow));
      return [{ type: 'ItemsRegrouped', data: { package: this.refAtOtherEvents(step), items } }];
    });
  }

  /** ItemQuantityChanged, ItemRepriced and ItemDetailsChanged of lines that stay in their package. */
  private changedEvents(isIncluded: (step: PackageChange) => boolean): PurchaseEvent[] {
    return this.trace.supplies.flatMap(({ package: key, line: before, successor }): PurchaseEvent[] => {
      const step = this.stepOf(key);
      if (successor === undefined || !isIncluded(step)) return [];
      const at = { package: this.refAtOtherEvents(step), line: lineRef(before.key, before.details) };
      const isDescribed = this.createdLines.has(before.key);
      return [...this.amountEvents(at, before.key), ...(isDescribed ? [] : detailsEvents(at, before, successor.line))];
    });
  }

  private amountEvents(at: LineAt, key: LineKey): PurchaseEvent[] {
    const { now, end } = this.ledger.balance(key);
    if (now.quantity !== end.quantity)
      return [{ type: 'ItemQuantityChanged', data: { ...at, before: now, after: end } }];
    return isSame(now.totals, end.totals)
      ? []
      : [{ type: 'ItemRepriced', data: { ...at, before: now.totals, after: end.totals } }];
  }

  /** ItemsRemoved and PackageRemoved: units that are not moved to another package. */
  private removedEvents(isIncluded: (step: PackageChange) => boolean): PurchaseEvent[] {
    const removed = byPackage(this.trace.supplies.filter(({ successor, left }) => left > 0 && successor === undefined));
    return this.steps.flatMap((step): PurchaseEvent[] => {
      const { key, before, after } = step;
      if (before === undefined || !isIncluded(step)) return [];
      const items = (removed.get(key) ?? []).map(({ line }) => this.ledger.current(line));
      if (after !== undefined)
        return items.length === 0
          ? []
          : [{ type: 'ItemsRemoved', data: { package: this.refAtOtherEvents(step), items } }];
      const isClosedByMove = items.length === 0 && this.sources.has(key);
      return isClosedByMove ? [] : [{ type: 'PackageRemoved', data: { package: { ...before, items } } }];
    });
  }
}

function refOf(key: PackageKey, named: KeyedPackage | Package | undefined): PackageRef {
  if (named === undefined) throw new Error(`package ${key} was not opened`);
  return packageRef(key, named);
}

const inLineOrder = (flows: readonly Flow[]): Flow[] =>
  [...flows].sort((a, b) => a.supply.line.key - b.supply.line.key || a.demand.key - b.demand.key);

type LineAt = Pick<EventOf<'ItemRepriced'>['data'], 'package' | 'line'>;

function detailsEvents(at: LineAt, before: KeyedLine, after: LineItem): PurchaseEvent[] {
  if (isSame(before.details, after.details)) return [];
  return [{ type: 'ItemDetailsChanged', data: { ...at, before: before.details, after: after.details } }];
}
