import { statusOf } from '@app/purchase/status';
import { totalsOf } from '@app/purchase/totals';
import { hashOf } from '../columns';
import type { FoldedPurchase } from '../projection/fold';
import { keyText, sortableTime, type SqlRow } from '../projection/sql-values';
import type { PurchaseProjection } from './purchase-projection';

const TABLE = 'customer_orders';

/** The order of a customer; undefined for carts, quotes and cancelled orders. */
function rowsOf({ id, site, state }: FoldedPurchase): SqlRow[] {
  if (state.phase !== 'live') return [];
  const { purchase } = state;
  const { type, packages, dates, submittedAt, currency, identifiers } = purchase;
  const customer = keyText(purchase.customer.sparklayer);
  if (customer === undefined || (type !== 'order' && type !== 'order_unconfirmed')) return [];
  if (statusOf(packages) === 'cancelled') return [];
  return [
    {
      purchase_id: id,
      site,
      customer,
      ordered_at: sortableTime(dates.placedAt ?? submittedAt),
      currency: keyText(currency),
      payable: String(totalsOf(purchase).payable),
      sparklayer: keyText(identifiers.sparklayer),
      platform: keyText(identifiers.platform),
      internal: keyText(identifiers.internal),
      visible: keyText(identifiers.visible),
    },
  ];
}

/** The orders of each customer: count, totals by currency, first and last order. */
export const customerStats: PurchaseProjection = {
  name: 'customer-stats',
  version: 1,
  table: TABLE,
  columns: [
    ['purchase_id', 'uuid', 'not null'],
    ['site', 'text', 'not null'],
    ['customer', 'text', 'not null'],
    ['ordered_at', 'timestamptz'],
    ['currency', 'text', 'not null'],
    ['payable', 'numeric', 'not null'],
    ['sparklayer', 'text'],
    ['platform', 'text'],
    ['internal', 'text'],
    ['visible', 'text'],
  ],
  createIndexes: (schema) => `
    create index on ${schema}.${TABLE} (site, ${hashOf('customer')}, ordered_at);`,
  rowsOf,
};
