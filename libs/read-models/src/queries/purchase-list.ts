import type { DataSource } from 'typeorm';
import { searchCondition } from '../search/search-index';
import { LIVE, matches, placedAtOrder, searchKeysOf } from '../tables';
import { Conditions } from './conditions';
import { type Page, pageOf } from './pages';
import { prepared } from './prepared';

export interface PurchaseFilter {
  customer?: Partial<
    Record<'sparklayer' | 'sparklayerChild' | 'sparklayerImpersonator' | 'sparklayerSalesRep', string>
  >;
  type?: string;
  status?: string;
  /** Words that must all occur in identifiers, the customer reference or addresses. */
  search?: string;
  placedFrom?: string;
  placedTo?: string;
  updatedFrom?: string;
  updatedTo?: string;
}

export type PurchaseOrder = 'placed_at' | 'last_updated';

/** The position of a purchase in a list: its ordering time in milliseconds since 1970 (-Infinity: none), and its id. */
export interface ListCursor {
  at: number;
  id: string;
}

export interface ListPage {
  limit: number;
  offset?: number;
  orderBy?: PurchaseOrder;
  after?: ListCursor;
}

const CUSTOMER_COLUMNS = {
  sparklayer: 'customer_sparklayer',
  sparklayerChild: 'customer_child',
  sparklayerImpersonator: 'customer_impersonator',
  sparklayerSalesRep: 'customer_sales_rep',
} as const;

const ORDERS: Record<PurchaseOrder, string> = { placed_at: placedAtOrder('p.'), last_updated: 'p.last_updated' };

/** The conditions that a filter puts on the purchases of a site. */
export function listConditions(site: string, filter: PurchaseFilter): Conditions {
  const conditions = new Conditions();
  conditions.on(site, (value) => `p.site = ${value} and p.type is not null`);
  for (const [key, column] of Object.entries(CUSTOMER_COLUMNS) as [keyof typeof CUSTOMER_COLUMNS, string][])
    conditions.on(filter.customer?.[key], (value) => matches(`p.${column}`, value));
  conditions.on(filter.type, (value) => `p.type = ${value}`);
  conditions.on(filter.status, (value) => `p.status = ${value}`);
  if (filter.search !== undefined) {
    const { keys, patterns } = searchCondition(site, filter.search);
    conditions.on(keys, (value) => `${searchKeysOf('p.search_keys')} @> ${value}::text[]`);
    for (const pattern of patterns) conditions.on(pattern, (value) => `p.search like ${value}`);
  }
  conditions.on(filter.placedFrom, (value) => `p.placed_at >= ${value}`);
  conditions.on(filter.placedTo, (value) => `p.placed_at <= ${value}`);
  conditions.on(filter.updatedFrom, (value) => `p.last_updated >= ${value}`);
  conditions.on(filter.updatedTo, (value) => `p.last_updated <= ${value}`);
  return conditions;
}

/** The query for the keys and sizes of a page, and its values. The size of a text is read without the text. */
export function listQuery(
  site: string,
  filter: PurchaseFilter,
  { limit, offset = 0, orderBy = 'placed_at', after }: ListPage,
): [sql: string, values: unknown[]] {
  const order = ORDERS[orderBy];
  const conditions = listConditions(site, filter);
  if (after !== undefined) {
    const time = after.at === -Infinity ? '-infinity' : new Date(after.at).toISOString();
    const [at, id] = [conditions.value(time), conditions.value(after.id)];
    conditions.add(`(${order}, p.id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  return [
    `select p.id, ${order} as at, octet_length(p.document) as bytes from ${LIVE}.purchases p
     where ${String(conditions)}
     order by ${order} desc, p.id desc limit ${conditions.value(limit + 1)} offset ${conditions.value(offset)}`,
    conditions.values,
  ];
}

const DOCUMENTS = {
  name: 'documents of a page',
  text: `select p.document from unnest($1::uuid[]) with ordinality as wanted(id, place)
         join ${LIVE}.purchases p using (id) where p.site = $2 and p.document is not null order by wanted.place`,
};

/** One page of purchases without their packages, as JSON texts, newest first; purchases without the ordering time come last. */
export async function listPurchases(
  dataSource: DataSource,
  site: string,
  filter: PurchaseFilter,
  page: ListPage,
): Promise<Page<ListCursor, string>> {
  const found = await dataSource.query<{ id: string; at: Date | number; bytes: number }[]>(
    ...listQuery(site, filter, page),
  );
  return pageOf(
    found.map(({ id, at, bytes }) => ({ key: { id, at: Number(at) }, bytes })),
    page.limit,
    async (keys) => {
      const rows = await prepared<{ document: string }>(dataSource, DOCUMENTS, [keys.map(({ id }) => id), site]);
      return rows.map(({ document }) => document);
    },
  );
}
