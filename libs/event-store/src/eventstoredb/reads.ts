import { BACKWARDS, END, FORWARDS, type ReadRevision, type ReadPosition, START } from '@eventstore/db-client';
import type { Direction, Position, RecordedEvent } from '../event-store';
import type { Connection } from './connection';
import { toRecordedEvent } from './events';

/** Events per read. An unbounded read has no effective back-pressure, and stays open when it is abandoned early. */
export const PAGE_SIZE = 1_000;
/** A page ends with the event that reaches this size in bytes, even when further events follow. */
export const PAGE_BYTES = 8 * 1024 * 1024;

export interface ReadPage {
  events: RecordedEvent[];
  /** True when no further events follow in the direction of the read. */
  isLast: boolean;
}

type ClientEvent = Parameters<typeof toRecordedEvent>[0];
type Reading = AsyncIterable<{ event?: ClientEvent }> & { cancel(): Promise<void> };

const beginning = (direction: Direction): typeof START | typeof END => (direction === 'forwards' ? START : END);
const toClient = (direction: Direction): typeof FORWARDS | typeof BACKWARDS =>
  direction === 'forwards' ? FORWARDS : BACKWARDS;

/** Reads one page per call, without retries. A call is cancelled at its timeout. @throws CallTimeout, or the error of the client */
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
    const fromRevision: ReadRevision = from ?? beginning(direction);
    const options = { direction: toClient(direction), fromRevision, maxCount, requiresLeader: true };
    return this.collect(() => this.connection.client.readStream(stream, options), maxCount, maxBytes, timeoutMs);
  }

  ofAll(direction: Direction, from: Position | undefined, maxCount: number, timeoutMs: number): Promise<ReadPage> {
    const fromPosition: ReadPosition = from ?? beginning(direction);
    const options = { direction: toClient(direction), fromPosition, maxCount };
    return this.collect(() => this.connection.client.readAll(options), maxCount, PAGE_BYTES, timeoutMs);
  }

  private collect(open: () => Reading, maxCount: number, maxBytes: number, timeoutMs: number): Promise<ReadPage> {
    let reading: Reading | undefined;
    const cancel = (): void => void reading?.cancel().catch(() => {});
    const read = async (): Promise<ReadPage> => {
      reading = open();
      const events: RecordedEvent[] = [];
      let bytes = 0;
      for await (const { event } of reading) {
        if (event === undefined) continue;
        const recorded = toRecordedEvent(event);
        events.push(recorded);
        bytes += recorded.bytes ?? 0;
        if (bytes < maxBytes || events.length === maxCount) continue;
        // Leaving the loop does not end the call.
        cancel();
        return { events, isLast: false };
      }
      return { events, isLast: events.length < maxCount };
    };
    return this.connection.attempt(timeoutMs, read, cancel);
  }
}
