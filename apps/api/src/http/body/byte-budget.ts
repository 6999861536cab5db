import { timedWait } from '@app/turns/timed-wait';
import { FairShare } from '../fair-share';

/** The requested bytes did not become available in time. */
export class BudgetExhausted extends Error {}

/** Gives a waiter its bytes, and the function that returns them. */
type Admit = (release: () => void) => void;

interface Waiter {
  owner: string;
  bytes: number;
}

/** Shares a number of bytes among sites. The users of a site are served in order of arrival; each waits for a bounded time. */
export class ByteBudget {
  private readonly share: FairShare;
  private readonly waiting = new Map<Admit, Waiter>();

  constructor(
    readonly total: number,
    private readonly maxWaitMs: number,
  ) {
    this.share = new FairShare(total);
  }

  /** Reserves bytes (all of them for a larger number) until the returned function is called. @throws BudgetExhausted after the maximum wait */
  reserve(owner: string, bytes: number): Promise<() => void> {
    return timedWait({
      maxWaitMs: this.maxWaitMs,
      refusal: () => new BudgetExhausted(),
      enter: (admit) => {
        this.waiting.set(admit, { owner, bytes: Math.min(bytes, this.total) });
        this.admitWaiting();
      },
      leave: (admit) => {
        this.waiting.delete(admit);
        this.admitWaiting();
      },
    });
  }

  private admitWaiting(): void {
    const refused = new Set<string>();
    for (const [admit, { owner, bytes }] of this.waiting) {
      const release = refused.has(owner) ? undefined : this.share.take(owner, bytes);
      if (release === undefined) refused.add(owner);
      else {
        this.waiting.delete(admit);
        admit(() => {
          release();
          this.admitWaiting();
        });
      }
    }
  }
}
