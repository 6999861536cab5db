/** The queue of a key is full, or the turn did not come in time. */
export class QueueRefused extends Error {
  override name = 'QueueRefused';
}

export interface WriteQueueOptions {
  /** Calls that may wait for one key (default 1,000). */
  maxWaiting?: number;
  /** How long a call may wait for its turn, in milliseconds (default 5,000). */
  maxWaitMs?: number;
}

/**
 * Runs calls with the same key one after the other, in order of arrival; calls with different keys run beside each other. Writers of one
 * purchase in this process wait here instead of racing at the event store. This saves work; safety between processes rests on expected revisions.
 */
export class WriteQueue {
  /** By key: those who wait for the call that runs. No entry: nobody runs. */
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly maxWaiting: number;
  private readonly maxWaitMs: number;

  constructor({ maxWaiting = 1_000, maxWaitMs = 5_000 }: WriteQueueOptions = {}) {
    this.maxWaiting = maxWaiting;
    this.maxWaitMs = maxWaitMs;
  }

  /** Keys with a call that runs or waits. */
  get keys(): number {
    return this.waiting.size;
  }

  /** @throws QueueRefused before `call` has begun, or what `call` throws */
  async run<T>(key: string, call: () => Promise<T>): Promise<T> {
    const line = this.waiting.get(key);
    if (line === undefined) this.waiting.set(key, new Set());
    else await this.turn(key, line);
    try {
      return await call();
    } finally {
      this.next(key);
    }
  }

  private turn(key: string, line: Set<() => void>): Promise<void> {
    if (line.size >= this.maxWaiting) throw new QueueRefused(`${line.size} writers wait for ${key}`);
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        line.delete(begin);
        reject(new QueueRefused(`no turn for ${key} within ${this.maxWaitMs} ms`));
      }, this.maxWaitMs);
      timer.unref();
      line.add(begin);
    });
  }

  private next(key: string): void {
    const line = this.waiting.get(key);
    const [begin] = line ?? [];
    if (begin === undefined) this.waiting.delete(key);
    else {
      line?.delete(begin);
      begin();
    }
  }
}
