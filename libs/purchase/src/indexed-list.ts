/** This many look-ups search the list; the next one builds the index. A single change of a short list needs none. */
const SEARCHES_WITHOUT_INDEX = 4;

/**
 * A list whose values are found by a key: each change takes constant time on average, so that n changes of n values take linear time. Values keep their
 * places; of several values with one key, the first is found.
 */
export class IndexedList<T, K extends string | number> {
  /** Undefined where a value was removed. */
  private readonly slots: (T | undefined)[];
  private index: Map<K, number[]> | undefined;
  private searches = 0;

  constructor(
    values: readonly T[],
    private readonly keyOf: (value: T) => K,
  ) {
    this.slots = [...values];
  }

  values(): T[] {
    return this.slots.filter((value): value is T => value !== undefined);
  }

  *[Symbol.iterator](): Generator<T> {
    for (const value of this.slots) if (value !== undefined) yield value;
  }

  get(key: K): T | undefined {
    return this.slots[this.placeOf(key)];
  }

  add(value: T): void {
    const place = this.slots.push(value) - 1;
    this.enter(this.keyOf(value), place);
  }

  /** Does nothing when no value has the key. */
  replace(key: K, value: T): void {
    const place = this.placeOf(key);
    if (place < 0) return;
    this.slots[place] = value;
    const next = this.keyOf(value);
    if (next === key) return;
    this.index?.get(key)?.shift();
    this.enter(next, place);
  }

  /** Does nothing when no value has the key. */
  remove(key: K): void {
    const place = this.placeOf(key);
    if (place < 0) return;
    this.slots[place] = undefined;
    this.index?.get(key)?.shift();
  }

  /** The first place of a value with the key, else −1. */
  private placeOf(key: K): number {
    if (this.index !== undefined) return this.index.get(key)?.[0] ?? -1;
    if (this.searches < SEARCHES_WITHOUT_INDEX) {
      this.searches += 1;
      return this.slots.findIndex((value) => value !== undefined && this.keyOf(value) === key);
    }
    this.index = new Map();
    this.slots.forEach((value, place) => {
      if (value !== undefined) this.enter(this.keyOf(value), place);
    });
    return this.placeOf(key);
  }

  /** Places of one key stay in ascending order. */
  private enter(key: K, place: number): void {
    if (this.index === undefined) return;
    const places = this.index.get(key);
    if (places === undefined) {
      this.index.set(key, [place]);
      return;
    }
    let at = places.length;
    while (at > 0 && (places[at - 1] ?? -1) > place) at -= 1;
    places.splice(at, 0, place);
  }
}
