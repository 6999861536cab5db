import { Body, Controller, Delete, Get, Headers, Param, Put, Req, Res, UseGuards } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import { type AuthenticatedRequest, CallerGuard, Needs } from '../auth/caller.guard';
import { Problem } from '../http/problems/problem';
import { problemOf } from '../http/problems/refusals';
import { ReadQuery, TakesQuery } from '../http/query/query.interceptor';
import { readPurchaseBody } from './body/purchase-body';
import { contextOf, findPurchase, headersOf, invalidBody, isStrict, written } from './calls';
import { DeletePurchase } from './delete-purchase.handler';
import { readGuards } from './purchase-guards';
import { readPath, readPurchaseId } from './purchase-path';
import { viewPurchase, viewPurchaseBase } from '@app/read-models/views/purchase-view';
import { PutPurchase } from './put-purchase.handler';
import {
  filterOf,
  LIST_PARAMETERS,
  type ListQuery,
  pageOf,
  PUT_PARAMETERS,
  type PutQuery,
  TIMELINE_PARAMETERS,
  timelineFilterOf,
  type TimelineQuery,
} from './query-parameters';
import { viewTimelineEntry } from './timeline-view';

@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@UseGuards(CallerGuard)
@Controller('api/v1/purchases')
export class PurchaseController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: PurchaseQueries,
  ) {}

  /** Creates the purchase, or replaces it whole; answers it as it is stored then. */
  @ApiOperation({
    summary: 'Create a purchase, or replace it whole',
    description:
      'Identifiers that the body leaves out are given up, but for `sparklayer`. The same body again changes nothing: `Purchase-Changed: false`.',
  })
  @ApiHeader({ name: 'If-Match', required: false, description: 'an ETag, several, or `*`' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: '`*`: it must not exist yet' })
  @TakesQuery(PUT_PARAMETERS)
  @Put(':lookupBy/:identifier')
  @Needs('write')
  @ApiBody({ schema: { $ref: '#/components/schemas/PurchaseDto' } })
  async put(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @Body() body: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @ReadQuery() { dry_run }: PutQuery,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const dryRun = dry_run === 'true';
    const target = readPath(lookupBy, identifier);
    const guards = readGuards(headers);
    const read = readPurchaseBody(body, { strict: isStrict(headers) });
    if (!read.ok) throw invalidBody(read);
    const context = contextOf(request, read.value.customer.sparklayerImpersonator);
    const outcome = written(await this.commands.execute(new PutPurchase(target, read.value, context, guards, dryRun)));
    const { purchase, revision, created, events } = outcome;
    void reply.headers(headersOf(outcome));
    if (dryRun) return { events, purchase: viewPurchase(purchase, revision) };
    void reply.status(created ? 201 : 200);
    return viewPurchase(purchase, revision);
  }

  /** Takes the purchase away; its history stays and its identifiers are free. */
  @ApiOperation({
    summary: 'Take a purchase away',
    description: 'Its identifiers are free at once. Its history stays, to be read by the `Purchase-Id` of the answer.',
  })
  @ApiHeader({ name: 'If-Match', required: false })
  @Delete(':lookupBy/:identifier')
  @Needs('write')
  async delete(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @Headers() headers: Record<string, string | undefined>,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<void> {
    const command = new DeletePurchase(readPath(lookupBy, identifier), contextOf(request), readGuards(headers));
    const outcome = await this.commands.execute(command);
    if (outcome.kind === 'refused') throw problemOf(outcome.refusal);
    // No ETag: there is nothing left that it could be of.
    const { etag: _etag, ...told } = headersOf(outcome);
    void reply.status(204).headers(told);
  }

  /** Purchases without their packages, the newest first. */
  @Get()
  @Needs('read')
  @TakesQuery(LIST_PARAMETERS)
  async list(@ReadQuery() query: ListQuery, @Req() { caller }: AuthenticatedRequest): Promise<object[]> {
    const found = await this.queries.list(caller.site, filterOf(query), pageOf(query));
    return found.map(({ purchase, revision }) => viewPurchaseBase(purchase, revision));
  }

  /** One purchase by any of its identifiers. */
  @Get(':lookupBy/:identifier')
  @Needs('read')
  async get(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    const { purchase, revision } = await findPurchase(this.queries, lookupBy, identifier, request, reply);
    return viewPurchase(purchase, revision);
  }

  /** What happened to a purchase: when, who, in words, before and after; the oldest first. */
  @Get(':lookupBy/:identifier/timeline')
  @Needs('read')
  @TakesQuery(TIMELINE_PARAMETERS)
  async timeline(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @ReadQuery() query: TimelineQuery,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object[]> {
    const { purchaseId } = await findPurchase(this.queries, lookupBy, identifier, request, reply);
    return (await this.queries.timeline(request.caller.site, purchaseId, timelineFilterOf(query))).map(
      viewTimelineEntry,
    );
  }

  /** What happened to a purchase that may be deleted, by its own id; for the scope `operate`. */
  @ApiOperation({
    summary: 'The timeline of a purchase by its own id, deleted or not',
    description: 'For the scope `operate`. The id is what answers tell in `Purchase-Id` and `calculated_follows`.',
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
    if (!(await this.queries.hasHistory(caller.site, id)))
      throw new Problem('purchase-not-found', 'no purchase has this id');
    return (await this.queries.timeline(caller.site, id, timelineFilterOf(query))).map(viewTimelineEntry);
  }
}
