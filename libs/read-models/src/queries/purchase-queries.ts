import type { DataSource } from 'typeorm';
import type { IdentifierKind } from '@app/purchase/purchase';
import type { LivePurchase, PurchaseState } from '@app/purchase/state';
import { LIVE, matches } from '../tables';
import { customerStats, type CustomerStats } from './customer-stats';
import { type DailyFigure, dailyFigures } from './daily-figures';
import type { Page } from './pages';
import { type ListCursor, type ListPage, listPurchases, type PurchaseFilter } from './purchase-list';
import { prepared } from './prepared';
import { ReadModelUnavailable } from './read-model-unavailable';
import {
  type Direction,
  type FeedRow,
  purchaseTimeline,
  siteTimeline,
  type TimelineFilter,
  type TimelinePage,
  type TimelineRow,
} from './timeline';

/** A purchase of a row. */
export interface FoundRow {
  purchaseId: string;
  revision: bigint;
}

/** With the JSON text that a GET answers. */
export interface FoundDocument extends FoundRow {
  document: string;
}

/** With its state. */
export interface FoundPurchase extends FoundRow {
  purchase: LivePurchase;
}

/** The answers of the read model. A site sees its own rows alone. Every call throws ReadModelUnavailable before Postgres has answered. */
export class PurchaseQueries {
  constructor(private readonly dataSource: DataSource) {}

  /** The purchase that has an identifier, with its state; undefined: there is none. */
  async byIdentifier(site: string, kind: IdentifierKind, value: string): Promise<FoundPurchase | undefined> {
    const row = await this.findRow<{ state: string }>(site, kind, value, 'p.state');
    if (row === undefined) return undefined;
    const state = JSON.parse(row.state) as PurchaseState;
    return state.phase === 'live'
      ? { purchaseId: row.id, revision: BigInt(row.revision), purchase: state.purchase }
      : undefined;
  }

  /** The purchase that has an identifier, as a GET answers it. Nothing is parsed: the row holds the text. */
  async documentByIdentifier(site: string, kind: IdentifierKind, value: string): Promise<FoundDocument | undefined> {
    const row = await this.findRow<{ document: string; packages: string }>(site, kind, value, 'p.document, p.packages');
    return (
      row && {
        purchaseId: row.id,
        revision: BigInt(row.revision),
        document: `${row.document.slice(0, -1)},"packages":${row.packages}}`,
      }
    );
  }

  private async findRow<T>(
    site: string,
    kind: IdentifierKind,
    value: string,
    columns: string,
  ): Promise<(T & { id: string; revision: string }) | undefined> {
    const text = `select p.id, p.revision, ${columns} from ${LIVE}.purchases p
       where p.site = $1 and ${matches(`p.${kind}`, '$2')} and p.type is not null order by p.commit_position desc limit 1`;
    const name = `purchase by ${kind}: ${columns}`;
    const [row] = await prepared<T & { id: string; revision: string }>(this.connected(), { name, text }, [site, value]);
    return row;
  }

  /** Purchases without their packages, as JSON texts, the newest first; those without the time come last. */
  async list(site: string, filter: PurchaseFilter, page: ListPage): Promise<Page<ListCursor, string>> {
    return listPurchases(this.connected(), site, filter, page);
  }

  /** The events of one purchase, the oldest first. */
  async timeline(
    site: string,
    purchaseId: string,
    filter: TimelineFilter,
    page: TimelinePage,
  ): Promise<Page<string, TimelineRow>> {
    return purchaseTimeline(this.connected(), site, purchaseId, filter, page);
  }

  /** The numbered events of a site. */
  async siteTimeline(
    site: string,
    direction: Direction,
    filter: TimelineFilter,
    page: TimelinePage,
  ): Promise<Page<string, FeedRow>> {
    return siteTimeline(this.connected(), site, direction, filter, page);
  }

  /** The number of the last event of a site; 0: none. */
  async lastSequence(site: string): Promise<number> {
    const [row] = await this.connected().query<{ sequence: string }[]>(
      `select sequence from ${LIVE}.feed where site = $1 order by sequence desc limit 1`,
      [site],
    );
    return Number(row?.sequence ?? 0);
  }

  async stats(site: string, customer: string): Promise<CustomerStats> {
    return customerStats(this.connected(), site, customer);
  }

  /** Figures of a site by day (UTC), from and to included. */
  async dailyFigures(site: string, from: string, to: string): Promise<DailyFigure[]> {
    return dailyFigures(this.connected(), site, from, to);
  }

  /** True for a purchase of the site that has any event, a deleted one included. */
  async hasHistory(site: string, purchaseId: string): Promise<boolean> {
    const rows = await this.connected().query<unknown[]>(
      `select 1 from ${LIVE}.timeline where site = $1 and purchase_id = $2 limit 1`,
      [site, purchaseId],
    );
    return rows.length > 0;
  }

  /** True when the tables answer. */
  async isReady(): Promise<boolean> {
    await this.connected().query(`select 1 from ${LIVE}.purchases limit 1`);
    return true;
  }

  private connected(): DataSource {
    if (!this.dataSource.isInitialized) throw new ReadModelUnavailable('Postgres has not answered yet');
    return this.dataSource;
  }
}
