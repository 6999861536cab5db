import type { ClientBase } from 'pg';
import type { FromPosition } from '@app/event-store/event-store';
import { purchaseIdOf } from '@app/stored-events/streams';
import { fold } from '../projection/fold';
import { isPurchaseId } from '../projection/purchase-id';
import { foldedOf, type KnownPurchase, loadPurchases } from '../projection/load-purchases';
import { isRefusalOfValue } from '../projection/postgres-errors';
import { purchaseRow } from '../projection/purchase-row';
import { PROJECTIONS } from '../projections/projections';
import { PURCHASE_TABLES } from '../tables';
import { inTransaction } from '../with-client';
import { copyRows, RowEncoder } from './copy-rows';
import { rest } from './gentle';
import { decoded, type LoadedEvent, sizeOf } from './loaded-event';
import { leaveOut, saveProgress } from './load-state';

/** The default limit of waiting events, in bytes. The more wait, the fewer purchases are written several times. */
export const WAITING_BYTES = 48 * 2 ** 20;
const MAX_PAGE_BYTES = 2 * 2 ** 20;
/** The bytes of waiting events that are folded and written at once. */
export const pageBytesOf = (waitingBytes: number): number => Math.min(MAX_PAGE_BYTES, waitingBytes / 8);
const NO_ROWS = Buffer.alloc(0);

/** The events of a purchase that are not in the tables yet. */
interface Waiting {
  readonly id: string;
  readonly events: LoadedEvent[];
  bytes: number;
  /** The position up to which the loader has all events before these. */
  readonly follows: FromPosition;
}

/** The events of a purchase to be written, and its row in the table. */
interface Change {
  readonly id: string;
  readonly known?: KnownPurchase;
  readonly events: readonly LoadedEvent[];
}

/** Encoded rows of purchases. */
interface Page {
  readonly changes: readonly Change[];
  readonly rows: readonly Buffer[];
  /** Purchases that cannot be rendered. */
  readonly refused: readonly string[];
}

export interface PurchaseLoaderOptions {
  schema: string;
  /** The number of this part of the load, which names its row of progress. */
  part: number;
  /** True when the tables have rows of an earlier load. */
  isResumed: boolean;
  /** Purchases that an earlier load left out. */
  leftOut: readonly string[];
  /** Bytes of waiting events. */
  waitingBytes: number;
  /** True: rests after each page. */
  isGentle: boolean;
}

/**
 * Loads the rows of purchases from events in the order of $all. Events wait, as bytes, for further events of their purchase; the purchases whose
 * events wait longest are folded, rendered and written by COPY, with all their rows in one transaction. Hence a purchase in the tables includes
 * all its events up to the revision of its row, and a load that was killed can be resumed.
 */
export class PurchaseLoader {
  /** In the order of their first events. */
  private readonly waiting = new Map<string, Waiting>();
  private readonly tables = PURCHASE_TABLES.map((table) => ({ ...table, encoder: new RowEncoder(table.columns) }));
  private readonly pageBytes: number;
  private bytes = 0;
  private position: FromPosition;
  /** The write in progress. */
  private writing: Promise<void> = Promise.resolve();
  private readonly leftOut: Set<string>;

  constructor(
    private readonly client: ClientBase,
    private readonly options: PurchaseLoaderOptions,
  ) {
    this.leftOut = new Set(options.leftOut);
    this.pageBytes = pageBytesOf(options.waitingBytes);
  }

  async add(events: readonly LoadedEvent[]): Promise<void> {
    for (const event of events) this.wait(event);
    while (this.bytes > this.options.waitingBytes) await this.flushAndRest();
  }

  /** Writes all waiting events. */
  async finish(): Promise<void> {
    while (this.waiting.size > 0) await this.flushAndRest();
    await this.writing;
  }

  private wait(event: LoadedEvent): void {
    const id = purchaseIdOf(event.stream);
    const bytes = sizeOf(event);
    const known = this.waiting.get(id);
    if (known === undefined) this.waiting.set(id, { id, events: [event], bytes, follows: this.position });
    else {
      known.events.push(event);
      known.bytes += bytes;
    }
    this.bytes += bytes;
    this.position = event.position;
  }

  private async flushAndRest(): Promise<void> {
    const started = performance.now();
    await this.flush();
    if (!this.options.isGentle) return;
    await this.writing;
    await rest(started);
  }

