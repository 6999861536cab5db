import type { TypesOf } from './flows';
import type { Instant, Package, PackageKey } from '../purchase';
import type { PackageChange } from './open-lines';
import { replacementsIn } from './replacements';
import type { PackageTypes } from './routes';

const completedAtOf = (each?: Package): Instant | undefined =>
  each?.type === 'refund' ? each.dates.refundedAt : each?.type === 'shipment' ? each.dates.shippedAt : undefined;

/** Returns a lookup of the types of each package by key. */
export function typesIn(steps: readonly PackageChange[]): TypesOf {
  const types = new Map<PackageKey, PackageTypes>();
  const replacements = replacementsIn(steps);
  for (const { key, before, after } of steps) {
    const either = before ?? after;
    const completedAt = completedAtOf(after ?? before);
    if (either !== undefined)
      types.set(key, {
        before: either.type,
        after: (after ?? either).type,
        isInSent: after !== undefined,
        isNew: before === undefined,
        ...(completedAt !== undefined && { completedAt }),
        ...(replacements.has(key) && { isReplacement: true }),
      });
  }
  return (key) => types.get(key) ?? { before: 'processing', after: 'processing' };
}
