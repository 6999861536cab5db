import { Body, Controller, Delete, Headers, Param, Put, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Needs } from '../auth/access';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { ReadQuery, TakesQuery } from '../http/query/query.guard';
import { toJsonBody } from '../http/body/json-body';
import { contextOf, isStrict, sendAnswer } from './calls';
import { readGuards } from './purchase-guards';
import { readPath } from './purchase-path';
import { PUT_PARAMETERS, type PutQuery } from './query-parameters';
import { ExecuteWrite } from './writes/execute-write';
import { Describe, REFUSALS_OF_WRITES } from '../http/openapi/describe';
import { WRITE_HEADERS } from '../http/openapi/headers';

@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@Controller('api/v1/purchases')
export class PurchaseController {
  constructor(private readonly commands: CommandBus) {}

  /** Creates the purchase or replaces it; returns it as stored. */
  @Describe({
    id: 'putPurchase',
    summary: 'Create or replace a purchase',
    description:
      'Identifiers that the body omits are released, except `sparklayer`. The same body again changes nothing: `Purchase-Changed: false`.',
    body: 'PurchaseBody',
    answers: {
      200: {
        description: 'Replaced; for a dry run, the events and the result',
        schema: ['Purchase', 'DryRun'],
        headers: WRITE_HEADERS,
      },
      201: { description: 'Created', schema: 'Purchase', headers: WRITE_HEADERS },
    },
    problems: [
      ...REFUSALS_OF_WRITES,
      'identifier-mismatch',
      'sparklayer-id-is-immutable',
      'identifier-taken',
      'type-change-refused',
      'stale-revision',
      'currency-change-refused',
      'purchase-too-large',
      'sum-too-large',
    ],
  })
  @ApiHeader({ name: 'If-Match', required: false, description: 'one or more ETags, or `*`' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: '`*`: the purchase must not exist' })
  @TakesQuery(PUT_PARAMETERS)
  @Put(':lookupBy/:identifier')
  @Needs('write', { parsesBody: true })
  async put(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @Body() body: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @ReadQuery() { dry_run }: PutQuery,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const command = new ExecuteWrite({
      type: 'put',
      target: readPath(lookupBy, identifier),
      guards: readGuards(headers),
      body: toJsonBody(body),
      strict: isStrict(headers),
      dryRun: dry_run === 'true',
      context: contextOf(request),
    });
    return sendAnswer(reply, await this.commands.execute(command));
  }

  /** Deletes the purchase. Its history is kept and its identifiers can be used again. */
  @Describe({
    id: 'deletePurchase',
    summary: 'Delete a purchase',
    description:
      'Its identifiers can be used again at once. Its history is kept and can be read by the `Purchase-Id` of the response.',
    answers: {
      204: { description: 'Deleted', headers: ['Purchase-Id', 'Purchase-Changed', 'Consistency-Token'] },
    },
    problems: ['purchase-not-found', ...REFUSALS_OF_WRITES],
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
  ): Promise<string | undefined> {
    const command = new ExecuteWrite({
      type: 'delete',
      target: readPath(lookupBy, identifier),
      guards: readGuards(headers),
      context: contextOf(request),
    });
    return sendAnswer(reply, await this.commands.execute(command));
  }
}
