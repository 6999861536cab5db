import type { LogStore } from './log-store';
import { DiskFull } from './refusal';

interface Job {
  run: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

type Outcome = { value: unknown } | { error: unknown };

const isFull = (error: unknown): boolean => /MDB_MAP_FULL|ENOSPC|No space left|mapsize/i.test(String(error));

/**
 * Group commit: whatever waits is written in one transaction, and each caller hears of it when the transaction is on disk. While one group is
 * on its way to the disk the next gathers.
 */
export class CommitQueue {
  private waiting: Job[] = [];
  private running = false;

  constructor(
    private readonly log: LogStore,
    /** Called after each group, with the last position that is on disk. */
    private readonly onDurable: (position: number) => void,
  ) {}

  /** Runs `work` in a transaction; resolves with its result once that is on disk. @throws what `work` throws, DiskFull */
  submit<T>(work: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.waiting.push({ run: work, resolve, reject });
      if (this.running) return;
      this.running = true;
      setImmediate(() => void this.drain());
    });
  }

  private async drain(): Promise<void> {
    while (this.waiting.length > 0) await this.commit(this.waiting.splice(0));
    this.running = false;
  }

  private async commit(group: readonly Job[]): Promise<void> {
    try {
      const outcomes = this.log.write(() => group.map(attempt));
      const position = this.log.lastPosition();
      await this.log.flushed();
      this.onDurable(position);
      group.forEach((job, index) => settle(job, outcomes[index] ?? { error: new Error('no outcome') }));
    } catch (error) {
      const reason = isFull(error)
        ? new DiskFull('no space left for the log: appends are refused, reads go on')
        : error;
      for (const job of group) job.reject(reason);
    }
  }
}

/** A refusal is the outcome of one job; anything else ends the whole transaction. */
function attempt({ run }: Job): Outcome {
  try {
    return { value: run() };
  } catch (error) {
    if (isFull(error)) throw error;
    return { error };
  }
}

function settle({ resolve, reject }: Job, outcome: Outcome): void {
  if ('error' in outcome) reject(outcome.error);
  else resolve(outcome.value as never);
}
