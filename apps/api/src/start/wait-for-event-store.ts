import { setTimeout as pause } from 'node:timers/promises';
import { type EventStore, EventStoreRefused } from '@app/event-store/event-store';

const FIRST_CHECK_TIMEOUT_MS = 4_000;
const RETRY_MS = 2_000;

/** The problem of the event store; undefined when it accepts writes. */
async function problemOf(eventStore: EventStore): Promise<string | undefined> {
  const late = pause(FIRST_CHECK_TIMEOUT_MS, 'does not answer', { ref: false });
  const asked = eventStore.checkWritable().then(
    () => undefined,
    (error: unknown) =>
      error instanceof EventStoreRefused && error.reason === 'access-denied'
        ? 'refuses the credentials'
        : 'does not answer',
  );
  return Promise.race([asked, late]);
}

/** Host and port of a connection string, without its credentials. */
const serverOf = (url: string): string => /^[^:]+:\/\/(?:[^@/?]*@)?([^/?]*)/.exec(url)?.[1] ?? '';

/** Resolves when the event store accepts writes. Logs one line when it does not at first, and retries until it does. */
export async function waitForEventStore(
  eventStore: EventStore,
  url: string,
  signal: AbortSignal,
  log: (line: string) => void,
): Promise<void> {
  let problem = await problemOf(eventStore);
  if (problem === undefined) return;
  log(`EVENTSTORE_URL: ${serverOf(url)} ${problem}; writes are refused, and it is tried again, until it does`);
  while (problem !== undefined && !signal.aborted) {
    await pause(RETRY_MS, undefined, { signal, ref: false }).catch(() => {});
    if (!signal.aborted) problem = await problemOf(eventStore);
  }
  if (!signal.aborted) log('the event store answers: writes are taken');
}
