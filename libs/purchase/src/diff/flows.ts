import type { MatchRule } from './match-rules';
import type { KeyedLine, LineItem, LineKey, PackageKey } from '../purchase';
import type { PackageTypes } from './routes';

/** A line that is not the same before and after, and what it is called by each likeness. */
export interface OpenLine<Line extends LineItem> {
  package: PackageKey;
  line: Line;
  matchKey: (rule: MatchRule) => string | undefined;
}

/** A line as it was: `left` pieces of it are not found yet in what was sent. */
export interface Supply extends OpenLine<KeyedLine> {
  left: number;
  /** What became of it in its own package. */
  successor?: Demand;
  /** It did not change. */
  isUnchanged?: true;
}

/** A line as it was sent: where `left` pieces of it come from is not known yet. */
export interface Demand extends OpenLine<LineItem> {
  /** That of the line it was, else a new one. */
  key: LineKey;
  left: number;
  /** What it was in its own package. */
  source?: Supply;
}

/** Pieces that went from one line to another. */
export interface Flow {
  supply: Supply;
  demand: Demand;
  quantity: number;
}

/** The lines that are one article by some likeness, in every package. */
export interface Article {
  supplies: Supply[];
  demands: Demand[];
}

/** Packages in which something will be told as added or removed anyway, so that more of it costs no further event. */
export interface Remainders {
  supply: ReadonlySet<PackageKey>;
  demand: ReadonlySet<PackageKey>;
}

/** The types of all packages, before and after. */
export type TypesOf = (key: PackageKey) => PackageTypes;

/** Takes up to `most` pieces from one line to another; nothing where one side has none left. */
export function allocateOne(supply: Supply, demand: Demand, most = Infinity): Flow[] {
  const quantity = Math.min(supply.left, demand.left, most);
  if (quantity <= 0) return [];
  supply.left -= quantity;
  demand.left -= quantity;
  return [{ supply, demand, quantity }];
}

/** Takes pieces from the first that has some left to the first that wants some, until one side has none. */
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

/** In the order of their first. */
export function byPackage<T extends { package: PackageKey }>(list: readonly T[]): Map<PackageKey, T[]> {
  const groups = new Map<PackageKey, T[]>();
  for (const each of list) {
    const group = groups.get(each.package);
    if (group === undefined) groups.set(each.package, [each]);
    else group.push(each);
  }
  return groups;
}
