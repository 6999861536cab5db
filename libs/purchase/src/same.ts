import { pairBy } from './diff/pair-by';

/** Plain data: what JSON can hold, and absent properties. */
type Plain = unknown;

const isRecord = (value: Plain): value is Record<string, Plain> => typeof value === 'object' && value !== null;

/**
 * Serializes data so that equal data gives equal text: keys and arrays are sorted, absent properties omitted. The parts
 * are joined, because a text that `+` builds keeps them all in memory (six times the size) as long as it is a key of a
 * Map.
 */
export function canonicalJson(value: Plain): string {
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonicalJson).sort().join()}]`;
  const parts = ['{'];
  for (const key of Object.keys(value).sort())
    if (value[key] !== undefined) parts.push(JSON.stringify(key), ':', canonicalJson(value[key]), ',');
  parts.push('}');
  return parts.join('');
}

/** Own properties only: data may have properties named like members of Object.prototype. */
const own = (record: Record<string, Plain>, key: string): Plain =>
  Object.hasOwn(record, key) ? record[key] : undefined;

/** Undefined if both can still differ in the order within an array only. */
type Verdict = boolean | undefined;

function compareLists(a: readonly Plain[], b: readonly Plain[]): Verdict {
  if (a.length !== b.length) return false;
  const differing = a.findIndex((value, index) => compare(value, b[index]) !== true);
  if (differing < 0) return true;
  // Without a possible counterpart of this entry, the lists are different, and nothing has to be serialized.
  return b.some((value) => compare(a[differing], value) !== false) ? undefined : false;
}

function compareRecords(a: Record<string, Plain>, b: Record<string, Plain>): Verdict {
  let verdict: Verdict = true;
  for (const key in a) {
    const each = compare(a[key], own(b, key));
    if (each === false) return false;
    verdict &&= each;
  }
  for (const key in b) if (own(a, key) === undefined && b[key] !== undefined) return false;
  return verdict;
}

function compare(a: Plain, b: Plain): Verdict {
  if (a === b) return true;
  if (!isRecord(a) || !isRecord(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  return Array.isArray(a) && Array.isArray(b) ? compareLists(a, b) : compareRecords(a, b);
}

/** True if both are equal as data: absent equals undefined, and the order within arrays is not significant. */
export const isSame = (a: Plain, b: Plain): boolean => compare(a, b) ?? canonicalJson(a) === canonicalJson(b);

/** True if both are equal as data, and all their arrays are in one order. Serializes nothing. */
export const isSameInOrder = (a: Plain, b: Plain): boolean => compare(a, b) === true;

/** The multiset differences a − b and b − a. */
export function multisetDifference<T>(a: readonly T[], b: readonly T[]): { onlyInA: T[]; onlyInB: T[] } {
  if (isSameInOrder(a, b)) return { onlyInA: [], onlyInB: [] };
  const { onlyBefore, onlyAfter } = pairBy(a, b, canonicalJson);
  return { onlyInA: onlyBefore, onlyInB: onlyAfter };
}
