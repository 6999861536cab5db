import { Body, Controller, Get, Headers, HttpCode, Put, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { TooManyRates, UsdRates } from '@app/sites/usd-rates';
import { Needs } from '../auth/access';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { linkNext } from '../http/json-array';
import { Describe } from '../http/openapi/describe';
import { Problem } from '../http/problems/problem';
import { formatted, type Parameter, type ValuesOf, whole } from '../http/query/parameter';
import { ReadQuery, TakesQuery } from '../http/query/query.guard';
import { FORMATS } from '../purchases/body/formats';
import { readBody } from '../purchases/body/read-body';
import { invalidBody, isStrict } from '../purchases/calls';
import { UsdRatesDto } from './rates-dto';

const DEFAULT_LIMIT = 100;

const RATE_PARAMETERS = {
  currency: {
    ...formatted(FORMATS.currency, { type: 'string', pattern: '^[A-Z]{3}$' }, 'Rates of this currency'),
    required: true,
  },
  before: formatted(FORMATS.date, { type: 'string', format: 'date' }, 'Rates of days before this one'),
  limit: whole(1, 500, `Rates to answer at most (default ${DEFAULT_LIMIT})`),
} satisfies Record<string, Parameter<unknown>>;

/** Manages the US dollar rates of the caller's own site. */
@ApiTags('operations')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@Controller('api/v1/usd-rates')
export class RatesController {
  constructor(private readonly rates: UsdRates) {}

  @Get()
  @Describe({
    id: 'listUsdRates',
    summary: 'List the US dollar rates of a currency, newest day first',
    answers: { 200: { description: 'A page', schema: 'UsdRate', isList: true, headers: ['Link'] } },
  })
  @Needs('operate')
  @TakesQuery(RATE_PARAMETERS)
  async list(
    @ReadQuery() { currency = '', before, limit = DEFAULT_LIMIT }: ValuesOf<typeof RATE_PARAMETERS>,
    @Req() { caller, url }: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object[]> {
    const found = await this.rates.list(caller.site, currency, { before, limit: limit + 1 });
    const page = found.slice(0, limit);
    if (found.length > limit) linkNext(reply, url, { before: page.at(-1)?.day ?? '' });
    return page;
  }

  @Put()
  @HttpCode(200)
  @Describe({
    id: 'loadUsdRates',
    summary: 'Load US dollar rates by day and currency',
    description: 'Replaces rates of the same day and currency. An order that was already placed keeps its rate.',
    body: 'UsdRatesBody',
    answers: { 200: { description: 'Loaded', schema: 'LoadedRates' } },
    problems: ['too-many-rates'],
  })
  @Needs('operate')
  async load(
    @Body() body: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @Req() { caller, id }: AuthenticatedRequest,
  ): Promise<object> {
    const read = readBody(UsdRatesDto, body, { strict: isStrict(headers) });
    if (!read.ok) throw invalidBody(read);
    try {
      const by = { actor: caller.clientId, requestId: id };
      const changed = await this.rates.load(caller.site, read.value.rates, by);
      return { loaded: read.value.rates.length, changed };
    } catch (error) {
      throw error instanceof TooManyRates ? new Problem('too-many-rates', error.message) : error;
    }
  }
}
