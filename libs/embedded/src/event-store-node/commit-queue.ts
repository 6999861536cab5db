import type { LogStore } from './log-store';

interface Job {
  run: () => unknown;
  resolve: (value: never) => void;
  reject: (error: unknown) => void;
}

type Outcome = { value: unknown } | { error: unknown };

/**
 * Group commit: all waiting jobs are written together, and each caller is answered when its job is on disk. The next group collects while the
 * current one is written.
 */
export class CommitQueue {
  private waiting: Job[] = [];
  private running = false;

  constructor(
    private readonly log: LogStore,
    /** Called after each committed group. */
    private readonly onDurable: () => void,
  ) {}

  /** Runs `work` as one write. Resolves with its result after the commit. @throws what `work` throws, DiskFull */
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

  /** A refusal fails its own job only. */
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
