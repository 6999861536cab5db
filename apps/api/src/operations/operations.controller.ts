import { Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
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
import { PROJECTION, VERSION } from '@app/read-models/tables';
import { Needs } from '../auth/access';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { Problem } from '../http/problems/problem';
import { text, whole } from '../http/query/parameter';
import { ReadQuery, TakesQuery } from '../http/query/query.interceptor';
import { EVENT_STORE, READ_MODEL_POOL } from '../injection-tokens';
import { viewProjection, viewQuarantined, viewRebuild, viewReleased } from './operations-view';

const DEFAULT_LIMIT = 50;
/** Purchases that one call releases; another call goes on with the rest. */
const MAX_RELEASED = 500;

const QUARANTINE_PARAMETERS = {
  limit: whole(1, 500, `Purchases to answer at most (default ${DEFAULT_LIMIT})`),
  after: text('The `next` of the page before'),
};

function checkName(name: string): void {
  if (name !== PROJECTION)
    throw new Problem('not-found', `there is no projection of this name; there is ${PROJECTION}`);
}

/** The state of the read model, and what an operator does about it. An operator of a site sees purchases of that site alone. */
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

  @ApiOperation({ summary: 'List the projections: version, position, lag, who leads' })
  @Get()
  @Needs('operate')
  async list(): Promise<object> {
    return [viewProjection(PROJECTION, VERSION, await this.status.read())];
  }

  @ApiOperation({ summary: 'List the purchases of the site that a projection has stopped at' })
  @TakesQuery(QUARANTINE_PARAMETERS)
  @Get(':name/quarantine')
  @Needs('operate')
  async quarantine(
    @Param('name') name: string,
    @ReadQuery() { limit = DEFAULT_LIMIT, after }: { limit?: number; after?: string },
    @Req() { caller }: AuthenticatedRequest,
  ): Promise<object> {
    checkName(name);
    const { purchases, next } = await quarantinePage(this.pool, { limit, after, site: caller.site });
    return { purchases: purchases.map(viewQuarantined), next };
  }

  @ApiOperation({ summary: 'Go on with every purchase of the site from the event that was refused' })
  @Post(':name/quarantine/retry')
  @Needs('operate')
  retryAll(@Param('name') name: string, @Req() { caller }: AuthenticatedRequest): Promise<object> {
    return this.releaseAll(name, 'retry', caller.site);
  }

  @ApiOperation({ summary: 'Remove the rows of every quarantined purchase of the site and fold their whole history' })
  @Post(':name/quarantine/replay')
  @Needs('operate')
  replayAll(@Param('name') name: string, @Req() { caller }: AuthenticatedRequest): Promise<object> {
    return this.releaseAll(name, 'replay', caller.site);
  }

  @ApiOperation({ summary: 'Go on with a purchase from the event that was refused' })
  @Post(':name/quarantine/:purchase/retry')
  @Needs('operate')
  retry(
    @Param('name') name: string,
    @Param('purchase') purchase: string,
    @Req() { caller }: AuthenticatedRequest,
  ): Promise<object> {
    return this.release(name, 'retry', purchase, caller.site);
  }

  @ApiOperation({ summary: 'Remove the rows of a quarantined purchase and fold its whole history' })
  @Post(':name/quarantine/:purchase/replay')
  @Needs('operate')
  replay(
    @Param('name') name: string,
    @Param('purchase') purchase: string,
    @Req() { caller }: AuthenticatedRequest,
  ): Promise<object> {
    return this.release(name, 'replay', purchase, caller.site);
  }

  @ApiOperation({
    summary: 'Rebuild a projection from the history',
    description:
      'Beside the live tables, for all sites; it switches when it has caught up. The answer names where its progress is told.',
  })
  @Post(':name/rebuilds')
  @Needs('operate')
  async startRebuild(@Param('name') name: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<object> {
    checkName(name);
    const run = await this.rebuilds.start();
    void reply.status(202).header('location', `/api/v1/projections/${name}/rebuilds/${run.id}`);
    return viewRebuild(run);
  }

  @ApiOperation({ summary: 'Progress of a rebuild' })
  @Get(':name/rebuilds/:id')
  @Needs('operate')
  async rebuild(@Param('name') name: string, @Param('id') id: string): Promise<object> {
    checkName(name);
    return viewRebuild(found(await this.rebuilds.find(id)));
  }

  @ApiOperation({ summary: 'Cancel a rebuild; what it has built is removed' })
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
