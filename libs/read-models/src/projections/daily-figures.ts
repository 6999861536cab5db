import type { Instant, Package } from '@app/purchase/purchase';
import type { LivePurchase } from '@app/purchase/state';
import { totalsOf } from '@app/purchase/totals';
import type { FoldedPurchase } from '../projection/fold';
import { keyText, sortableTime, type SqlRow } from '../projection/sql-values';
import type { PurchaseProjection } from './purchase-projection';

const TABLE = 'daily_figures';

export type Measure = 'ordered' | 'shipped' | 'refunded' | 'cancelled';

/** A value of a purchase on a day (UTC): a whole order, or one of its packages. */
interface Figure {
  measure: Measure;
  at: Instant | undefined;
  amount: number;
}

/** The day on which a package was shipped, refunded or cancelled; without a date from the sender, the day of its last update. */
const figureOf = (part: Package): Omit<Figure, 'amount'> | undefined => {
  const { shippedAt, refundedAt, cancelledAt, updatedAt } = part.dates;
  if (part.type === 'shipment') return { measure: 'shipped', at: shippedAt ?? updatedAt };
  if (part.type === 'refund') return { measure: 'refunded', at: refundedAt ?? updatedAt };
  return part.type === 'cancelled' ? { measure: 'cancelled', at: cancelledAt ?? updatedAt } : undefined;
};

function figuresOf(purchase: LivePurchase): Figure[] {
  const orderedAt = purchase.dates.placedAt ?? purchase.submittedAt;
  const parts = purchase.packages.flatMap((part): Figure[] => {
    const figure = figureOf(part);
    if (figure === undefined) return [];
    return [{ ...figure, at: figure.at ?? orderedAt, amount: totalsOf({ packages: [part] }).ordered }];
  });
  return [{ measure: 'ordered', at: orderedAt, amount: totalsOf(purchase).ordered }, ...parts];
}

/** One row for each day and measure. Carts and quotes have none. */
function rowsOf({ id, site, state }: FoldedPurchase): SqlRow[] {
  if (state.phase !== 'live' || state.purchase.submittedAt === undefined) return [];
  const { purchase } = state;
  const rows = new Map<string, { day: string; measure: Measure; count: number; amount: number }>();
  for (const { measure, at, amount } of figuresOf(purchase)) {
    const day = sortableTime(at)?.slice(0, 10);
    if (day === undefined) continue;
    const row = rows.get(`${day} ${measure}`);
    if (row === undefined) rows.set(`${day} ${measure}`, { day, measure, count: 1, amount });
    else {
      row.count += 1;
      row.amount += amount;
    }
  }
  return [...rows.values()].map(({ day, measure, count, amount }) => ({
    purchase_id: id,
    site,
    day,
    measure,
    currency: keyText(purchase.currency),
    count: String(count),
    amount: String(amount),
  }));
}

/** Orders, shipped, refunded and cancelled value of a site by day and currency. */
export const dailyFigures: PurchaseProjection = {
  name: 'daily-figures',
  version: 1,
  table: TABLE,
  columns: [
    ['purchase_id', 'uuid', 'not null'],
    ['site', 'text', 'not null'],
    ['day', 'date', 'not null'],
    ['measure', 'text', 'not null'],
    ['currency', 'text', 'not null'],
    ['count', 'bigint', 'not null'],
    ['amount', 'numeric', 'not null'],
  ],
  createIndexes: (schema) => `
    create index on ${schema}.${TABLE} (site, day) include (measure, currency, count, amount);`,
  rowsOf,
};
