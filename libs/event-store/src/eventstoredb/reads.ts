import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { Direction, FromPosition, RecordedEvent } from '../event-store';
import type { Connection } from './connection';
import { cancelRead, collectEvents, openRead } from './read-call';
import { allRequest, streamRequest } from './read-request';

/** Events per read. An unbounded read has no effective back-pressure, and stays open when it is abandoned early. */
export const PAGE_SIZE = 1_000;
/** A page ends with the event that reaches this size in bytes, even when further events follow. */
export const PAGE_BYTES = 8 * 1024 * 1024;

export interface ReadPage {
  events: RecordedEvent[];
  /** True when no further events follow in the direction of the read. */
  isLast: boolean;
}

/** Reads one page per call, without retries. A call is cancelled at its timeout. @throws CallTimeout, or the error of the call */
export class Reads {
  constructor(private readonly connection: Connection) {}

  ofStream(
    stream: string,
    direction: Direction,
    from: bigint | undefined,
    maxCount: number,
    timeoutMs: number,
    maxBytes = PAGE_BYTES,
  ): Promise<ReadPage> {
    return this.page(streamRequest(stream, direction, from, maxCount), maxCount, maxBytes, timeoutMs, true);
  }

  ofAll(direction: Direction, from: FromPosition, maxCount: number, timeoutMs: number): Promise<ReadPage> {
    return this.page(allRequest(direction, from, maxCount), maxCount, PAGE_BYTES, timeoutMs, false);
  }

  private page(
    request: ReadReq,
    maxCount: number,
    maxBytes: number,
    timeoutMs: number,
    requiresLeader: boolean,
  ): Promise<ReadPage> {
    const opening = openRead(this.connection, request, requiresLeader);
    const read = async (): Promise<ReadPage> => {
      const { events, isCut } = await collectEvents(await opening, (event) => event.decode(), maxBytes);
      return { events, isLast: !isCut && events.length < maxCount };
    };
    return this.connection.attempt(timeoutMs, read, () => cancelRead(opening));
  }
}
