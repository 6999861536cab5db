import { Controller, Delete, Get, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import {
  VerificationRefused,
  type VerificationRun,
  VerificationRuns,
} from '@app/read-models/operations/verification-runs';
import { Needs } from '../auth/access';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { Describe } from '../http/openapi/describe';
import { Problem, retryAfter } from '../http/problems/problem';
import { uuid, whole } from '../http/query/parameter';
import { ReadQuery, TakesQuery } from '../http/query/query.guard';
import { checkName } from './check-name';
import { viewVerification } from './operations-view';

const PARAMETERS = {
  sample: whole(1, 1_000_000, 'Purchases to compare at most, chosen at random'),
  since: whole(0, Number.MAX_SAFE_INTEGER, 'Only purchases that have events after this commit position'),
  purchase: uuid('Only this purchase, by its `Purchase-Id`'),
};

interface Scope {
  sample?: number;
  since?: number;
  purchase?: string;
}

/** Verifies rows of the read model against the history. An operator verifies only the purchases of their own site. */
@ApiTags('operations')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@Controller('api/v1/projections')
export class VerificationsController {
  constructor(private readonly verifications: VerificationRuns) {}

  @Describe({
    id: 'startVerification',
    summary: 'Compare the rows of the site with its history',
    description:
      'Replays the history while the projector runs, and changes nothing. One verification runs at a time; `Location` is the URL of its progress and result.',
    answers: { 202: { description: 'Started', schema: 'Verification', headers: ['Location'] } },
    problems: ['not-found', 'operation-in-progress', 'read-model-unavailable'],
  })
  @TakesQuery(PARAMETERS)
  @Post(':name/verifications')
  @Needs('operate')
  async start(
    @Param('name') name: string,
    @ReadQuery() { sample, since, purchase }: Scope,
    @Req() { caller }: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<object> {
    checkName(name);
    const run = await this.verifications
      .start({
        site: caller.site,
        sample,
        since: since === undefined ? undefined : BigInt(since),
        purchaseId: purchase,
      })
      .catch(asProblem);
    void reply.status(202).header('location', `/api/v1/projections/${name}/verifications/${run.id}`);
    return viewVerification(name, run);
  }

  @Describe({
    id: 'getVerification',
    summary: 'Get progress and result of a verification',
    answers: { 200: { description: 'The progress, and the rows that differ', schema: 'Verification' } },
    problems: ['not-found', 'read-model-unavailable'],
  })
  @Get(':name/verifications/:id')
  @Needs('operate')
  async find(
    @Param('name') name: string,
    @Param('id') id: string,
    @Req() { caller }: AuthenticatedRequest,
  ): Promise<object> {
    checkName(name);
    return viewVerification(name, found(await this.verifications.find(id, caller.site)));
  }

  @Describe({
    id: 'cancelVerification',
    summary: 'Cancel a verification',
    answers: { 200: { description: 'The cancelled verification', schema: 'Verification' } },
    problems: ['not-found', 'read-model-unavailable'],
  })
  @Delete(':name/verifications/:id')
  @Needs('operate')
  async cancel(
    @Param('name') name: string,
    @Param('id') id: string,
    @Req() { caller }: AuthenticatedRequest,
  ): Promise<object> {
    checkName(name);
    return viewVerification(name, found(await this.verifications.cancel(id, caller.site)));
  }
}

function asProblem(error: unknown): never {
  if (error instanceof VerificationRefused)
    throw new Problem('operation-in-progress', 'another verification is running', retryAfter(5));
  throw error;
}

function found(run: VerificationRun | undefined): VerificationRun {
  if (run === undefined) throw new Problem('not-found', 'there is no such verification');
  return run;
}
