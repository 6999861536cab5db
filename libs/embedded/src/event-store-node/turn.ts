/** Time that a call may take before other calls run, in milliseconds. */
const TURN_MS = 10;

/** Shares the event loop between calls: one that passes many events waits between its turns, also when it sends none of them. */
export class Turn {
  private end = performance.now() + TURN_MS;

  /** True when `next` is to be awaited. */
  get isOver(): boolean {
    return performance.now() >= this.end;
  }

  async next(): Promise<void> {
    await new Promise(setImmediate);
    this.end = performance.now() + TURN_MS;
  }
}
