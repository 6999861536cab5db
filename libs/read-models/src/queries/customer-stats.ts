import type { DataSource } from 'typeorm';
import type { Identifiers } from '@app/purchase/purchase';
import { LIVE, matches } from '../tables';

/** An order of a customer: when it was placed, or else submitted, and its identifiers. */
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

const ORDERED_AT = 'coalesce(p.placed_at, p.submitted_at)';
const OF_CUSTOMER = `p.site = $1 and ${matches('p.customer_sparklayer', '$2')} and p.type in ('order_unconfirmed', 'order')
  and p.status <> 'cancelled'`;

/** What a customer has ordered, from the rows of its purchases (an index finds them); carts, quotes and cancelled orders do not count. */
export async function customerStats(dataSource: DataSource, site: string, customer: string): Promise<CustomerStats> {
  const totals = await dataSource.query<{ currency: string; orders: number; payable: string }[]>(
    `select p.currency, count(*)::int as orders, sum(p.payable)::text as payable from ${LIVE}.purchases p
     where ${OF_CUSTOMER} group by p.currency order by p.currency`,
    [site, customer],
  );
  const [first, last] = await Promise.all(
    ['asc', 'desc'].map((direction) => orderAtEnd(dataSource, site, customer, direction)),
  );
  return { orders: totals.reduce((sum, { orders }) => sum + orders, 0), totals, first, last };
}

async function orderAtEnd(
  dataSource: DataSource,
  site: string,
  customer: string,
  direction: string,
): Promise<StatsOrder | undefined> {
  const [row] = await dataSource.query<({ at: Date | null } & Record<keyof Identifiers, string | null>)[]>(
    `select ${ORDERED_AT} as at, p.sparklayer, p.platform, p.internal, p.visible from ${LIVE}.purchases p
     where ${OF_CUSTOMER} order by ${ORDERED_AT} ${direction} nulls last, p.id ${direction} limit 1`,
    [site, customer],
  );
  if (row === undefined) return undefined;
  const { at, ...names } = row;
  return { at, identifiers: Object.fromEntries(Object.entries(names).filter(([, value]) => value !== null)) };
}
