import type { DataSource, ObjectLiteral, Repository, SelectQueryBuilder } from 'typeorm';
import type { IdentifierKind } from '@app/purchase/purchase';
import type { LivePurchase } from '@app/purchase/state';
import { searchForm } from '../projection/purchase-row';
import { matches } from '../tables';
import { ReadModelUnavailable } from './read-model-unavailable';
import { PurchaseRow, TimelineRow } from './rows';

export interface FoundPurchase {
  purchaseId: string;
  revision: bigint;
  purchase: LivePurchase;
}

export interface PurchaseFilter {
  customer?: Partial<
    Record<'sparklayer' | 'sparklayerChild' | 'sparklayerImpersonator' | 'sparklayerSalesRep', string>
  >;
  type?: string;
  status?: string;
  /** Looked for in identifiers, the customer's reference and addresses, whatever the case. */
  search?: string;
  placedFrom?: string;
  placedTo?: string;
  updatedFrom?: string;
  updatedTo?: string;
}

export type PurchaseOrder = 'placed_at' | 'last_updated';

export interface Page {
  limit: number;
  offset: number;
  orderBy?: PurchaseOrder;
}

export interface TimelineFilter {
  types?: readonly string[];
  actor?: string;
  /** When it was recorded. */
  from?: string;
  to?: string;
  /** The revision after which to go on. */
  after?: bigint;
  limit: number;
}

const CUSTOMER_COLUMNS = {
  sparklayer: 'customerSparklayer',
  sparklayerChild: 'customerChild',
  sparklayerImpersonator: 'customerImpersonator',
  sparklayerSalesRep: 'customerSalesRep',
} as const;

const IS_LIVE = `p.type is not null`;

const found = ({ id, revision, state }: PurchaseRow): FoundPurchase[] =>
  state.phase === 'live' ? [{ purchaseId: id, revision: BigInt(revision), purchase: state.purchase }] : [];

/** The answers of the read model. A site sees its own rows alone. */
export class PurchaseQueries {
  constructor(private readonly dataSource: DataSource) {}

  /** The purchase that has an identifier, or undefined. */
  async byIdentifier(site: string, kind: IdentifierKind, value: string): Promise<FoundPurchase | undefined> {
    const row = await this.purchases(site)
      .andWhere(matches(`p.${kind}`, ':value'), { value })
      .orderBy('p.commitPosition', 'DESC')
      .limit(1)
      .getOne();
    return row === null ? undefined : found(row)[0];
  }

  /** Purchases, the newest first; those without the date come last. */
  async list(
    site: string,
    filter: PurchaseFilter,
    { limit, offset, orderBy = 'placed_at' }: Page,
  ): Promise<FoundPurchase[]> {
    const query = this.purchases(site);
    for (const [key, value] of Object.entries(filter.customer ?? {}) as [
      keyof typeof CUSTOMER_COLUMNS,
      string | undefined,
    ][])
      if (value !== undefined) query.andWhere(matches(`p.${CUSTOMER_COLUMNS[key]}`, `:${key}`), { [key]: value });
    if (filter.type !== undefined) query.andWhere('p.type = :type', { type: filter.type });
    if (filter.status !== undefined) query.andWhere('p.status = :status', { status: filter.status });
    if (filter.search !== undefined)
      query.andWhere(`p.search like :search`, {
        search: `%${searchForm(filter.search).replace(/[\\%_]/g, '\\$&')}%`,
      });
    between(query, 'p.placedAt', filter.placedFrom, filter.placedTo);
    between(query, 'p.lastUpdated', filter.updatedFrom, filter.updatedTo);
    const column = orderBy === 'placed_at' ? 'p.placedAt' : 'p.lastUpdated';
    const rows = await query
      .orderBy(column, 'DESC', 'NULLS LAST')
      .addOrderBy('p.id')
      .limit(limit)
      .offset(offset)
      .getMany();
    return rows.flatMap(found);
  }

  /** What happened to one purchase, the oldest first. */
  async timeline(site: string, purchaseId: string, filter: TimelineFilter): Promise<TimelineRow[]> {
    const query = this.rows(TimelineRow)
      .createQueryBuilder('t')
      .where('t.site = :site and t.purchaseId = :purchaseId', { site, purchaseId });
    if (filter.types !== undefined) query.andWhere('t.type = any(:types)', { types: filter.types });
    if (filter.actor !== undefined) query.andWhere('t.actor = :actor', { actor: filter.actor });
    if (filter.after !== undefined) query.andWhere('t.revision > :after', { after: String(filter.after) });
    between(query, 't.recordedAt', filter.from, filter.to);
    return query.orderBy('t.revision').limit(filter.limit).getMany();
  }

  /** True for a purchase of the site that anything ever happened to, a deleted one included. */
  async hasHistory(site: string, purchaseId: string): Promise<boolean> {
    return this.rows(TimelineRow).existsBy({ site, purchaseId });
  }

  /** True when the tables answer. */
  async isReady(): Promise<boolean> {
    await this.rows(PurchaseRow).createQueryBuilder('p').select('1').limit(1).getRawOne();
    return true;
  }

  private rows<T extends ObjectLiteral>(entity: new () => T): Repository<T> {
    if (!this.dataSource.isInitialized) throw new ReadModelUnavailable('Postgres has not answered yet');
    return this.dataSource.getRepository(entity);
  }

  private purchases(site: string): SelectQueryBuilder<PurchaseRow> {
    return this.rows(PurchaseRow).createQueryBuilder('p').where('p.site = :site', { site }).andWhere(IS_LIVE);
  }
}

function between<T extends object>(query: SelectQueryBuilder<T>, column: string, from?: string, to?: string): void {
  const name = column.replace('.', '');
  if (from !== undefined) query.andWhere(`${column} >= :${name}from`, { [`${name}from`]: from });
  if (to !== undefined) query.andWhere(`${column} <= :${name}to`, { [`${name}to`]: to });
}
