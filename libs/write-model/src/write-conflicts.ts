import { WrongExpectedRevision } from '@app/event-store/event-store';
import { WriteTimeIsOver } from './write-deadline';
import type { WriteOutcome, WriteRefusal } from './write-outcome';

/** This attempt cannot be finished: somebody else was first. */
export class LostRace extends Error {}

/** The purchase was taken for a new one, and its path has a history: look before claiming. */
export class LookFirst extends Error {}

/** This attempt ends with a refusal. */
export class Refused extends Error {
  constructor(readonly refusal: WriteRefusal) {
    super(refusal.code);
  }
}

export interface RetryOptions {
  /** How often a write is tried before the caller is told that others were first. */
  maxAttempts: number;
  /** From 0 to 1; spreads the retries. */
  random: () => number;
  sleep: (ms: number) => Promise<void>;
}

const LONGEST_PAUSE_MS = 400;

/**
 * Tries a write again while others are first, a bounded number of times, each time after a longer pause of which a random part is waited.
 * `number` counts from 1. Whose time is over after a lost race was kept from writing by others, not by the store.
 * @throws whatever is neither a lost race nor a refusal
 */
export async function retryLostRaces(
  { maxAttempts, random, sleep }: RetryOptions,
  attempt: (number: number) => Promise<WriteOutcome>,
): Promise<WriteOutcome> {
  for (let [number, lost] = [1, 0]; ; number++) {
    try {
      return await attempt(number);
    } catch (error) {
      if (error instanceof Refused) return { kind: 'refused', refusal: error.refusal };
      if (error instanceof LookFirst) continue;
      const isTooLate = error instanceof WriteTimeIsOver && lost > 0;
      const isLost = error instanceof LostRace || error instanceof WrongExpectedRevision;
      if (!isLost && !isTooLate) throw error;
      if (isTooLate || ++lost >= maxAttempts)
        return { kind: 'refused', refusal: { code: 'concurrent-update', reason: 'conflicts', retryAfterSeconds: 1 } };
      await sleep(random() * Math.min(LONGEST_PAUSE_MS, 5 * 2 ** lost));
    }
  }
}
