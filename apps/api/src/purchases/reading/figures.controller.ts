import { Controller, Get, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { DailyFigure } from '@app/read-models/queries/daily-figures';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { Needs } from '../../auth/access';
import type { AuthenticatedRequest } from '../../auth/authenticate';
import { Describe } from '../../http/openapi/describe';
import { Problem } from '../../http/problems/problem';
import { formatted, type Parameter, type ValuesOf } from '../../http/query/parameter';
import { ReadQuery, TakesQuery } from '../../http/query/query.guard';
import { FORMATS } from '../body/formats';
import { HonoursConsistencyToken } from './consistency.guard';
import { formatSum } from './format-sum';

/** Limits the size of a response. */
const MAX_DAYS = 366;
const DAY_MS = 86_400_000;

const day = (description: string): Parameter<string> => ({
  ...formatted(FORMATS.date, { type: 'string', format: 'date' }, description),
  required: true,
});

const FIGURES_PARAMETERS = {
  from: day('The first day (UTC)'),
  to: day(`The last day (UTC), at most ${MAX_DAYS - 1} days later`),
} satisfies Record<string, Parameter<unknown>>;

function checkRange(from: string, to: string): void {
  const days = (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;
  if (days >= 1 && days <= MAX_DAYS) return;
  const message = `must be from 0 to ${MAX_DAYS - 1} days after \`from\``;
  throw new Problem('invalid-parameter', `to ${message}`, {
    errors: [{ property: 'to', code: 'invalid-parameter', message }],
  });
}

/** Aggregated figures of the purchases of a site. */
@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@HonoursConsistencyToken()
@Controller('api/v1/figures')
export class FiguresController {
  constructor(private readonly queries: PurchaseQueries) {}

  @Get()
  @Describe({
    id: 'getDailyFigures',
    summary: 'Get ordered, shipped, refunded and cancelled amounts by day and currency',
    description:
      'An order counts on the day (UTC) on which it was placed, a package on the day on which it was shipped, refunded or cancelled. Days without figures are omitted.',
    answers: { 200: { description: 'The days, earliest first', schema: 'DailyFigures', isList: true } },
    problems: ['read-model-behind', 'read-model-unavailable'],
  })
  @Needs('read')
  @TakesQuery(FIGURES_PARAMETERS)
  async figures(
    @ReadQuery() { from = '', to = '' }: ValuesOf<typeof FIGURES_PARAMETERS>,
    @Req() { caller }: AuthenticatedRequest,
  ): Promise<object[]> {
    checkRange(from, to);
    return viewFigures(await this.queries.dailyFigures(caller.site, from, to));
  }
}

/** One object for each day and currency, with all four measures. */
function viewFigures(figures: readonly DailyFigure[]): object[] {
  const days = new Map<string, Record<string, unknown>>();
  for (const figure of figures) {
    const { currency, measure, count } = figure;
    const none = { count: 0, total: { number: formatSum('0', currency), currency } };
    const key = `${figure.day} ${currency}`;
    const view = days.get(key) ?? {
      ...{ day: figure.day, currency },
      ...{ ordered: none, shipped: none, refunded: none, cancelled: none },
    };
    view[measure] = { count, total: { number: formatSum(figure.amount, currency), currency } };
    days.set(key, view);
  }
  return [...days.values()];
}
