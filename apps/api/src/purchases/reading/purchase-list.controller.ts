import { Controller, Get, Req, Res, type StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { CustomerStats, StatsOrder } from '@app/read-models/queries/customer-stats';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { Needs } from '../../auth/access';
import type { AuthenticatedRequest } from '../../auth/authenticate';
import { jsonArray, linkNext } from '../../http/json-array';
import { ReadQuery, TakesQuery } from '../../http/query/query.guard';
import {
  filterOf,
  LIST_PARAMETERS,
  listPageOf,
  type ListQuery,
  STATS_PARAMETERS,
  type StatsQuery,
} from '../query-parameters';
import { HonoursConsistencyToken } from './consistency.guard';
import { formatSum } from './format-sum';
import { encodeCursor } from './list-cursor';
import { Describe } from '../../http/openapi/describe';

@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@HonoursConsistencyToken()
@Controller('api/v1/purchases')
export class PurchaseListController {
  constructor(private readonly queries: PurchaseQueries) {}

  /** Lists purchases without their packages, newest first. */
  @Get()
  @Describe({
    id: 'listPurchases',
    summary: 'List purchases without their packages, newest first',
    description:
      'A page ends after `limit` purchases or 16 MiB. `Link: rel="next"` is present when more follow. Purchases without the ordering time come last.',
    answers: { 200: { description: 'The purchases', schema: 'PurchaseBase', isList: true, headers: ['Link'] } },
    problems: ['read-model-behind', 'read-model-unavailable'],
  })
  @Needs('read')
  @TakesQuery(LIST_PARAMETERS)
  async list(
    @ReadQuery() query: ListQuery,
    @Req() { caller, url }: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | StreamableFile> {
    const page = listPageOf(query);
    const { orderBy = 'placed_at' } = page;
    const { chunks, next } = await this.queries.list(caller.site, filterOf(query), page);
    if (next !== undefined) linkNext(reply, url, { cursor: encodeCursor({ ...next, orderBy }) });
    return jsonArray(reply, chunks, (document) => document);
  }

  /** Order statistics of a customer: number of orders, totals by currency, first and last order. */
  @Describe({
    id: 'getCustomerStats',
    summary: 'Get order statistics of a customer: count, totals by currency, first and last order',
    description: 'Includes purchases of the types `order_unconfirmed` and `order` that are not cancelled.',
    answers: { 200: { description: 'The figures', schema: 'CustomerStats' } },
    problems: ['read-model-behind', 'read-model-unavailable'],
  })
  @Get('stats')
  @Needs('read')
  @TakesQuery(STATS_PARAMETERS)
  async stats(@ReadQuery() query: StatsQuery, @Req() { caller }: AuthenticatedRequest): Promise<object> {
    const customer = query['customer_identifiers[sparklayer]'] ?? '';
    return viewStats(await this.queries.stats(caller.site, customer));
  }
}

const viewOrder = (order: StatsOrder | undefined): object | null =>
  order === undefined ? null : { placed_at: order.at?.toISOString() ?? null, purchase_identifiers: order.identifiers };

const viewStats = ({ orders, totals, first, last }: CustomerStats): object => ({
  orders,
  totals: totals.map(({ currency, orders: count, payable }) => ({
    orders: count,
    total: { number: formatSum(payable, currency), currency },
  })),
  first_order: viewOrder(first),
  last_order: viewOrder(last),
});
