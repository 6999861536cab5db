import type { Measure } from '../projections/daily-figures';
import { LIVE } from '../tables';
import type { Reads } from './site-reads';

/** The figures of a day (UTC) in one currency. */
export interface DailyFigure {
  day: string;
  currency: string;
  measure: Measure;
  count: number;
  /** Minor units. */
  amount: string;
}

/** Reads the figures of a site between two days, inclusive, by day, currency and measure. */
export const dailyFigures = (reads: Reads, site: string, from: string, to: string): Promise<DailyFigure[]> =>
  reads.query<DailyFigure>(
    `select to_char(day, 'YYYY-MM-DD') as day, currency, measure, sum(count)::int as count, sum(amount)::text as amount
     from ${LIVE}.daily_figures where site = $1 and day between $2::date and $3::date
     group by day, currency, measure order by day, currency, measure`,
    [site, from, to],
  );
