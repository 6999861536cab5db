import { Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { Pool } from 'pg';
import type { EventStore } from '@app/event-store/event-store';
import {
  quarantinePage,
  type Release,
  releaseAll,
  type Released,
  releasePurchase,
} from '@app/read-models/operations/quarantine-operations';
import { RebuildRuns } from '@app/read-models/operations/rebuild-runs';
import { ReadModelStatus } from '@app/read-models/projection/read-model-status';
import { Needs } from '../auth/access';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { Problem } from '../http/problems/problem';
import { Describe } from '../http/openapi/describe';
import { type ValuesOf, whole } from '../http/query/parameter';
import { ReadQuery, TakesQuery } from '../http/query/query.guard';
import { EVENT_STORE, READ_MODEL_POOL } from '../injection-tokens';
import { checkName } from './check-name';
import { encodeQuarantineCursor, quarantineCursor } from './quarantine-cursor';
import { viewProjections, viewQuarantined, viewRebuild, viewReleased } from './operations-view';

const DEFAULT_LIMIT = 50;
/** Maximum number of purchases that one call releases; the next call continues with the rest. */
const MAX_RELEASED = 500;

const QUARANTINE_PARAMETERS = {
  limit: whole(1, 500, `Purchases to answer at most (default ${DEFAULT_LIMIT})`),
  after: quarantineCursor('The `next` of the page before'),
};

/** Status and maintenance of the read model. An operator sees only the purchases of their own site. */
@ApiTags('operations')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@Controller('api/v1/projections')
export class OperationsController {
  constructor(
    @Inject(READ_MODEL_POOL) private readonly pool: Pool,
    @Inject(EVENT_STORE) private readonly eventStore: EventStore,
    private readonly status: ReadModelStatus,
    private readonly rebuilds: RebuildRuns,
  ) {}

  @Describe({
    id: 'listProjections',
    summary: 'List the projections: version, position, lag, rate, leader',
    answers: { 200: { description: 'The projections', schema: 'Projection', isList: true } },
    problems: ['read-model-unavailable'],
  })
  @Get()
  @Needs('operate')
  async list(): Promise<object> {
    return [viewProjections(await this.status.read())];
  }

  @Describe({
    id: 'listQuarantine',
    summary: 'List the quarantined purchases of the site',
    answers: { 200: { description: 'A page of purchases', schema: 'Quarantine' } },
    problems: ['not-found', 'read-model-unavailable'],
  })
  @TakesQuery(QUARANTINE_PARAMETERS)
  @Get(':name/quarantine')
  @Needs('operate')
  async quarantine(
    @Param('name') name: string,
    @ReadQuery() { limit = DEFAULT_LIMIT, after }: ValuesOf<typeof QUARANTINE_PARAMETERS>,
    @Req() { caller }: AuthenticatedRequest,
  ): Promise<object> {
    checkName(name);
    const { purchases, next } = await quarantinePage(this.pool, { limit, after, site: caller.site });
    return { purchases: purchases.map(viewQuarantined), next: next && encodeQuarantineCursor(next) };
  }

  @Describe({
    id: 'retryQuarantine',
    summary: 'Retry every quarantined purchase of the site from the event that was refused',
    answers: { 201: { description: 'The result for each purchase', schema: 'Released' } },
    problems: ['not-found', 'read-model-unavailable'],
  })
  @Post(':name/quarantine/retry')
  @Needs('operate')
  retryAll(@Param('name') name: string, @Req() { caller }: AuthenticatedRequest): Promise<object> {
    return this.releaseAll(name, 'retry', caller.site);
  }

  @Describe({
    id: 'replayQuarantine',
    summary: 'Replay the whole history of every quarantined purchase of the site',
    answers: { 201: { description: 'The result for each purchase', schema: 'Released' } },
    problems: ['not-found', 'read-model-unavailable'],
  })
  @Post(':name/quarantine/replay')
  @Needs('operate')
  replayAll(@Param('name') name: string, @Req() { caller }: AuthenticatedRequest): Promise<object> {
    return this.releaseAll(name, 'replay', caller.site);
  }

  @Describe({
    id: 'retryQuarantinedPurchase',
    summary: 'Retry a quarantined purchase from the event that was refused',
    answers: { 201: { description: 'The result for the purchase', schema: 'Released' } },
    problems: ['not-found', 'read-model-unavailable'],
  })
  @Post(':name/quarantine/:purchase/retry')
  @Needs('operate')
  retry(
    @Param('name') name: string,
    @Param('purchase') purchase: string,
    @Req() { caller }: AuthenticatedRequest,
  ): Promise<object> {
    return this.release(name, 'retry', purchase, caller.site);
  }

  @Describe({
    id: 'replayQuarantinedPurchase',
    summary: 'Replay the whole history of a quarantined purchase',
    answers: { 201: { description: 'The result for the purchase', schema: 'Released' } },
    problems: ['not-found', 'read-model-unavailable'],
  })
  @Post(':name/quarantine/:purchase/replay')
  @Needs('operate')
  replay(
    @Param('name') name: string,
    @Param('purchase') purchase: string,
    @Req() { caller }: AuthenticatedRequest,
  ): Promise<object> {
    return this.release(name, 'replay', purchase, caller.site);
  }

  @Describe({
    id: 'startRebuild',
    summary: 'Rebuild a projection from the history',
    description:
      'Builds new tables beside the live ones, for all sites, and switches to them when it has caught up. The projections share one checkpoint and are rebuilt together. `Location` is the URL of its progress.',
    answers: { 202: { description: 'Started', schema: 'Rebuild', headers: ['Location'] } },
    problems: ['not-found', 'read-model-unavailable'],
  })
  @Post(':name/rebuilds')
  @Needs('operate')
  async startRebuild(@Param('name') name: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    checkName(name);
    const run = await this.rebuilds.start();
    void reply.status(202).header('location', `/api/v1/projections/${name}/rebuilds/${run.id}`);
    return viewRebuild(run);
  }

  @Describe({
    id: 'getRebuild',
    summary: 'Get the progress of a rebuild',
    answers: { 200: { description: 'The progress', schema: 'Rebuild' } },
    problems: ['not-found', 'read-model-unavailable'],
  })
  @Get(':name/rebuilds/:id')
  @Needs('operate')
  async rebuild(@Param('name') name: string, @Param('id') id: string): Promise<object> {
    checkName(name);
    return viewRebuild(found(await this.rebuilds.find(id)));
  }

  @Describe({
    id: 'cancelRebuild',
    summary: 'Cancel a rebuild and remove its tables',
    answers: { 200: { description: 'The cancelled rebuild', schema: 'Rebuild' } },
    problems: ['not-found', 'read-model-unavailable'],
  })
  @Delete(':name/rebuilds/:id')
  @Needs('operate')
  async cancelRebuild(@Param('name') name: string, @Param('id') id: string): Promise<object> {
    checkName(name);
    return viewRebuild(found(await this.rebuilds.cancel(id)));
  }

  private async release(name: string, release: Release, id: string, site: string): Promise<object> {
    checkName(name);
    if (!(await this.isQuarantined(id, site))) throw new Problem('not-found', 'no such purchase is in quarantine');
    return viewReleased([await releasePurchase(this.pool, this.eventStore, id, release)]);
  }

  private async releaseAll(name: string, release: Release, site: string): Promise<object> {
    checkName(name);
    const released: Released[] = [];
    for await (const each of releaseAll(this.pool, this.eventStore, release, site)) {
      released.push(each);
      if (released.length === MAX_RELEASED) break;
    }
    return viewReleased(released);
  }

  private async isQuarantined(id: string, site: string): Promise<boolean> {
    const { purchases } = await quarantinePage(this.pool, { limit: 1, site, purchaseId: id });
    return purchases.length > 0;
  }
}

function found<T>(run: T | undefined): T {
  if (run === undefined) throw new Problem('not-found', 'there is no such rebuild');
  return run;
}
