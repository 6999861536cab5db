import { BACKWARDS, END, FORWARDS, type ReadRevision, type ReadPosition, START } from '@eventstore/db-client';
import type { Direction, Position, RecordedEvent } from '../event-store';
import type { Connection } from './connection';
import { toRecordedEvent } from './events';

/** Events per read. An unbounded read has no effective back-pressure, and stays open when it is abandoned early. */
export const PAGE_SIZE = 1_000;

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
  ): Promise<RecordedEvent[]> {
    const fromRevision: ReadRevision = from ?? beginning(direction);
    const options = { direction: toClient(direction), fromRevision, maxCount, requiresLeader: true };
    return this.collect(() => this.connection.client.readStream(stream, options), timeoutMs);
  }

  ofAll(
    direction: Direction,
    from: Position | undefined,
    maxCount: number,
    timeoutMs: number,
  ): Promise<RecordedEvent[]> {
    const fromPosition: ReadPosition = from ?? beginning(direction);
    const options = { direction: toClient(direction), fromPosition, maxCount };
    return this.collect(() => this.connection.client.readAll(options), timeoutMs);
  }

  private collect(open: () => Reading, timeoutMs: number): Promise<RecordedEvent[]> {
    let reading: Reading | undefined;
    const read = async (): Promise<RecordedEvent[]> => {
      reading = open();
      const events: RecordedEvent[] = [];
      for await (const { event } of reading) if (event !== undefined) events.push(toRecordedEvent(event));
      return events;
    };
    return this.connection.attempt(timeoutMs, read, () => void reading?.cancel().catch(() => {}));
  }
}
