import { RoundRobin } from '@app/turns/round-robin';

/** The maximum number of lookups in one statement, which bounds the rows in memory. */
const MAX_KEYS = 16;
/** The number of concurrent statements: while one runs, the results of another are delivered. */
const MAX_RUNNING = 2;

interface Waiter<K, R> {
  key: K;
  resolve: (result: R | undefined) => void;
  reject: (error: unknown) => void;
}

/**
 * Combines lookups that arrive together, or while others run, into one statement, because a round trip to Postgres costs several times as much as
 * finding a row (ADR 89). A lookup is always part of a statement that starts after it, so its result is as recent as that of a statement of its own.
 */
export class CombinedLookups<K, R> {
  private readonly waiting = new RoundRobin<Waiter<K, R>>();
  private running = 0;
  private isScheduled = false;

  /** @param read returns the results of the keys in their order; undefined for a key without a result */
  constructor(private readonly read: (keys: readonly K[]) => Promise<readonly (R | undefined)[]>) {}

  /** @throws the error of the statement, which all its lookups share */
  find(site: string, key: K): Promise<R | undefined> {
    return new Promise((resolve, reject) => {
      this.waiting.add(site, { key, resolve, reject });
      this.schedule();
    });
  }

  /** Starts at the end of this turn of the event loop, when all requests that have arrived are known. */
  private schedule(): void {
    if (this.isScheduled || this.running >= MAX_RUNNING) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      this.start();
    });
  }

  private start(): void {
    while (!this.waiting.isEmpty && this.running < MAX_RUNNING) void this.run(this.takeBatch());
  }

  /** The sites take turns, so that the lookups of one do not delay those of another. */
  private takeBatch(): Waiter<K, R>[] {
    const batch: Waiter<K, R>[] = [];
    while (batch.length < MAX_KEYS) {
      const waiter = this.waiting.next();
      if (waiter === undefined) break;
      batch.push(waiter);
    }
    return batch;
  }

  private async run(batch: readonly Waiter<K, R>[]): Promise<void> {
    this.running += 1;
    try {
      const results = await this.read(batch.map(({ key }) => key));
      this.finish();
      batch.forEach(({ resolve }, index) => resolve(results[index]));
    } catch (error) {
      this.finish();
      for (const { reject } of batch) reject(error);
    }
  }

  /** Starts the waiting lookups before the results are delivered, so that Postgres works meanwhile. */
  private finish(): void {
    this.running -= 1;
    this.start();
  }
}
