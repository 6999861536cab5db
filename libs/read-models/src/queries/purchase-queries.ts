import type { DataSource } from 'typeorm';
import type { IdentifierKind } from '@app/purchase/purchase';
import type { LivePurchase } from '@app/purchase/state';
import type { Remainder } from '../views/restore-purchase';
import { CommonKeys } from '../search/common-keys';
import { LIVE } from '../tables';
import { customerStats, type CustomerStats } from './customer-stats';
import { type DailyFigure, dailyFigures } from './daily-figures';
import type { Page } from './pages';
import { prepared } from './prepared';
import { type ListCursor, type ListPage, listPurchases, type PurchaseFilter } from './purchase-list';
import { ReadModelUnavailable } from './read-model-unavailable';
import { type FoundRow, RowLookup } from './row-lookup';
import { SiteReads } from './site-reads';
import {
  type Direction,
  type FeedRow,
  lastRecorded,
  purchaseTimeline,
  siteTimeline,
  type TimelineFilter,
  type TimelinePage,
  type TimelineRow,
} from './timeline';

/** With the JSON text of the response to GET. */
export interface FoundDocument extends FoundRow {
  document: string;
}

/** With its transactions and history. */
export interface FoundEntries extends FoundRow {
  purchase: Pick<LivePurchase, 'currency' | 'transactions' | 'history'>;
}

export type { FoundRow } from './row-lookup';

/** Queries of the read model. Every query returns only rows of its site. Every call throws ReadModelUnavailable until Postgres has responded once. */
export class PurchaseQueries {
  private readonly identifiers = new RowLookup(() => this.connected(), []);
  private readonly entries = new RowLookup(() => this.connected(), ['currency', 'remainder']);
  private readonly documents = new RowLookup(() => this.connected(), ['document', 'packages']);
  private readonly commonKeys = new CommonKeys();
  private readonly reads = new SiteReads(() => this.connected());

  constructor(private readonly dataSource: DataSource) {}

  /** Finds a purchase by an identifier; undefined: not found. */
  async rowByIdentifier(site: string, kind: IdentifierKind, value: string): Promise<FoundRow | undefined> {
    return this.identifiers.find(site, kind, value);
  }

  /** Finds a purchase by an identifier, with its transactions and history; undefined: not found. */
  async entriesByIdentifier(site: string, kind: IdentifierKind, value: string): Promise<FoundEntries | undefined> {
    const row = await this.entries.find(site, kind, value);
    if (row === undefined) return undefined;
    const { purchaseId, revision, currency, remainder } = row;
    const { transactions, history } = JSON.parse(remainder) as Remainder;
    return { purchaseId, revision, purchase: { currency, transactions, history } };
  }

  /** Finds a purchase by an identifier, with the JSON text of the response to GET, which is stored in the row. */
  async documentByIdentifier(site: string, kind: IdentifierKind, value: string): Promise<FoundDocument | undefined> {
    const row = await this.documents.find(site, kind, value);
    if (row === undefined) return undefined;
    const { purchaseId, revision, document, packages } = row;
    return { purchaseId, revision, document: `${document.slice(0, -1)},"packages":${packages}}` };
  }

  /** Lists purchases without their packages, as JSON texts, newest first; purchases without the ordering time come last. */
  async list(site: string, filter: PurchaseFilter, page: ListPage): Promise<Page<ListCursor, string>> {
    return listPurchases(this.reads.of(site), site, filter, page, this.commonKeys);
  }

  /** Lists the events of one purchase, oldest first. */
  async timeline(
    site: string,
    purchaseId: string,
    filter: TimelineFilter,
    page: TimelinePage,
  ): Promise<Page<string, TimelineRow>> {
    return purchaseTimeline(this.reads.of(site), site, purchaseId, filter, page);
  }

  /** A revision up to which all events of a purchase were recorded at a time (ISO 8601): the last such revision in the timeline. */
  async lastRecorded(site: string, purchaseId: string, time: string): Promise<bigint | undefined> {
    return lastRecorded(this.reads.of(site), site, purchaseId, time);
  }

  /** Lists the numbered events of a site. */
  async siteTimeline(
    site: string,
    direction: Direction,
    filter: TimelineFilter,
    page: TimelinePage,
  ): Promise<Page<string, FeedRow>> {
    return siteTimeline(this.reads.of(site), site, direction, filter, page);
  }

  /** The number of the last event of a site; 0 without events. */
  async lastSequence(site: string): Promise<number> {
    const [row] = await this.reads
      .of(site)
      .query<{ sequence: string }>(`select sequence from ${LIVE}.feed where site = $1 order by sequence desc limit 1`, [
        site,
      ]);
    return Number(row?.sequence ?? 0);
  }

  async stats(site: string, customer: string): Promise<CustomerStats> {
    return customerStats(this.reads.of(site), site, customer);
  }

  /** The figures of a site by day (UTC), from and to inclusive. */
  async dailyFigures(site: string, from: string, to: string): Promise<DailyFigure[]> {
    return dailyFigures(this.reads.of(site), site, from, to);
  }

  /** True when the site has an event of the purchase, also of a deleted one. */
  async hasHistory(site: string, purchaseId: string): Promise<boolean> {
    const rows = await this.reads
      .of(site)
      .query(`select 1 from ${LIVE}.timeline where site = $1 and purchase_id = $2 limit 1`, [site, purchaseId]);
    return rows.length > 0;
  }

  /** True when the tables can be queried. */
  async isReady(): Promise<boolean> {
    await prepared(this.connected(), { text: `select 1 from ${LIVE}.purchases limit 1` });
    return true;
  }

  private connected(): DataSource {
    if (!this.dataSource.isInitialized) throw new ReadModelUnavailable('Postgres has not answered yet');
    return this.dataSource;
  }
}
