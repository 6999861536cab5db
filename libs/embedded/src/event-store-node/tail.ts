import type { LogStore } from './log-store';
import type { Feed, LiveLimits } from './subscription';

/** Notifies subscriptions of committed groups. */
export class Tail implements Feed {
  private readonly waiters = new Set<() => void>();

  constructor(
    readonly log: LogStore,
    readonly limits: LiveLimits,
  ) {}

  wakeAll(): void {
    for (const wake of [...this.waiters]) wake();
  }

  readonly next = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        this.waiters.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.waiters.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
}
