import { Body, Controller, Delete, Headers, Param, Put, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Needs } from '../auth/access';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { problemOf } from '../http/problems/refusals';
import { ReadQuery, TakesQuery } from '../http/query/query.guard';
import { readPurchaseBody } from './body/purchase-body';
import { contextOf, headersOf, invalidBody, isStrict, written } from './calls';
import { DeletePurchase } from './delete-purchase.handler';
import { readGuards } from './purchase-guards';
import { readPath } from './purchase-path';
import { viewEvents } from '@app/read-models/views/event-view';
import { viewPurchase } from '@app/read-models/views/purchase-view';
import { PutPurchase } from './put-purchase.handler';
import { PUT_PARAMETERS, type PutQuery } from './query-parameters';
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
    summary: 'Create a purchase, or replace it whole',
    description:
      'Identifiers that the body leaves out are given up, but for `sparklayer`. The same body again changes nothing: `Purchase-Changed: false`.',
    body: 'PurchaseBody',
    answers: {
      200: {
        description: 'Replaced; in a dry run the events and the result',
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
  @ApiHeader({ name: 'If-Match', required: false, description: 'an ETag, several, or `*`' })
  @ApiHeader({ name: 'If-None-Match', required: false, description: '`*`: it must not exist yet' })
  @TakesQuery(PUT_PARAMETERS)
  @Put(':lookupBy/:identifier')
  @Needs('write')
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
    if (dryRun) return { events: viewEvents(events, purchase.currency), purchase: viewPurchase(purchase, revision) };
    void reply.status(created ? 201 : 200);
    return viewPurchase(purchase, revision);
  }

  /** Deletes the purchase. Its history is kept and its identifiers can be used again. */
  @Describe({
    id: 'deletePurchase',
    summary: 'Take a purchase away',
    description: 'Its identifiers are free at once. Its history stays, to be read by the `Purchase-Id` of the answer.',
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
  ): Promise<void> {
    const command = new DeletePurchase(readPath(lookupBy, identifier), contextOf(request), readGuards(headers));
    const outcome = await this.commands.execute(command);
    if (outcome.kind === 'refused') throw problemOf(outcome.refusal);
    // No ETag: a deleted purchase has no representation.
    const { etag: _etag, ...told } = headersOf(outcome);
    void reply.status(204).headers(told);
  }
}
