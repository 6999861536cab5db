import type { PoolClient } from 'pg';
import type { EventBatch, FromPosition, RecordedEvent } from '@app/event-store/event-store';
import { purchaseIdOf } from '@app/stored-events/streams';
import { FeedNumbers } from '../projection/feed-numbers';
import { byPurchase, fold, type FoldedPurchase } from '../projection/fold';
import { type KnownPurchase, loadPurchases } from '../projection/load-purchases';
import { purchaseRow } from '../projection/purchase-row';
import type { SqlRow } from '../projection/sql-values';
import { FEED_COLUMNS, NEXT, PURCHASE_COLUMNS, TIMELINE_COLUMNS } from '../tables';
import { copyRows } from './copy-rows';

/** What is gathered before it is loaded, in bytes of events: timeline rows, and states of purchases. */
const TIMELINE_BYTES = 8 * 2 ** 20;
const MEMORY_BYTES = 128 * 2 ** 20;
const PAGE_BYTES = 8 * 2 ** 20;
const FEED_ROWS = 20_000;
/** What a purchase takes beside its events. */
const PER_PURCHASE = 1_000;

const bytesOf = (events: readonly RecordedEvent[]): number => events.reduce((sum, { bytes = 0 }) => sum + bytes, 0);

/** Fills empty tables from the history: folds purchases in memory as far as it goes, and loads rows by COPY. */
export class TableBuilder {
  /** Least recently changed first. The bytes are at most those of the events that a purchase was folded from. */
  private readonly memory = new Map<string, KnownPurchase>();
  private readonly written = new Set<string>();
  private timeline: SqlRow[] = [];
  private timelineBytes = 0;
  private feed: SqlRow[] = [];
  private readonly numbers: FeedNumbers;
  private bytes = 0;
  /** Purchases of which an event cannot be folded, or a row was refused: they are left out and replayed one by one. */
  readonly refused = new Set<string>();
  events = 0;
  position: FromPosition;

  constructor(private readonly client: PoolClient) {
    this.numbers = new FeedNumbers(client, undefined);
  }

  async add({ events, position }: EventBatch): Promise<void> {
    const groups = byPurchase(events.filter(({ stream }) => !this.refused.has(purchaseIdOf(stream))));
    await this.recall([...groups.keys()].filter((id) => this.written.has(id) && !this.memory.has(id)));
    for (const [id, group] of groups) this.fold(id, group);
    this.feed.push(...(await this.numbers.number(events)));
    this.events += events.length;
    this.position = position;
    if (this.timelineBytes >= TIMELINE_BYTES) await this.flushTimeline();
    if (this.feed.length >= FEED_ROWS) await this.flushFeed();
    if (this.bytes > MEMORY_BYTES) await this.flushPurchases(this.bytes / 4);
  }

  /** Loads everything that is still in memory. */
  async finish(): Promise<void> {
    await this.flushTimeline();
    await this.flushFeed();
    await this.flushPurchases(0);
  }

  private fold(id: string, events: readonly RecordedEvent[]): void {
    const known = this.memory.get(id);
    try {
      const folded = fold(known?.purchase, events);
      if (folded === undefined) return;
      const bytes = bytesOf(events) + (known === undefined ? PER_PURCHASE : 0);
      this.memory.delete(id);
      this.memory.set(id, { purchase: folded.after, bytes: (known?.bytes ?? 0) + bytes });
      this.bytes += bytes;
      this.timeline.push(...folded.timeline);
      this.timelineBytes += bytes;
    } catch {
      this.refuse(id);
    }
  }

  private refuse(id: string): void {
    this.bytes -= this.memory.get(id)?.bytes ?? 0;
    this.memory.delete(id);
    this.refused.add(id);
  }

  private async recall(ids: readonly string[]): Promise<void> {
    for (let left = ids; left.length > 0;) {
      const { found, beyond } = await loadPurchases(this.client, NEXT, left, PAGE_BYTES);
      for (const [id, known] of found) {
        this.memory.set(id, known);
        this.bytes += known.bytes;
      }
      left = left.filter((id) => beyond.has(id));
    }
  }

  private async flushTimeline(): Promise<void> {
    const rows = this.timeline.filter(({ purchase_id: id }) => !this.refused.has(id ?? ''));
    this.timeline = [];
    this.timelineBytes = 0;
    for (const row of await copyRows(this.client, `${NEXT}.timeline`, TIMELINE_COLUMNS, rows))
      this.refuse(row.purchase_id ?? '');
  }

  private async flushFeed(): Promise<void> {
    const rows = this.feed;
    this.feed = [];
    // Every value of these rows was checked, so that none can be refused.
    await copyRows(this.client, `${NEXT}.feed`, FEED_COLUMNS, rows);
  }

  /** Writes the least recently changed purchases until what is left in memory is at most `most` bytes. */
  private async flushPurchases(most: number): Promise<void> {
    while (this.memory.size > 0 && (most === 0 || this.bytes > most)) await this.flushPage(this.oldestPage());
  }

  private oldestPage(): [string, KnownPurchase][] {
    const page: [string, KnownPurchase][] = [];
    let bytes = 0;
    for (const entry of this.memory) {
      page.push(entry);
      bytes += entry[1].bytes;
      if (bytes >= PAGE_BYTES) break;
    }
    return page;
  }

  private async flushPage(page: readonly [string, KnownPurchase][]): Promise<void> {
    const rows = page.flatMap(([id, { purchase }]) => this.rowOf(id, purchase));
    const again = page.map(([id]) => id).filter((id) => this.written.has(id));
    if (again.length > 0) await this.client.query(`delete from ${NEXT}.purchases where id = any($1::uuid[])`, [again]);
    const refused = await copyRows(this.client, `${NEXT}.purchases`, PURCHASE_COLUMNS, rows);
    for (const row of refused) this.refuse(row.id ?? '');
    for (const [id, { bytes }] of page) {
      if (!this.memory.delete(id)) continue;
      this.bytes -= bytes;
      this.written.add(id);
    }
  }

  private rowOf(id: string, purchase: FoldedPurchase): SqlRow[] {
    try {
      const row = purchaseRow(purchase);
      return row === undefined ? [] : [row];
    } catch {
      this.refuse(id);
      return [];
    }
  }
}
