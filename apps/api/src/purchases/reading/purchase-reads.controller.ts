import { Controller, Get, Param, Req, Res, type StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { type FoundEntries, PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { Sites } from '@app/sites/sites';
import { Needs } from '../../auth/access';
import type { AuthenticatedRequest } from '../../auth/authenticate';
import { Problem } from '../../http/problems/problem';
import { jsonArray, jsonText, linkNext } from '../../http/json-array';
import { ReadQuery, TakesQuery } from '../../http/query/query.guard';
import { headersOf } from '../calls';
import { viewHistoryEntry, viewTransaction } from '@app/read-models/views/entry-view';
import { viewPurchase } from '@app/read-models/views/purchase-view';
import { readPath, readPurchaseId } from '../purchase-path';
import {
  PAST_PARAMETERS,
  type PastQuery,
  TIMELINE_PARAMETERS,
  timelineFilterOf,
  timelinePageOf,
  type TimelineQuery,
} from '../query-parameters';
import { viewTimelineEntry } from '@app/read-models/views/timeline-view';
import { HonoursConsistencyToken } from './consistency.guard';
import { asksForPast, PastReader } from './past-reader';
import { PurchaseReader } from './purchase-reader';
import { Describe } from '../../http/openapi/describe';
import { PURCHASE_HEADERS } from '../../http/openapi/headers';

@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@HonoursConsistencyToken()
@Controller('api/v1/purchases')
export class PurchaseReadsController {
  constructor(
    private readonly reader: PurchaseReader,
    private readonly past: PastReader,
    private readonly queries: PurchaseQueries,
    private readonly sites: Sites,
  ) {}

  /** Returns one purchase by any of its identifiers. */
  @Get(':lookupBy/:identifier')
  @Describe({
    id: 'getPurchase',
    summary: 'Get a purchase by any of its identifiers',
    description: 'The current state, or the state at a `revision` or a time (`as_of`).',
    answers: { 200: { description: 'Found', schema: 'Purchase', headers: PURCHASE_HEADERS } },
    problems: ['purchase-not-found', 'revision-not-found', 'read-model-behind', 'read-model-unavailable'],
  })
  @Needs('read')
  @TakesQuery(PAST_PARAMETERS)
  async get(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @ReadQuery() query: PastQuery,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | object> {
    const [{ site }, target] = [request.caller, readPath(lookupBy, identifier)];
    if (asksForPast(query)) {
      const past = await this.past.find(site, target, query);
      void reply.headers(headersOf(past));
      return viewPurchase(past.purchase, past.revision);
    }
    const found = await this.reader.findDocument(site, target);
    void reply.headers(headersOf(found));
    return jsonText(reply, found.document);
  }

  /** Lists payments and refunds in the order in which they were first recorded. */
  @Get(':lookupBy/:identifier/transactions')
  @Describe({
    id: 'listTransactions',
    summary: 'List payments and refunds in the order in which they were first recorded',
    description: 'The current state, or the state at a `revision` or a time (`as_of`).',
    answers: { 200: { description: 'Found', schema: 'Transaction', isList: true, headers: PURCHASE_HEADERS } },
    problems: ['purchase-not-found', 'revision-not-found', 'read-model-behind', 'read-model-unavailable'],
  })
  @Needs('read')
  @TakesQuery(PAST_PARAMETERS)
  async transactions(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @ReadQuery() query: PastQuery,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object[]> {
    const { purchase } = await this.findEntries(lookupBy, identifier, query, request, reply);
    return purchase.transactions.map((each) => viewTransaction(each, purchase.currency));
  }

  /** Lists messages, notes and e-mails, oldest first. */
  @Get(':lookupBy/:identifier/history')
  @Describe({
    id: 'listHistory',
    summary: 'List messages, notes and e-mails, oldest first',
    description: 'The current state, or the state at a `revision` or a time (`as_of`).',
    answers: { 200: { description: 'Found', schema: 'HistoryEntry', isList: true, headers: PURCHASE_HEADERS } },
    problems: ['purchase-not-found', 'revision-not-found', 'read-model-behind', 'read-model-unavailable'],
  })
  @Needs('read')
  @TakesQuery(PAST_PARAMETERS)
  async history(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @ReadQuery() query: PastQuery,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object[]> {
    const { purchase } = await this.findEntries(lookupBy, identifier, query, request, reply);
    return purchase.history.map(viewHistoryEntry);
  }

  /** Lists the events of a purchase, oldest first: time, actor, sentence, values before and after. */
  @Get(':lookupBy/:identifier/timeline')
  @Describe({
    id: 'getTimeline',
    summary: 'List the events of a purchase, oldest first: time, actor, sentence, values before and after',
    answers: { 200: { description: 'Found', schema: 'TimelineEntry', isList: true, headers: PURCHASE_HEADERS } },
    problems: ['purchase-not-found', 'read-model-behind', 'read-model-unavailable'],
  })
  @Needs('read')
  @TakesQuery(TIMELINE_PARAMETERS)
  async timeline(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @ReadQuery() query: TimelineQuery,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | StreamableFile> {
    const found = await this.reader.findInReadModel(request.caller.site, readPath(lookupBy, identifier));
    void reply.headers(headersOf(found));
    return this.timelinePage(found.purchaseId, query, request, reply);
  }

  /** Lists the events of a purchase by its own id, also when it is deleted. */
  @Get('by-id/:purchaseId/timeline')
  @Describe({
    id: 'getTimelineById',
    summary: 'List the events of a purchase by its own id, also when it is deleted',
    description: 'The id is returned in `Purchase-Id` and `calculated_follows`.',
    answers: { 200: { description: 'Found', schema: 'TimelineEntry', isList: true } },
    problems: ['purchase-not-found', 'read-model-behind', 'read-model-unavailable'],
  })
  @Needs('read')
  @TakesQuery(TIMELINE_PARAMETERS)
  async timelineById(
    @Param('purchaseId') purchaseId: string,
    @ReadQuery() query: TimelineQuery,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | StreamableFile> {
    const id = readPurchaseId(purchaseId);
    await this.reader.waitForPurchase(request.caller.site, id);
    if (!(await this.queries.hasHistory(request.caller.site, id)))
      throw new Problem('purchase-not-found', 'no purchase has this id');
    return this.timelinePage(id, query, request, reply);
  }

  private async timelinePage(
    purchaseId: string,
    query: TimelineQuery,
    { caller, url }: AuthenticatedRequest,
    reply: FastifyReply,
  ): Promise<string | StreamableFile> {
    const [filter, page] = [timelineFilterOf(query), timelinePageOf(query)];
    const { chunks, next } = await this.queries.timeline(caller.site, purchaseId, filter, page);
    if (next !== undefined) linkNext(reply, url, { cursor: next });
    return jsonArray(reply, chunks, (row) =>
      JSON.stringify(viewTimelineEntry(row, this.sites.labelOf(caller.site, row.actor ?? ''))),
    );
  }

  private async findEntries(
    lookupBy: string,
    identifier: string,
    query: PastQuery,
    { caller }: AuthenticatedRequest,
    reply: FastifyReply,
  ): Promise<FoundEntries> {
    const target = readPath(lookupBy, identifier);
    const found = asksForPast(query)
      ? await this.past.find(caller.site, target, query)
      : await this.reader.findEntries(caller.site, target);
    void reply.headers(headersOf(found));
    return found;
  }
}
