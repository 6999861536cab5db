import { WrongExpectedRevision } from '@app/event-store/event-store';
import { WriteDeadlineExceeded } from './write-deadline';
import type { WriteOutcome, WriteRefusal } from './write-outcome';

/** Another writer changed the purchase or claimed a name first; the attempt must be repeated. */
export class ConcurrencyConflict extends Error {}

/** The path was assumed to be new but was claimed before; the next attempt must read its ownership first. */
export class LookupRequired extends Error {}

/** Ends the write with a refusal. */
export class Refused extends Error {
  constructor(readonly refusal: WriteRefusal) {
    super(refusal.code);
  }
}

export interface RetryOptions {
  /** Conflicting attempts before the write is refused with `concurrent-update`. */
  maxAttempts: number;
  /** From 0 to 1; jitter for the delay between attempts. */
  random: () => number;
  sleep: (ms: number) => Promise<void>;
}

const MAX_BACKOFF_MS = 400;

/**
 * Retries a write on conflicts, a bounded number of times, with exponential backoff and full jitter. `number` counts from 1. A deadline that
 * passes after a conflict is reported as `concurrent-update`, not as an unavailable store.
 * @throws any error that is neither a conflict nor a refusal
 */
export async function retryConflicts(
  { maxAttempts, random, sleep }: RetryOptions,
  attempt: (number: number) => Promise<WriteOutcome>,
): Promise<WriteOutcome> {
  for (let [number, conflicts] = [1, 0]; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      if (error instanceof Refused) return { kind: 'refused', refusal: error.refusal };
      if (error instanceof LookupRequired) continue;
      const isTooLate = error instanceof WriteDeadlineExceeded && conflicts > 0;
      const isConflict = error instanceof ConcurrencyConflict || error instanceof WrongExpectedRevision;
      if (!isConflict && !isTooLate) throw error;
      if (isTooLate || ++conflicts >= maxAttempts)
        return { kind: 'refused', refusal: { code: 'concurrent-update', reason: 'conflicts', retryAfterSeconds: 1 } };
      await sleep(random() * Math.min(MAX_BACKOFF_MS, 5 * 2 ** conflicts));
    }
  }
}
