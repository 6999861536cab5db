import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { FromPosition } from '../event-store';
import type { Connection } from './connection';
import { isNotFound } from './errors';
import type { RawEvent } from './events';
import { cancelRead, collectEvents, openRead } from './read-call';
import { allRequest, streamRequest } from './read-request';

const PAGE_SIZE = 500;
const PAGE_TIMEOUT_MS = 30_000;

/** Executes one bounded read. @throws CallTimeout, or the error of the call */
function readRaw(connection: Connection, request: ReadReq): Promise<RawEvent[]> {
  const opening = openRead(connection, request);
  const read = async (): Promise<RawEvent[]> => (await collectEvents(await opening, (event) => event.raw())).events;
  return connection.attempt(PAGE_TIMEOUT_MS, read, () => cancelRead(opening));
}

/** Every event of $all from the beginning, in order. @throws CallTimeout, or the error of the call */
export async function* allRawEvents(connection: Connection): AsyncGenerator<RawEvent> {
  let from: FromPosition;
  for (;;) {
    const page = await readRaw(connection, allRequest('forwards', from, PAGE_SIZE));
    // A page starts with the last event of the previous page.
    yield* page.slice(from === undefined ? 0 : 1);
    if (page.length < PAGE_SIZE) return;
    from = page.at(-1)?.position;
  }
}

/** The last event of a stream; undefined when there is none. @throws CallTimeout, or the error of the call */
export async function lastRawEvent(connection: Connection, stream: string): Promise<RawEvent | undefined> {
  try {
    const [last] = await readRaw(connection, streamRequest(stream, 'backwards', undefined, 1));
    return last;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
