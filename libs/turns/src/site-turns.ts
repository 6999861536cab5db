import { RoundRobin } from './round-robin';
import { timedWait } from './timed-wait';

/** Runs a limited number of calls at a time. Calls that wait start in turn by site, so that the calls of one do not delay those of another for long. */
export class SiteTurns {
  private readonly waiting = new RoundRobin<() => void>();
  private running = 0;

  /** @param refusal creates the error of a call that waited for the maximum time, in milliseconds */
  constructor(
    private readonly maxRunning: number,
    private readonly maxWaitMs: number,
    private readonly refusal: () => Error,
  ) {}

  /** @throws the refusal before `call` starts, or any error of `call` */
  async run<T>(site: string, call: () => Promise<T>): Promise<T> {
    if (this.running < this.maxRunning) this.running += 1;
    else await this.turn(site);
    try {
      return await call();
    } finally {
      this.endTurn();
    }
  }

  private turn(site: string): Promise<void> {
    return timedWait({
      maxWaitMs: this.maxWaitMs,
      refusal: this.refusal,
      enter: (start) => this.waiting.add(site, start),
      leave: (start) => this.waiting.remove(site, start),
    });
  }

  /** Passes the turn on. */
  private endTurn(): void {
    const start = this.waiting.next();
    if (start === undefined) this.running -= 1;
    else start();
  }
}
