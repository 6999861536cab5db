import { EventStoreUnavailable } from '@app/event-store/event-store';
import { Refused } from './write-conflicts';

/** Calls that go on beside each other, each waited for to its end: nothing still runs when the write is answered. */

/** Waits for all, so that nothing still runs when it throws. @throws what weighs most of what they threw */
export async function allSettled<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(calls);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length === 0) return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const gravest = [EventStoreUnavailable, Refused].map((kind) => failures.find((each) => each instanceof kind));
  throw gravest.find(Boolean) ?? failures[0];
}

/** What is tidied up after a write is done: when the store cannot be reached, the next one who needs it does it. */
export async function ifReachable(calls: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(calls);
  for (const result of results)
    if (result.status === 'rejected' && !(result.reason instanceof EventStoreUnavailable)) throw result.reason;
}
