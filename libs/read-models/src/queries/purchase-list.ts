import type { CommonKeys } from '../search/common-keys';
import { searchCondition } from '../search/search-index';
import { LIVE, matches, placedAtOrder, searchKeysOf } from '../tables';
import { Conditions } from './conditions';
import { inFirstChunk, MAX_PAGE_ITEMS, type Page, pageOf } from './pages';
import type { Reads } from './site-reads';

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

/** The conditions that a filter puts on the purchases of a site. `common`: search keys that many rows have. */
function listConditions(site: string, filter: PurchaseFilter, common: ReadonlySet<string>): Conditions {
  const conditions = new Conditions();
  conditions.on(site, (value) => `p.site = ${value} and p.type is not null`);
  for (const [key, column] of Object.entries(CUSTOMER_COLUMNS) as [keyof typeof CUSTOMER_COLUMNS, string][])
    conditions.on(filter.customer?.[key], (value) => matches(`p.${column}`, value));
  conditions.on(filter.type, (value) => `p.type = ${value}`);
  conditions.on(filter.status, (value) => `p.status = ${value}`);
  if (filter.search !== undefined) {
    const { keys, patterns } = searchCondition(site, filter.search, common);
    conditions.on(keys, (value) => `${searchKeysOf('p.search_keys')} @> ${value}::text[]`);
    for (const pattern of patterns) conditions.on(pattern, (value) => `p.search like ${value}`);
  }
  conditions.on(filter.placedFrom, (value) => `p.placed_at >= ${value}`);
  conditions.on(filter.placedTo, (value) => `p.placed_at <= ${value}`);
  conditions.on(filter.updatedFrom, (value) => `p.last_updated >= ${value}`);
  conditions.on(filter.updatedTo, (value) => `p.last_updated <= ${value}`);
  return conditions;
}

/**
 * The query for the keys and sizes of a page, and for the documents of its first chunk. The size of a text is read without the text. A list without a
 * filter is a prepared statement: whatever its values, the index in its order serves it. With a filter, the best plan depends on the values.
 */
export function listQuery(
  site: string,
  filter: PurchaseFilter,
  { limit, offset = 0, orderBy = 'placed_at', after }: ListPage,
  common: ReadonlySet<string> = new Set(),
): { name?: string; text: string; values: unknown[] } {
  const order = ORDERS[orderBy];
  const conditions = listConditions(site, filter, common);
  const isPlain = conditions.values.length === 1 && offset === 0;
  if (after !== undefined) {
    const time = after.at === -Infinity ? '-infinity' : new Date(after.at).toISOString();
    const [at, id] = [conditions.value(time), conditions.value(after.id)];
    conditions.add(`(${order}, p.id) < (${at}::timestamptz, ${id}::uuid)`);
  }
  const most = conditions.value(limit + 1);
  // A parameter as the limit would hide from a prepared plan that a page is small.
  const rows = isPlain ? `limit ${MAX_PAGE_ITEMS + 1}` : `limit ${most} offset ${conditions.value(offset)}`;
  const inOrder = 'page.at desc, page.id desc';
  return {
    ...(isPlain && { name: `page of purchases by ${orderBy}${after === undefined ? '' : ' after a cursor'}` }),
    text: `select page.id, (extract(epoch from page.at) * 1000)::float8 as at, page.bytes, ${inFirstChunk('document', inOrder)}
     from (select p.id, ${order} as at, octet_length(p.document) as bytes, p.document from ${LIVE}.purchases p
     where ${String(conditions)}
     order by ${order} desc, p.id desc ${rows}) page
     order by ${inOrder} limit ${most}`,
    values: conditions.values,
  };
}

const DOCUMENTS = {
  name: 'documents of a page',
  text: `select p.document from unnest($1::uuid[]) with ordinality as wanted(id, place)
         join ${LIVE}.purchases p using (id) where p.site = $2 and p.document is not null order by wanted.place`,
};

/** One page of purchases without their packages, as JSON texts, newest first; purchases without the ordering time come last. */
export async function listPurchases(
  reads: Reads,
  site: string,
  filter: PurchaseFilter,
  page: ListPage,
  commonKeys: CommonKeys,
): Promise<Page<ListCursor, string>> {
  const common = filter.search === undefined ? undefined : await commonKeys.read(reads);
  const { values, ...statement } = listQuery(site, filter, page, common);
  const found = await reads.prepared<{ id: string; at: number; bytes: number; document: string | null }>(
    statement,
    values,
  );
  return pageOf(
    found.map(({ id, at, bytes, document }) => ({ key: { id, at }, bytes, item: document ?? undefined })),
    page.limit,
    async (keys) => {
      const rows = await reads.prepared<{ document: string }>(DOCUMENTS, [keys.map(({ id }) => id), site]);
      return rows.map(({ document }) => document);
    },
  );
}
