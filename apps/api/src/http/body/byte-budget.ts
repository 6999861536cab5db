import { FairShare } from '../fair-share';

/** The requested bytes did not become available in time. */
export class BudgetExhausted extends Error {}

interface Waiter {
  owner: string;
  bytes: number;
  admit: (release: () => void) => void;
}

/** Shares a number of bytes among sites. The users of a site are served in order of arrival; each waits for a bounded time. */
export class ByteBudget {
  private readonly share: FairShare;
  private readonly waiting = new Set<Waiter>();

  constructor(
    readonly total: number,
    private readonly maxWaitMs: number,
  ) {
    this.share = new FairShare(total);
  }

  /** Reserves bytes (all of them for a larger number) until the returned function is called. @throws BudgetExhausted after the maximum wait */
  reserve(owner: string, bytes: number): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        owner,
        bytes: Math.min(bytes, this.total),
        admit: (release) => {
          clearTimeout(timer);
          resolve(release);
        },
      };
      const timer = setTimeout(() => {
        this.waiting.delete(waiter);
        this.admitWaiting();
        reject(new BudgetExhausted());
      }, this.maxWaitMs);
      this.waiting.add(waiter);
      this.admitWaiting();
    });
  }

  private admitWaiting(): void {
    const refused = new Set<string>();
    for (const waiter of this.waiting) {
      const { owner, bytes, admit } = waiter;
      const release = refused.has(owner) ? undefined : this.share.take(owner, bytes);
      if (release === undefined) refused.add(owner);
      else {
        this.waiting.delete(waiter);
        admit(() => {
          release();
          this.admitWaiting();
        });
      }
    }
  }
}
