export interface TimedWait<T> {
  maxWaitMs: number;
  /** Creates the error of a call that waited for the maximum time. */
  refusal: () => Error;
  /** Adds a waiter to its line; calling it ends the wait. */
  enter: (waiter: (value: T) => void) => void;
  /** Removes a waiter that waits no longer. */
  leave: (waiter: (value: T) => void) => void;
}

/** Waits in a line for a limited time. @throws the refusal */
export function timedWait<T = void>({ maxWaitMs, refusal, enter, leave }: TimedWait<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const waiter = (value: T): void => {
      clearTimeout(timer);
      resolve(value);
    };
    const timer = setTimeout(() => {
      leave(waiter);
      reject(refusal());
    }, maxWaitMs);
    enter(waiter);
  });
}
