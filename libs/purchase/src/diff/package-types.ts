import type { TypesOf } from './flows';
import type { PackageKey } from '../purchase';
import type { PackageChange } from './open-lines';
import { completedAtOf } from './package-similarity';
import { replacementsIn } from './replacements';
import type { PackageTypes } from './routes';

/** Returns a lookup of the types of each package by key. */
export function typesIn(steps: readonly PackageChange[]): TypesOf {
  const types = new Map<PackageKey, PackageTypes>();
  const replacements = replacementsIn(steps);
  for (const { key, before, after } of steps) {
    const either = before ?? after;
    const last = after ?? before;
    const completedAt = last && completedAtOf(last);
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
