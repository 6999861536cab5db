import { line, pack } from './builders';
import { newStepBudget, type AssignMoves } from '@app/purchase/diff/assign-moves';
import { FlowNetwork } from '@app/purchase/diff/flow-network';
import { allocateOne, type Demand, type Flow, type Supply } from '@app/purchase/diff/flows';
import { LineComparison, sortLines, type PackageChange } from '@app/purchase/diff/open-lines';
import { typesIn } from '@app/purchase/diff/package-types';
import { shipmentsIn, Stock } from '@app/purchase/diff/stock';
import { traceLines } from '@app/purchase/diff/trace-lines';
import type { Instant, LineItem, Package, PackageKey, PackageType } from '@app/purchase/purchase';

/** Builders of traces for tests: packages 1, 2 … before and after, and the moves between them. */

interface Change {
  before?: Package;
  after?: Package;
}

const DAYS: Readonly<Record<string, Instant>> = {
  monday: '2026-02-02T10:00:00.000Z',
  tuesday: '2026-02-03T10:00:00.000Z',
};

/** Reads `3 A, 1 B large`: 3 units of article A, and 1 of article B of the variant "large". */
const itemsOf = (text: string): LineItem[] =>
  text === 'empty'
    ? []
    : text.split(', ').map((each) => {
        const [quantity, sku = '', nameChild] = each.split(' ');
        return line(sku, Number(quantity), 100, nameChild === undefined ? {} : { nameChild });
      });

/**
 * Reads a package before and after: `processing: 6 A → 2 A`, `incoming to processing: 1 A → empty`,
 * `shipment monday: new → 3 A, 1 B`, `on_hold: 2 A → gone`, or `shipment: 3 A` for one that does not change.
 */
function changeOf(text: string): Change {
  const [, type, newType = type, day = '', items = '', newItems = items] =
    /^(\w+)(?: to (\w+))?(?: (\w+day))?: (.+?)(?: → (.+))?$/.exec(text) ?? [];
  const at = DAYS[day];
  const version = (of: PackageType, content: string): Package =>
    pack(of, itemsOf(content), {
      dates: at === undefined ? {} : { [of === 'refund' ? 'refundedAt' : 'shippedAt']: at },
    });
  return {
    ...(items !== 'new' && { before: version(type as PackageType, items) }),
    ...(newItems !== 'gone' && { after: version(newType as PackageType, newItems) }),
  };
}

/** Packages with the keys 1, 2 …; stored lines have the keys 1, 2 … in order of the packages. */
export function stepsOf(packages: readonly string[]): PackageChange[] {
  let key = 1;
  return packages.map(changeOf).map(({ before, after }, index): PackageChange => ({
    key: index + 1,
    ...(before && {
      before: { ...before, key: index + 1, items: before.items.map((each) => ({ ...each, key: key++ })) },
    }),
    ...(after && { after }),
  }));
}

interface Move {
  from: PackageKey;
  to: PackageKey;
  quantity: number;
  sku: string;
}

/** Reads `1→2: 3 A`: 3 units of article A are moved from package 1 to package 2. */
function moveOf(text: string): Move {
  const [, from, to, quantity, sku] = /^(\d+)→(\d+): (\d+) (.+)$/.exec(text) ?? [];
  if (sku === undefined) throw new Error(text);
  return { from: Number(from), to: Number(to), quantity: Number(quantity), sku };
}

/** Assigns the moves, and no others. */
const assignThese =
  (moves: readonly Move[]): AssignMoves =>
  (articles) =>
    moves.flatMap((move): Flow[] =>
      articles.flatMap(({ supplies, demands }) =>
        supplies.flatMap((supply) =>
          demands.flatMap((demand) => {
            if (supply.package !== move.from || demand.package !== move.to || skuOf(supply) !== move.sku) return [];
            const flows = allocateOne(supply, demand, move.quantity);
            for (const { quantity } of flows) move.quantity -= quantity;
            return flows;
          }),
        ),
      ),
    );

/** A sent line of an article, for specs in which only the article counts. */
export const demandOf = (sku: string): Demand => ({
  package: 0,
  line: line(sku, 1),
  matchKey: () => undefined,
  key: 0,
  left: 0,
});

const skuOf = ({ line }: Supply | Demand): string => line.details.sku ?? line.details.nameParent;

/** Units of lines, for example `1: 3 A` for 3 units of article A in package 1. */
export const unitsOf = (lines: Iterable<readonly [Supply | Demand, number]>): string[] =>
  [...lines].map(([each, quantity]) => `${each.package}: ${quantity} ${skuOf(each)}`);

/** The units of lines that are not assigned. */
export const leftOf = (lines: readonly (Supply | Demand)[]): string[] =>
  unitsOf(lines.filter(({ left }) => left > 0).map((each) => [each, each.left]));

export const movesOf = (flows: readonly Flow[]): string[] =>
  flows.map(({ supply, demand, quantity }) => `${supply.package}→${demand.package}: ${quantity} ${skuOf(demand)}`);

/** A trace with the given moves between packages, and what it is refined with. */
export function traceOf(packages: readonly string[], texts: readonly string[]) {
  const steps = stepsOf(packages);
  const [typesOf, shipmentsWith] = [typesIn(steps), shipmentsIn(steps)];
  const moves = texts.map(moveOf);
  const trace = traceLines(
    new LineComparison().openLines(steps),
    100,
    false,
    { typesOf, shipmentsWith, budget: newStepBudget() },
    assignThese(moves),
  );
  const left = moves.filter(({ quantity }) => quantity > 0);
  if (left.length > 0) throw new Error(`impossible moves: ${JSON.stringify(left)}`);
  const demands = sortLines(trace.demands);
  const stock = new Stock(steps, trace.supplies, shipmentsWith);
  return {
    trace,
    steps,
    typesOf,
    shipmentsWith,
    demands,
    stock,
    network: new FlowNetwork(trace, demands, typesOf, stock),
  };
}
