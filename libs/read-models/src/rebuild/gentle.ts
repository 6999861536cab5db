import { setTimeout as delay } from 'node:timers/promises';

/** Settings of gentle rebuilds and verifications, which leave most of the processor to the calls of the service (ADR 86). */

/** Bytes of events that wait to be folded. An eighth of them is folded and written between two rests. */
export const GENTLE_WAITING_BYTES = 8 * 2 ** 20;
/** Events that are projected between two rests while the new tables catch up: fewer take much more time each. */
export const GENTLE_BATCH = 500;

/** The session builds an index in one process. */
export const GENTLE_SETTINGS = 'set max_parallel_maintenance_workers = 0';

const REST_FACTOR = 3;
const MAX_REST_MS = 1_000;

/** Waits three times as long as the work took since `started`, a time of `performance.now()`. */
export async function rest(started: number): Promise<void> {
  await delay(Math.min(MAX_REST_MS, (performance.now() - started) * REST_FACTOR));
}

/** New tables come closer to the live ones within this time, in milliseconds, also when the time for it is over. */
const HORIZON_MS = 3_000;

/** New tables are at least this much faster than the live ones, so that they reach them. */
const LEAD = 1.2;

/** A step of new tables that follow the live ones. Positions are those of a log, in bytes. */
export interface FollowingStep {
  /** When the step began and ended, in milliseconds. */
  began: number;
  ended: number;
  from: number;
  to: number;
  /** The position of the live tables. */
  live: number;
}

/**
 * Spreads the work of following the live tables over a time: the rests are at most three times as long as the work, and shorter where the distance, the
 * speed of the live tables and the own one require it. Without that, a rebuild that follows many writes falls behind while it rests, and then takes the
 * whole processor for seconds.
 */
export class Pace {
  private first?: FollowingStep;
  private worked = 0;

  /** @param until the time, in milliseconds, at which the live tables should be reached */
  constructor(private readonly until: number) {}

  /** The rest after a step, in milliseconds. */
  restAfter(step: FollowingStep): number {
    this.first ??= step;
    const work = step.ended - step.began;
    this.worked += work;
    const speed = (step.to - this.first.from) / this.worked;
    const speedOfLive = (step.live - this.first.live) / Math.max(step.ended - this.first.began, 1);
    const needed = speedOfLive * LEAD + (step.live - step.to) / Math.max(this.until - step.ended, HORIZON_MS);
    return Math.max(0, Math.min(MAX_REST_MS, work * Math.min(REST_FACTOR, speed / needed - 1)));
  }
}
