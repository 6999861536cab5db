import type { Identifiers } from '@app/purchase/purchase';
import { LIVE, matches } from '../tables';
import type { Reads } from './site-reads';

/** An order of a customer: the time at which it was placed, else submitted, and its identifiers. */
export interface StatsOrder {
  at: Date | null;
  identifiers: Identifiers;
}

export interface CustomerStats {
  orders: number;
  /** Sums of `payable` in minor units, by currency. */
  totals: { currency: string; orders: number; payable: string }[];
  first?: StatsOrder;
  last?: StatsOrder;
}

const OF_CUSTOMER = `o.site = $1 and ${matches('o.customer', '$2')}`;

/** Reads the order statistics of a customer from the projection `customer-stats`, which excludes carts, quotes and cancelled orders. */
export async function customerStats(reads: Reads, site: string, customer: string): Promise<CustomerStats> {
  const totals = await reads.query<{ currency: string; orders: number; payable: string }>(
    `select o.currency, count(*)::int as orders, sum(o.payable)::text as payable from ${LIVE}.customer_orders o
     where ${OF_CUSTOMER} group by o.currency order by o.currency`,
    [site, customer],
  );
  const [first, last] = await Promise.all(
    ['asc', 'desc'].map((direction) => orderAtEnd(reads, site, customer, direction)),
  );
  return { orders: totals.reduce((sum, { orders }) => sum + orders, 0), totals, first, last };
}

async function orderAtEnd(
  reads: Reads,
  site: string,
  customer: string,
  direction: string,
): Promise<StatsOrder | undefined> {
  const [row] = await reads.query<{ at: Date | null } & Record<keyof Identifiers, string | null>>(
    `select o.ordered_at as at, o.sparklayer, o.platform, o.internal, o.visible from ${LIVE}.customer_orders o
     where ${OF_CUSTOMER} order by o.ordered_at ${direction} nulls last, o.purchase_id ${direction} limit 1`,
    [site, customer],
  );
  if (row === undefined) return undefined;
  const { at, ...names } = row;
  return { at, identifiers: Object.fromEntries(Object.entries(names).filter(([, value]) => value !== null)) };
}
