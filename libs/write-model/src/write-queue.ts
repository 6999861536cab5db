import { timedWait } from '@app/turns/timed-wait';

/** The queue of a key is full, or the call waited longer than allowed. */
export class QueueRefused extends Error {
  override name = 'QueueRefused';
}

export interface WriteQueueOptions {
  /** Calls that may wait for one key (default 1,000). */
  maxWaiting?: number;
  /** Maximum wait before a call starts, in milliseconds (default 5,000). */
  maxWaitMs?: number;
}

/**
 * Runs calls with the same key one at a time, in order of arrival; calls with different keys run concurrently. This avoids conflicts between
 * writers in one process; correctness between processes relies on expected revisions.
 */
export class WriteQueue {
  /** Waiting calls by key. No entry: no call with that key is running. */
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly maxWaiting: number;
  private readonly maxWaitMs: number;

  constructor({ maxWaiting = 1_000, maxWaitMs = 5_000 }: WriteQueueOptions = {}) {
    this.maxWaiting = maxWaiting;
    this.maxWaitMs = maxWaitMs;
  }

  /** Number of keys with a running or waiting call. */
  get keys(): number {
    return this.waiting.size;
  }

  /** @throws QueueRefused before `call` starts, or any error of `call` */
  async run<T>(key: string, call: () => Promise<T>): Promise<T> {
    const waiters = this.waiting.get(key);
    if (waiters === undefined) this.waiting.set(key, new Set());
    else await this.waitForTurn(key, waiters);
    try {
      return await call();
    } finally {
      this.startNext(key);
    }
  }

  private waitForTurn(key: string, waiters: Set<() => void>): Promise<void> {
    if (waiters.size >= this.maxWaiting) throw new QueueRefused(`${waiters.size} writers wait for ${key}`);
    return timedWait({
      maxWaitMs: this.maxWaitMs,
      refusal: () => new QueueRefused(`no turn for ${key} within ${this.maxWaitMs} ms`),
      enter: (start) => waiters.add(start),
      leave: (start) => waiters.delete(start),
    });
  }

  private startNext(key: string): void {
    const waiters = this.waiting.get(key);
    const [start] = waiters ?? [];
    if (start === undefined) this.waiting.delete(key);
    else {
      waiters?.delete(start);
      start();
    }
  }
}
