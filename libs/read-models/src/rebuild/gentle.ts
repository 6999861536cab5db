import { setTimeout as delay } from 'node:timers/promises';

/** Settings of gentle rebuilds and verifications, which leave most of the processor to the calls of the service (ADR 86). */

/** Bytes of events that wait to be folded. An eighth of them is folded and written between two rests. */
export const GENTLE_WAITING_BYTES = 2 * 2 ** 20;
/** Events that are projected between two rests while the new tables catch up, or verified. */
export const GENTLE_BATCH = 50;

/** The session builds an index in one process. */
export const GENTLE_SETTINGS = 'set max_parallel_maintenance_workers = 0';

const REST_FACTOR = 3;
const MAX_REST_MS = 1_000;

/** Waits three times as long as the work took since `started`, a time of `performance.now()`. */
export async function rest(started: number): Promise<void> {
  await delay(Math.min(MAX_REST_MS, (performance.now() - started) * REST_FACTOR));
}
