import type { Package, PackageKey } from '../purchase';
import type { PackageChange } from './open-lines';
import { articleOf, completedAtOf, unitsBy } from './package-similarity';

/** The articles and quantities of a package, independently of prices and of the order of lines. */
const contentOf = (each: Package): string =>
  JSON.stringify([...unitsBy(articleOf, each)].sort(([a], [b]) => (a < b ? -1 : 1)));

/**
 * The new shipments that replace refunded units. A new shipment of the day of new refunds is a replacement if they
 * contain all of its units; one without a date if a new refund without a date has the same content.
 */
export function replacementsIn(steps: readonly PackageChange[]): ReadonlySet<PackageKey> {
  const added = steps.flatMap(({ key, before, after }) =>
    before === undefined && after !== undefined && after.items.length > 0 ? [{ key, after }] : [],
  );
  const refunds = added.filter(({ after }) => after.type === 'refund');
  const shipments = added.filter(({ after }) => after.type === 'shipment');
  if (refunds.length === 0 || shipments.length === 0) return new Set();
  const refunded = new Map<string, number>();
  const count = (each: string, units: number): unknown => refunded.set(each, (refunded.get(each) ?? 0) + units);
  for (const { after } of refunds) for (const [each, units] of needsOf(after)) count(each, units);
  // Of equal shipments, the last one: the refunded units were shipped before it.
  return new Set(
    shipments.toReversed().flatMap(({ key, after }) => {
      const needs = needsOf(after);
      if (needs.some(([each, units]) => units > (refunded.get(each) ?? 0))) return [];
      for (const [each, units] of needs) count(each, -units);
      return [key];
    }),
  );
}

/** What a package contains of each article of its day, or its content as a whole if it has no date. */
function needsOf(each: Package): (readonly [text: string, units: number])[] {
  const day = completedAtOf(each)?.slice(0, 10);
  return day === undefined
    ? [[contentOf(each), 1]]
    : [...unitsBy(articleOf, each)].map(([article, units]) => [`${day} ${article}`, units]);
}
