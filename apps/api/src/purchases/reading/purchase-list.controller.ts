import { Controller, Get, Req } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { viewPurchaseBase } from '@app/read-models/views/purchase-view';
import { Needs } from '../../auth/access';
import type { AuthenticatedRequest } from '../../auth/authenticate';
import { ReadQuery, TakesQuery } from '../../http/query/query.interceptor';
import { filterOf, LIST_PARAMETERS, type ListQuery, pageOf } from '../query-parameters';
import { HonoursConsistencyToken } from './consistency.interceptor';

@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@HonoursConsistencyToken()
@Controller('api/v1/purchases')
export class PurchaseListController {
  constructor(private readonly queries: PurchaseQueries) {}

  /** Purchases without their packages, the newest first. */
  @Get()
  @Needs('read')
  @TakesQuery(LIST_PARAMETERS)
  async list(@ReadQuery() query: ListQuery, @Req() { caller }: AuthenticatedRequest): Promise<object[]> {
    const found = await this.queries.list(caller.site, filterOf(query), pageOf(query));
    return found.map(({ purchase, revision }) => viewPurchaseBase(purchase, revision));
  }
}
