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
  /** The first unpaired index of each key; `following` leads from there to the others, in list order. */
  const first = new Map<string, number>();
  const following = new Int32Array(before.length).fill(-1);
  for (let index = before.length - 1; index >= 0; index--) {
    const key = keyOf(before[index] as A);
    if (key === undefined) continue;
    following[index] = first.get(key) ?? -1;
    first.set(key, index);
  }
  const pairs: (readonly [A, B])[] = [];
  const isPaired = new Uint8Array(before.length);
  const onlyAfter = after.filter((each) => {
    const key = keyOf(each);
    const index = key === undefined ? undefined : first.get(key);
    if (key === undefined || index === undefined || index < 0) return true;
    first.set(key, following[index] ?? -1);
    isPaired[index] = 1;
    pairs.push([before[index] as A, each]);
    return false;
  });
  return { pairs, onlyBefore: before.filter((_, index) => isPaired[index] === 0), onlyAfter };
}
