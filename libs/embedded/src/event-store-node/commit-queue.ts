import type { LogStore } from './log-store';

interface Job {
  run: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

type Outcome = { value: unknown } | { error: unknown };

/**
 * Group commit: whatever waits is written at once, and each caller hears of it when it is on disk. While one group is on its way to the disk the
 * next gathers.
 */
export class CommitQueue {
  private waiting: Job[] = [];
  private running = false;

  constructor(
    private readonly log: LogStore,
    /** Called after each group that is on disk. */
    private readonly onDurable: () => void,
  ) {}

  /** Runs `work` as one write; resolves with its result once that is on disk. @throws what `work` throws, DiskFull */
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
    const outcomes = group.map((job) => this.attempt(job));
    try {
      await this.log.commit(group.length === 1);
    } catch (error) {
      for (const job of group) job.reject(error);
      return;
    }
    this.onDurable();
    group.forEach((job, index) => settle(job, outcomes[index] ?? { error: new Error('no outcome') }));
  }

  /** A refusal is the outcome of its job alone. */
  private attempt({ run }: Job): Outcome {
    try {
      return { value: this.log.stage(run) };
    } catch (error) {
      return { error };
    }
  }
}

function settle({ resolve, reject }: Job, outcome: Outcome): void {
  if ('error' in outcome) reject(outcome.error);
  else resolve(outcome.value as never);
}
