/** Runs calls with the same key one at a time, in order of arrival; calls with different keys run concurrently. */
export class Turns {
  /** The end of the last call of each key. */
  private readonly ends = new Map<string, Promise<void>>();

  /** The result of `call`, which starts at once when no call with the key is running. */
  run<T>(key: string, call: () => Promise<T>): Promise<T> {
    const before = this.ends.get(key);
    const result = before === undefined ? call() : before.then(call);
    const end = result
      .then(
        () => {},
        () => {},
      )
      .then(() => {
        if (this.ends.get(key) === end) this.ends.delete(key);
      });
    this.ends.set(key, end);
    return result;
  }
}
