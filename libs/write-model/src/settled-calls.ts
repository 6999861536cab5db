import { EventStoreUnavailable } from '@app/event-store/event-store';
import { Refused } from './write-conflicts';

/** Waits until all calls have settled. @throws the most severe error: EventStoreUnavailable, then Refused, then any other */
export async function waitForAll<T>(calls: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(calls);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
  if (failures.length === 0) return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const mostSevere = [EventStoreUnavailable, Refused].map((kind) => failures.find((each) => each instanceof kind));
  throw mostSevere.find(Boolean) ?? failures[0];
}

/** Waits for clean-up calls and ignores EventStoreUnavailable: a later write repairs what was not cleaned up. @throws any other error */
export async function bestEffort(calls: readonly Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(calls);
  for (const result of results)
    if (result.status === 'rejected' && !(result.reason instanceof EventStoreUnavailable)) throw result.reason;
}