  /** Starts to write the purchases whose events have waited longest. */
  private async flush(): Promise<void> {
    const changes = await this.recall(this.oldest());
    for (const { id } of changes) {
      this.bytes -= this.waiting.get(id)?.bytes ?? 0;
      this.waiting.delete(id);
    }
    const [next] = this.waiting.values();
    const reached = next === undefined ? this.position : next.follows;
    const page = this.render(changes.filter(({ id }) => !this.leftOut.has(id)));
    await this.writing;
    this.writing = this.write(page).then(() =>
      saveProgress(this.client, this.options.schema, this.options.part, reached),
    );
    // Observed by the next write; without a handler, a failure before that would be unhandled.
    this.writing.catch(() => {});
  }

  private oldest(): Waiting[] {
    const page: Waiting[] = [];
    let bytes = 0;
    for (const each of this.waiting.values()) {
      page.push(each);
      bytes += each.bytes;
      if (bytes >= this.pageBytes) break;
    }
    return page;
  }

  /** Adds the existing rows of purchases. Leaves purchases for the next page if the rows are large. */
  private async recall(page: readonly Waiting[]): Promise<Change[]> {
    const { isResumed, schema } = this.options;
    const ids = page.filter(({ events: [first] }) => isResumed || first?.revision !== 0n).map(({ id }) => id);
    if (ids.length === 0) return [...page];
    await this.writing;
    const { found, beyond } = await loadPurchases(this.client, schema, ids.filter(isPurchaseId), this.pageBytes);
    const end = page.findIndex(({ id }) => beyond.has(id));
    return (end < 0 ? page : page.slice(0, end)).map(({ id, events }) => ({ id, events, known: found.get(id) }));
  }

  private render(changes: readonly Change[]): Page {
    const [written, refused]: [Change[], string[]] = [[], []];
    for (const change of changes) {
      const result = this.encode(change);
      if (result === 'encoded') written.push(change);
      else if (result === 'refused') refused.push(change.id);
    }
    for (const id of refused) this.leftOut.add(id);
    return { changes: written, rows: this.tables.map(({ encoder }) => encoder.take()), refused };
  }

  /** Encodes the rows of a purchase, unless its row includes the events. Refuses it when an event cannot be folded or the state cannot be rendered. */
  private encode({ known, events }: Change): 'encoded' | 'included' | 'refused' {
    const sizes = this.tables.map(({ encoder }) => encoder.size);
    try {
      const folded = fold(known && foldedOf(known), events.map(decoded));
      if (folded === undefined) return 'included';
      const row = purchaseRow(folded.after);
      const rows = [
        row === undefined ? [] : [row],
        folded.timeline,
        ...PROJECTIONS.map((each) => each.rowsOf(folded.after)),
      ];
      this.tables.forEach(({ encoder }, table) => rows[table]?.forEach((each) => encoder.add(each)));
      return 'encoded';
    } catch {
      this.tables.forEach(({ encoder }, table) => encoder.truncate(sizes[table] ?? 0));
      return 'refused';
    }
  }

  /** Writes a page in one transaction. When Postgres refuses rows, bisection finds their purchases, which are left out. */
  private async write({ changes, rows, refused }: Page): Promise<void> {
    await leaveOut(this.client, this.options.schema, refused);
    try {
      await inTransaction(this.client, async () => {
        await this.removeRows(changes.filter(({ known }) => known !== undefined).map(({ id }) => id));
        for (const [table, { name, columns }] of this.tables.entries())
          await copyRows(this.client, `${this.options.schema}.${name}`, columns, rows[table] ?? NO_ROWS);
      });
    } catch (error) {
      if (!isRefusalOfValue(error)) throw error;
      return this.writeHalves(changes);
    }
    this.tables.forEach(({ encoder }, table) => encoder.reuse(rows[table] ?? NO_ROWS));
  }

  private async writeHalves(changes: readonly Change[]): Promise<void> {
    const [first] = changes;
    if (changes.length === 1 && first !== undefined) {
      this.leftOut.add(first.id);
      return leaveOut(this.client, this.options.schema, [first.id]);
    }
    const middle = Math.ceil(changes.length / 2);
    await this.write(this.render(changes.slice(0, middle)));
    await this.write(this.render(changes.slice(middle)));
  }

  /** Removes the rows of earlier revisions; those of the timeline stay. */
  private async removeRows(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    for (const { name, key } of this.tables)
      if (name !== 'timeline')
        await this.client.query(`delete from ${this.options.schema}.${name} where ${key} = any($1::uuid[])`, [ids]);
  }
}
