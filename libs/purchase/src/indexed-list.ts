/**
 * The number of look-ups that search the list before an index is built. A single change of a short list needs no index.
 */
const SEARCHES_WITHOUT_INDEX = 4;

/**
 * A list with look-up by key in constant amortised time. Values keep their positions. If several values have one key,
 * the first is found.
 */
export class IndexedList<T, K extends string | number> {
  /** Undefined at the position of a removed value. */
  private readonly slots: (T | undefined)[];
  /** The positions of each key in ascending order: a number if there is one, because most keys are unique. */
  private index: Map<K, number | number[]> | undefined;
  private searches = 0;
  /** For a position, a later one up to which all values were removed, so that an iteration passes them in one step. */
  private readonly removedUntil = new Map<number, number>();

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
    for (let position = this.present(0); position < this.slots.length; position = this.present(position + 1))
      yield this.slots[position] as T;
  }

  /** The first position from this one on whose value was not removed, or the length of the list. */
  private present(from: number): number {
    let position = from;
    while (position < this.slots.length && this.slots[position] === undefined)
      position = this.removedUntil.get(position) ?? position + 1;
    if (position > from) this.removedUntil.set(from, position);
    return position;
  }

  get(key: K): T | undefined {
    return this.slots[this.positionOf(key)];
  }

  add(value: T): void {
    const position = this.slots.push(value) - 1;
    this.addPosition(this.keyOf(value), position);
  }

  /** Replaces the first value with the key, if there is one. */
  replace(key: K, value: T): void {
    const position = this.positionOf(key);
    if (position < 0) return;
    this.slots[position] = value;
    const next = this.keyOf(value);
    if (next === key) return;
    this.dropFirstPosition(key);
    this.addPosition(next, position);
  }

  /** Removes the first value with the key, if there is one. */
  remove(key: K): void {
    const position = this.positionOf(key);
    if (position < 0) return;
    this.slots[position] = undefined;
    this.dropFirstPosition(key);
  }

  /** The first position of a value with the key, else −1. */
  private positionOf(key: K): number {
    if (this.index !== undefined) {
      const positions = this.index.get(key);
      return (typeof positions === 'object' ? positions[0] : positions) ?? -1;
    }
    if (this.searches < SEARCHES_WITHOUT_INDEX) {
      this.searches += 1;
      return this.slots.findIndex((value) => value !== undefined && this.keyOf(value) === key);
    }
    this.index = new Map();
    this.slots.forEach((value, position) => {
      if (value !== undefined) this.addPosition(this.keyOf(value), position);
    });
    return this.positionOf(key);
  }

  private dropFirstPosition(key: K): void {
    const positions = this.index?.get(key);
    if (typeof positions === 'object' && positions.length > 1) positions.shift();
    else this.index?.delete(key);
  }

  /** Keeps the positions of one key in ascending order. */
  private addPosition(key: K, position: number): void {
    if (this.index === undefined) return;
    const known = this.index.get(key);
    if (known === undefined) {
      this.index.set(key, position);
      return;
    }
    const positions = typeof known === 'object' ? known : [known];
    if (positions !== known) this.index.set(key, positions);
    let at = positions.length;
    while (at > 0 && (positions[at - 1] ?? -1) > position) at -= 1;
    positions.splice(at, 0, position);
  }
}
