import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { viewPurchase } from '@app/read-models/views/purchase-view';
import { Needs } from '../../auth/access';
import type { AuthenticatedRequest } from '../../auth/authenticate';
import { Problem } from '../../http/problems/problem';
import { ReadQuery, TakesQuery } from '../../http/query/query.interceptor';
import { headersOf } from '../calls';
import { viewHistoryEntry, viewTransaction } from '@app/read-models/views/entry-view';
import { readPath, readPurchaseId } from '../purchase-path';
import { TIMELINE_PARAMETERS, timelineFilterOf, type TimelineQuery } from '../query-parameters';
import { viewTimelineEntry } from '../timeline-view';
import { HonoursConsistencyToken } from './consistency.interceptor';
import { type CurrentPurchase, PurchaseReader } from './purchase-reader';

@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@HonoursConsistencyToken()
@Controller('api/v1/purchases')
export class PurchaseReadsController {
  constructor(
    private readonly reader: PurchaseReader,
    private readonly queries: PurchaseQueries,
  ) {}

  /** One purchase by any of its identifiers. */
  @Get(':lookupBy/:identifier')
  @Needs('read')
  async get(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { purchase, revision } = await this.find(lookupBy, identifier, request, reply);
    return viewPurchase(purchase, revision);
  }

  /** Payments and refunds, in the order in which they were first recorded. */
  @Get(':lookupBy/:identifier/transactions')
  @Needs('read')
  async transactions(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object[]> {
    const { purchase } = await this.find(lookupBy, identifier, request, reply);
    return purchase.transactions.map((each) => viewTransaction(each, purchase.currency));
  }

  /** Messages, notes and e-mails, the oldest first. */
  @Get(':lookupBy/:identifier/history')
  @Needs('read')
  async history(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object[]> {
    const { purchase } = await this.find(lookupBy, identifier, request, reply);
    return purchase.history.map(viewHistoryEntry);
  }

  /** The events of a purchase: when, who, in words, before and after; the oldest first. */
  @Get(':lookupBy/:identifier/timeline')
  @Needs('read')
  @TakesQuery(TIMELINE_PARAMETERS)
  async timeline(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @ReadQuery() query: TimelineQuery,
    @Req() { caller }: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object[]> {
    const found = await this.reader.findInReadModel(caller.site, readPath(lookupBy, identifier));
    void reply.headers(headersOf(found));
    const rows = await this.queries.timeline(caller.site, found.purchaseId, timelineFilterOf(query));
    return rows.map(viewTimelineEntry);
  }

  /** The events of a purchase that may be deleted, by its own id; for the scope `operate`. */
  @ApiOperation({
    summary: 'The timeline of a purchase by its own id, deleted or not',
    description: 'For the scope `operate`. The id is in `Purchase-Id` and `calculated_follows` of answers.',
  })
  @Get('by-id/:purchaseId/timeline')
  @Needs('operate')
  @TakesQuery(TIMELINE_PARAMETERS)
  async timelineById(
    @Param('purchaseId') purchaseId: string,
    @ReadQuery() query: TimelineQuery,
    @Req() { caller }: AuthenticatedRequest,
  ): Promise<object[]> {
    const id = readPurchaseId(purchaseId);
    await this.reader.waitForPurchase(id);
    if (!(await this.queries.hasHistory(caller.site, id)))
      throw new Problem('purchase-not-found', 'no purchase has this id');
    return (await this.queries.timeline(caller.site, id, timelineFilterOf(query))).map(viewTimelineEntry);
  }

  private async find(
    lookupBy: string,
    identifier: string,
    { caller }: AuthenticatedRequest,
    reply: FastifyReply,
  ): Promise<CurrentPurchase> {
    const found = await this.reader.find(caller.site, readPath(lookupBy, identifier));
    void reply.headers(headersOf(found));
    return found;
  }
}
