import type { ClientBase } from 'pg';
import type { FromPosition } from '@app/event-store/event-store';
import { FeedNumbers } from '../projection/feed-numbers';
import { FEED_COLUMNS } from '../tables';
import { copyRows, RowEncoder } from './copy-rows';
import type { Lane } from './lanes';
import { saveProgress } from './load-state';
import { type LoadedEvent, sizeOf } from './loaded-event';

/** The lane of a purchase, by the last characters of its stream. */
function laneOf(stream: string, lanes: number): number {
  const { length } = stream;
  return (stream.charCodeAt(length - 1) + 7 * stream.charCodeAt(length - 2)) % lanes;
}

/** The part of the load that numbers the events; the lanes are the following parts. */
const FEED_PART = 0;

/** Fills tables from the history: numbers the events of each site, and divides the purchases among lanes. */
export class HistoryLoader {
  private readonly feed = new RowEncoder(FEED_COLUMNS);
  /** Bytes of the events whose numbers are not written. */
  private bytes = 0;
  private writing: Promise<unknown> = Promise.resolve();
  events = 0;
  position: FromPosition;

  /** @param client a connection that no lane uses */
  constructor(
    private readonly client: ClientBase,
    private readonly schema: string,
    private readonly numbers: FeedNumbers,
    private readonly lanes: readonly Lane[],
    /** Bytes of events after which the feed is written. */
    private readonly pageBytes: number,
  ) {}

  async add(events: readonly LoadedEvent[], position: FromPosition): Promise<void> {
    const parts: LoadedEvent[][] = this.lanes.map(() => []);
    const numbered = events.map((event) => {
      this.bytes += sizeOf(event);
      const { stream, revision, position: at, metadata } = event;
      parts[laneOf(stream, parts.length)]?.push(event);
      return { stream, revision, position: at, metadata };
    });
    await Promise.all(this.lanes.map((lane, index) => lane.add(parts[index] ?? [])));
    for (const row of await this.numbers.number(numbered)) this.feed.add(row);
    this.events += events.length;
    this.position = position;
    if (this.bytes >= this.pageBytes) await this.flushFeed();
  }

  /** Writes everything that is in memory. */
  async finish(): Promise<void> {
    await this.flushFeed();
    await Promise.all(this.lanes.map((lane) => lane.finish()));
    await this.writing;
  }

  private async flushFeed(): Promise<void> {
    await this.writing;
    this.bytes = 0;
    // Every value of these rows was checked, so that none can be refused.
    this.writing = this.writeFeed(this.feed.take(), this.position);
    this.writing.catch(() => {});
  }

  private async writeFeed(rows: Buffer, position: FromPosition): Promise<void> {
    await copyRows(this.client, `${this.schema}.feed`, FEED_COLUMNS, rows);
    await saveProgress(this.client, this.schema, FEED_PART, position);
  }
}
