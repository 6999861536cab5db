import type { ClientBase } from 'pg';
import type { FromPosition } from '@app/event-store/event-store';
import { FeedNumbers } from '../projection/feed-numbers';
import { FEED_COLUMNS } from '../tables';
import { copyRows, RowEncoder } from './copy-rows';
import type { Lane, LoadedEvent } from './lanes';

/** Bytes of rows in one COPY. */
const FEED_BYTES = 2 * 2 ** 20;

/** The lane of a purchase, by the last characters of its stream. */
function laneOf(stream: string, lanes: number): number {
  const { length } = stream;
  return (stream.charCodeAt(length - 1) + 7 * stream.charCodeAt(length - 2)) % lanes;
}

/** Fills empty tables from the history: numbers the events of each site, and divides the purchases among lanes. */
export class HistoryLoader {
  private readonly numbers: FeedNumbers;
  private readonly feed = new RowEncoder(FEED_COLUMNS);
  private writing: Promise<unknown> = Promise.resolve();
  /** Purchases that are left out, and replayed one by one. */
  readonly refused = new Set<string>();
  events = 0;
  position: FromPosition;
  /** True when more events of the last append follow. */
  isInsideAppend = false;

  /** @param client a connection that no lane uses */
  constructor(
    private readonly client: ClientBase,
    private readonly schema: string,
    private readonly lanes: readonly Lane[],
  ) {
    this.numbers = new FeedNumbers(client, undefined);
  }

  async add(events: readonly LoadedEvent[], position: FromPosition): Promise<void> {
    const parts: LoadedEvent[][] = this.lanes.map(() => []);
    const numbered = events.map((event) => {
      const { stream, revision, position: at, metadata } = event;
      parts[laneOf(stream, parts.length)]?.push(event);
      return { stream, revision, position: at, metadata };
    });
    await Promise.all(this.lanes.map((lane, index) => lane.add(parts[index] ?? [])));
    for (const row of await this.numbers.number(numbered)) this.feed.add(row.purchase_id ?? '', row);
    this.events += events.length;
    this.position = position;
    const last = numbered.at(-1);
    if (last !== undefined) this.isInsideAppend = last.metadata.continues === true;
    if (this.feed.size >= FEED_BYTES) await this.flushFeed();
  }

  /** Writes everything that is in memory. */
  async finish(): Promise<void> {
    await this.flushFeed();
    for (const refused of await Promise.all(this.lanes.map((lane) => lane.finish())))
      for (const id of refused) this.refused.add(id);
    await this.writing;
  }

  private async flushFeed(): Promise<void> {
    await this.writing;
    // Every value of these rows was checked, so that none can be refused.
    this.writing = copyRows(this.client, `${this.schema}.feed`, FEED_COLUMNS, this.feed.take());
    this.writing.catch(() => {});
  }
}
