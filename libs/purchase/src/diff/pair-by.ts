export interface Paired<A, B> {
  pairs: (readonly [before: A, after: B])[];
  /** Of `before`, what has no counterpart. */
  onlyBefore: A[];
  /** Of `after`, what has no counterpart. */
  onlyAfter: B[];
}

/** Pairs by one key, each in the order of its list; what has no key pairs with nothing. One pass over each list. */
export function pairBy<T, A extends T, B extends T>(
  before: readonly A[],
  after: readonly B[],
  keyOf: (each: T) => string | undefined,
): Paired<A, B> {
  const waiting = new Map<string, { was: A; index: number }[]>();
  // The last first, so that the first can be popped.
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
