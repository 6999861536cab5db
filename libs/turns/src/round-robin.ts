/** Items that wait, by owner. The owners take turns; the items of one are in order of arrival. */
export class RoundRobin<T> {
  /** In the order of the turns. An owner without items has no entry. */
  private readonly waiting = new Map<string, Set<T>>();

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  add(owner: string, item: T): void {
    const items = this.waiting.get(owner);
    if (items === undefined) this.waiting.set(owner, new Set([item]));
    else items.add(item);
  }

  /** Removes an item that waits no longer. */
  remove(owner: string, item: T): void {
    const items = this.waiting.get(owner);
    items?.delete(item);
    if (items?.size === 0) this.waiting.delete(owner);
  }

  /** Removes and returns the oldest item of the owner whose turn it is; undefined: nothing waits. */
  next(): T | undefined {
    for (const [owner, items] of this.waiting) {
      this.waiting.delete(owner);
      const [item] = items;
      items.delete(item as T);
      if (items.size > 0) this.waiting.set(owner, items);
      return item;
    }
    return undefined;
  }
}
