export interface Paired<A, B> {
  pairs: (readonly [before: A, after: B])[];
  /** The entries of `before` without a counterpart. */
  onlyBefore: A[];
  /** The entries of `after` without a counterpart. */
  onlyAfter: B[];
}

/** Pairs entries with equal keys in list order. An entry without a key stays unpaired. Linear. */
export function pairBy<T, A extends T, B extends T>(
  before: readonly A[],
  after: readonly B[],
  keyOf: (each: T) => string | undefined,
): Paired<A, B> {
  const waiting = new Map<string, { was: A; index: number }[]>();
  // Lists are filled from the end, so that pop() returns the first entry.
  for (let index = before.length - 1; index >= 0; index--) {
    const was = before[index] as A;
    const key = keyOf(was);
    if (key === undefined) continue;
    const same = waiting.get(key);
    if (same === undefined) waiting.set(key, [{ was, index }]);
    else same.push({ was, index });
  }
  const pairs: (readonly [A, B])[] = [];
  const paired = new Set<number>();
  const onlyAfter = after.filter((each) => {
    const key = keyOf(each);
    const found = key === undefined ? undefined : waiting.get(key)?.pop();
    if (found === undefined) return true;
    paired.add(found.index);
    pairs.push([found.was, each]);
    return false;
  });
  return { pairs, onlyBefore: before.filter((_, index) => !paired.has(index)), onlyAfter };
}
