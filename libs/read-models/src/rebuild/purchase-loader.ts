import type { ClientBase } from 'pg';
import type { RecordedEvent } from '@app/event-store/event-store';
import { purchaseIdOf } from '@app/stored-events/streams';
import { byPurchase, fold, type FoldedPurchase } from '../projection/fold';
import { type KnownPurchase, loadPurchases } from '../projection/load-purchases';
import { purchaseRow } from '../projection/purchase-row';
import { PROJECTIONS } from '../projections/projections';
import { type Columns, PURCHASE_COLUMNS, TIMELINE_COLUMNS } from '../tables';
import { copyRows, type EncodedRows, RowEncoder } from './copy-rows';

/** Bytes of timeline rows in one COPY. */
const TIMELINE_BYTES = 8 * 2 ** 20;
/** Limits in bytes of events: states of purchases in memory, states written or read at once. */
const MEMORY_BYTES = 24 * 2 ** 20;
const PAGE_BYTES = 4 * 2 ** 20;
/** Size of a purchase in memory in addition to its events. */
const PER_PURCHASE = 1_000;

interface LoadedPurchase extends KnownPurchase {
  /** True when the table has a row of an earlier revision. */
  isStored: boolean;
}

const bytesOf = (events: readonly RecordedEvent[]): number => events.reduce((sum, { bytes = 0 }) => sum + bytes, 0);

/**
 * Fills the empty tables `purchases` and `timeline` of a schema from the history, in the order of $all. States are folded in memory within a limit;
 * rows are loaded by COPY while the next events are folded.
 */
export class PurchaseLoader {
  /** Least recently changed first. `bytes` are at most those of the events that a purchase was folded from. */
  private readonly memory = new Map<string, LoadedPurchase>();
  private readonly timeline = new RowEncoder(TIMELINE_COLUMNS);
  private readonly purchases = new RowEncoder(PURCHASE_COLUMNS);
  private readonly derived = PROJECTIONS.map((projection) => ({
    ...projection,
    encoder: new RowEncoder(projection.columns),
  }));
  private bytes = 0;
  /** The COPY in progress. */
  private writing: Promise<void> = Promise.resolve();
  private readonly refused = new Set<string>();

  constructor(
    private readonly client: ClientBase,
    private readonly schema: string,
  ) {}

  async add(events: readonly RecordedEvent[]): Promise<void> {
    const groups = byPurchase(events.filter(({ stream }) => !this.refused.has(purchaseIdOf(stream))));
    await this.recall([...groups].filter(([, [first]]) => first?.revision !== 0n).map(([id]) => id));
    for (const [id, group] of groups) this.fold(id, group);
    if (this.timeline.size >= TIMELINE_BYTES) await this.flushTimeline();
    if (this.bytes > MEMORY_BYTES) await this.flushPurchases(MEMORY_BYTES * (3 / 4));
  }

  /**
   * Writes everything that is in memory.
   * @returns the purchases that are left out, because an event cannot be folded or Postgres refused a row
   */
  async finish(): Promise<string[]> {
    await this.flushTimeline();
    await this.flushPurchases(0);
    await this.writing;
    return [...this.refused];
  }

  private fold(id: string, events: readonly RecordedEvent[]): void {
    const known = this.memory.get(id);
    try {
      const folded = fold(known?.purchase, events);
      if (folded === undefined) return;
      for (const row of folded.timeline) this.timeline.add(id, row);
      const bytes = bytesOf(events) + (known === undefined ? PER_PURCHASE : 0);
      this.memory.delete(id);
      this.memory.set(id, {
        purchase: folded.after,
        bytes: (known?.bytes ?? 0) + bytes,
        isStored: known?.isStored ?? false,
      });
      this.bytes += bytes;
    } catch {
      this.refuse(id);
    }
  }

  private refuse(id: string): void {
    this.bytes -= this.memory.get(id)?.bytes ?? 0;
    this.memory.delete(id);
    this.refused.add(id);
  }

  /** Loads purchases that were written and are no longer in memory. */
  private async recall(ids: readonly string[]): Promise<void> {
    let left = ids.filter((id) => !this.memory.has(id));
    if (left.length === 0) return;
    await this.writing;
    while (left.length > 0) {
      const { found, beyond } = await loadPurchases(this.client, this.schema, left, PAGE_BYTES);
      for (const [id, known] of found) {
        this.memory.set(id, { ...known, isStored: true });
        this.bytes += known.bytes;
      }
      left = left.filter((id) => beyond.has(id));
    }
  }

  /** Starts a write when the previous one has ended. @throws the error of the previous one */
  private async write(work: () => Promise<void>): Promise<void> {
    await this.writing;
    this.writing = work();
    // Observed by the next write; without a handler, a failure before that would be unhandled.
    this.writing.catch(() => {});
  }

  private async flushTimeline(): Promise<void> {
    const rows = this.timeline.take();
    await this.write(() => this.load('timeline', TIMELINE_COLUMNS, rows));
  }

  /** Writes the least recently changed purchases until at most `limit` bytes are left in memory. */
  private async flushPurchases(limit: number): Promise<void> {
    while (this.memory.size > 0 && (limit === 0 || this.bytes > limit)) await this.flushPage(this.oldestPage());
  }

  private oldestPage(): [string, LoadedPurchase][] {
    const page: [string, LoadedPurchase][] = [];
    let bytes = 0;
    for (const entry of this.memory) {
      page.push(entry);
      bytes += entry[1].bytes;
      if (bytes >= PAGE_BYTES) break;
    }
    return page;
  }

  private async flushPage(page: readonly [string, LoadedPurchase][]): Promise<void> {
    for (const [id, { purchase }] of page) this.render(id, purchase);
    const stored = page.filter(([, { isStored }]) => isStored).map(([id]) => id);
    for (const [id, { bytes }] of page) if (this.memory.delete(id)) this.bytes -= bytes;
    const purchases = this.purchases.take();
    const derived = this.derived.map(({ table, columns, encoder }) => ({ table, columns, rows: encoder.take() }));
    await this.write(async () => {
      if (stored.length > 0) await this.removeRows(stored);
      await this.load('purchases', PURCHASE_COLUMNS, purchases);
      for (const { table, columns, rows } of derived) await this.load(table, columns, rows);
    });
  }

  private async load(table: string, columns: Columns, rows: EncodedRows): Promise<void> {
    for (const id of await copyRows(this.client, `${this.schema}.${table}`, columns, rows)) this.refuse(id);
  }

  private async removeRows(ids: readonly string[]): Promise<void> {
    await this.client.query(`delete from ${this.schema}.purchases where id = any($1::uuid[])`, [ids]);
    for (const { table } of PROJECTIONS)
      await this.client.query(`delete from ${this.schema}.${table} where purchase_id = any($1::uuid[])`, [ids]);
  }

  private render(id: string, purchase: FoldedPurchase): void {
    try {
      const row = purchaseRow(purchase);
      if (row === undefined) return;
      const derived = this.derived.map(({ rowsOf }) => rowsOf(purchase));
      this.purchases.add(id, row);
      derived.forEach((rows, index) => rows.forEach((each) => this.derived[index]?.encoder.add(id, each)));
    } catch {
      this.refuse(id);
    }
  }
}
