/** The requested bytes did not become available in time. */
export class BudgetExhausted extends Error {}

interface Waiter {
  bytes: number;
  admit: (release: () => void) => void;
}

/** Shares a number of bytes among concurrent users, first come, first served. Each waits for a bounded time. */
export class ByteBudget {
  private free: number;
  private readonly waiting: Waiter[] = [];

  constructor(
    readonly total: number,
    private readonly maxWaitMs: number,
  ) {
    this.free = total;
  }

  /** Reserves bytes (all of them for a larger number) until the returned function is called. @throws BudgetExhausted after the maximum wait */
  reserve(bytes: number): Promise<() => void> {
    const wanted = Math.min(bytes, this.total);
    if (this.waiting.length === 0 && wanted <= this.free) return Promise.resolve(this.take(wanted));
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        bytes: wanted,
        admit: (release) => {
          clearTimeout(timer);
          resolve(release);
        },
      };
      const timer = setTimeout(() => {
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        this.admitWaiting();
        reject(new BudgetExhausted());
      }, this.maxWaitMs);
      this.waiting.push(waiter);
    });
  }

  private take(bytes: number): () => void {
    this.free -= bytes;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.free += bytes;
      this.admitWaiting();
    };
  }

  private admitWaiting(): void {
    for (let next = this.waiting[0]; next !== undefined && next.bytes <= this.free; next = this.waiting[0]) {
      this.waiting.shift();
      next.admit(this.take(next.bytes));
    }
  }
}
