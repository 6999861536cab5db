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

/** Without a possible counterpart of one entry, two lists are different, and nothing has to be serialized. */
function compareLists(a: readonly Plain[], b: readonly Plain[], searches: boolean): Verdict {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) {
    const verdict = compare(a[index], b[index], searches);
    if (verdict === true) continue;
    if (verdict === undefined) return undefined;
    const mayBeElsewhere = searches
      ? b.some((value, at) => at !== index && compare(a[index], value, false) !== false)
      : a.length > 1;
    return mayBeElsewhere ? undefined : false;
  }
  return true;
}

function compareRecords(a: Record<string, Plain>, b: Record<string, Plain>, searches: boolean): Verdict {
  let verdict: Verdict = true;
  for (const key in a) {
    const each = compare(a[key], own(b, key), searches);
    if (each === false) return false;
    verdict &&= each;
  }
  for (const key in b) if (own(a, key) === undefined && b[key] !== undefined) return false;
  return verdict;
}

/**
 * `searches`: looks for the counterpart of an entry at other positions of a list. A comparison within such a search does
 * not search again, because each level of nested lists would multiply the time.
 */
function compare(a: Plain, b: Plain, searches: boolean): Verdict {
  if (a === b) return true;
  if (!isRecord(a) || !isRecord(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  return Array.isArray(a) && Array.isArray(b) ? compareLists(a, b, searches) : compareRecords(a, b, searches);
}

/** True if both are equal as data: absent equals undefined, and the order within arrays is not significant. */
export const isSame = (a: Plain, b: Plain): boolean => compare(a, b, true) ?? canonicalJson(a) === canonicalJson(b);

/** True if both are equal as data, and all their arrays are in one order. Serializes nothing. */
export const isSameInOrder = (a: Plain, b: Plain): boolean => compare(a, b, false) === true;

/** The multiset differences a − b and b − a. */
export function multisetDifference<T>(a: readonly T[], b: readonly T[]): { onlyInA: T[]; onlyInB: T[] } {
  if (isSameInOrder(a, b)) return { onlyInA: [], onlyInB: [] };
  const { onlyBefore, onlyAfter } = pairBy(a, b, canonicalJson);
  return { onlyInA: onlyBefore, onlyInB: onlyAfter };
}
