const TICK_MS = 500;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A run without a heartbeat for this number of seconds is interrupted: its process has ended. */
export const HEARTBEAT_TIMEOUT_SECONDS = 30;

/** True for a text that can be the id of a run. */
export const isRunId = (text: string): boolean => UUID.test(text);

/** Long operations of this process that report their progress to Postgres, so that every process can show and cancel them. */
export class BackgroundRuns {
  private readonly ending = new AbortController();
  private readonly running = new Set<Promise<void>>();

  /**
   * Runs `work` in the background. `save` stores the progress twice a second; when it returns true, cancellation was requested and the signal of
   * `work` is aborted. `work` reports its own errors.
   */
  start(save: () => Promise<boolean>, work: (signal: AbortSignal) => Promise<void>): void {
    const run = this.run(save, work);
    this.running.add(run);
    void run.finally(() => this.running.delete(run));
  }

  /** Cancels the operations of this process and waits for their end. */
  async close(): Promise<void> {
    this.ending.abort();
    await Promise.all(this.running);
  }

  private async run(save: () => Promise<boolean>, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const tick = setInterval(() => {
      void save().then(
        (isCancelled) => isCancelled && stop.abort(),
        // Postgres is unavailable; if it stays so, the operation itself fails.
        () => {},
      );
    }, TICK_MS);
    try {
      await work(AbortSignal.any([stop.signal, this.ending.signal]));
    } finally {
      clearInterval(tick);
    }
  }
}
