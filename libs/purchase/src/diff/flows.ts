import { groupBy } from './group-by';
import type { MatchRule } from './match-rules';
import type { KeyedLine, LineItem, LineKey, PackageKey } from '../purchase';
import type { PackageTypes } from './routes';

/** A line without an identical counterpart in its package. `matchKey` returns its key under a match rule. */
export interface OpenLine<Line extends LineItem> {
  package: PackageKey;
  line: Line;
  matchKey: (rule: MatchRule) => string | undefined;
}

/** An open stored line. `left`: units that are not assigned to a sent line yet. */
export interface Supply extends OpenLine<KeyedLine> {
  left: number;
  /** The sent line of the same package that continues this line. */
  successor?: Demand;
  /** Set for a line that is equal in both purchases and only passes on units that were ordered in it. */
  isUnchanged?: true;
}

/** An open sent line. `left`: units that are not assigned to a stored line yet. */
export interface Demand extends OpenLine<LineItem> {
  /** The key of `source`, or a new key. */
  key: LineKey;
  left: number;
  /** The stored line of the same package that this line continues. */
  source?: Supply;
}

/** Units that are assigned from a stored line to a sent line. */
export interface Flow {
  supply: Supply;
  demand: Demand;
  quantity: number;
}

/** The open lines, in all packages, that have one match key in common. */
export interface Article {
  supplies: Supply[];
  demands: Demand[];
}

/**
 * Packages with units that are added (`demand`) or removed (`supply`) in any case: further units cost no further event.
 */
export interface Remainders {
  supply: ReadonlySet<PackageKey>;
  demand: ReadonlySet<PackageKey>;
}

/**
 * Units of one article by package. `isSeparateEvent`: a remainder of them is an event of its own, because the line also
 * has a counterpart in its package.
 */
export type UnitsByPackage = ReadonlyMap<PackageKey, { units: number; isSeparateEvent: boolean }>;

/** A transportation problem: articles that share packages, with their units missing (`supply`) and new (`demand`). */
export interface TransportProblem {
  articles: readonly { article: Article; supply: UnitsByPackage; demand: UnitsByPackage }[];
  sources: readonly PackageKey[];
  targets: readonly PackageKey[];
}

/** The stored and sent type of each package. */
export type TypesOf = (key: PackageKey) => PackageTypes;

/** Assigns up to `most` units from one line to another. Returns no flow if one of them has none left. */
export function allocateOne(supply: Supply, demand: Demand, most = Infinity): Flow[] {
  const quantity = Math.min(supply.left, demand.left, most);
  if (quantity <= 0) return [];
  supply.left -= quantity;
  demand.left -= quantity;
  return [{ supply, demand, quantity }];
}

/** Assigns units in list order until one side has none left. */
export function allocateAll(supplies: readonly Supply[], demands: readonly Demand[]): Flow[] {
  const flows: Flow[] = [];
  let next = 0;
  for (const demand of demands)
    while (demand.left > 0 && next < supplies.length) {
      const supply = supplies[next];
      const flow = supply === undefined ? [] : allocateOne(supply, demand);
      if (flow.length === 0) next++;
      flows.push(...flow);
    }
  return flows;
}

/** True if the line has units that are not assigned. */
export const isOpen = ({ left }: Supply | Demand): boolean => left > 0;

/** Groups lines by package, in the order of first occurrence. */
export const byPackage = <T extends { package: PackageKey }>(list: readonly T[]): Map<PackageKey, [T, ...T[]]> =>
  groupBy(list, (each) => each.package);
