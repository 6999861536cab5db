/** Plain data: what JSON can hold, and absent properties. */
type Plain = unknown;

const isRecord = (value: Plain): value is Record<string, Plain> => typeof value === 'object' && value !== null;

/** One text for all data that means the same: keys and arrays sorted, absent properties left out. */
export function canonicalJson(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).sort().join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${entries.join(',')}}`;
}

function isSameList(a: readonly Plain[], b: readonly Plain[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((value, index) => isSame(value, b[index])) || canonicalJson(a) === canonicalJson(b);
}

function isSameRecord(a: Record<string, Plain>, b: Record<string, Plain>): boolean {
  for (const key in a) if (!isSame(a[key], b[key])) return false;
  for (const key in b) if (a[key] === undefined && b[key] !== undefined) return false;
  return true;
}

/** Equal as data: an absent property is an undefined one, and the order within arrays carries no meaning. */
export function isSame(a: Plain, b: Plain): boolean {
  if (a === b) return true;
  if (!isRecord(a) || !isRecord(b) || Array.isArray(a) !== Array.isArray(b)) return false;
  return Array.isArray(a) && Array.isArray(b) ? isSameList(a, b) : isSameRecord(a, b);
}

/** What is in `a` and not in `b`, and the other way round, each as often as it is there once more. */
export function multisetDifference<T>(a: readonly T[], b: readonly T[]): { onlyInA: T[]; onlyInB: T[] } {
  if (isSame(a, b)) return { onlyInA: [], onlyInB: [] };
  const rest = new Map<string, T[]>();
  for (const value of a) {
    const key = canonicalJson(value);
    rest.set(key, [...(rest.get(key) ?? []), value]);
  }
  const onlyInB = b.filter((value) => rest.get(canonicalJson(value))?.shift() === undefined);
  return { onlyInA: [...rest.values()].flat(), onlyInB };
}
