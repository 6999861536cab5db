import { Body, Controller, Headers, Param, Post, Put, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Needs } from '../auth/access';
import type { AuthenticatedRequest } from '../auth/authenticate';
import { Problem } from '../http/problems/problem';
import { toJsonBody } from '../http/body/json-body';
import { contextOf, isStrict, sendAnswer } from './calls';
import { readGuards } from './purchase-guards';
import { readPath } from './purchase-path';
import { ExecuteWrite } from './writes/execute-write';
import { Describe, REFUSALS_OF_WRITES } from '../http/openapi/describe';
import { WRITE_HEADERS } from '../http/openapi/headers';

/** Visible ASCII, which proxies pass on unchanged. */
const KEY = /^[\x21-\x7e]{1,255}$/;

/** Validates an idempotency key. @throws Problem when it is malformed */
function readKey(key: string | undefined): string | undefined {
  if (key === undefined || KEY.test(key)) return key;
  const message = 'must be 1 to 255 visible ASCII characters, without spaces';
  throw new Problem('invalid-parameter', `Idempotency-Key ${message}`, {
    errors: [{ code: 'invalid-parameter', message, property: 'Idempotency-Key' }],
  });
}

/** Transactions and history entries of a purchase. */
@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@Controller('api/v1/purchases/:lookupBy/:identifier')
export class EntryController {
  constructor(private readonly commands: CommandBus) {}

  /** Records a payment or a refund, or updates the one with this `platform_id`. */
  @Put('transactions')
  @Needs('write', { parsesBody: true })
  @Describe({
    id: 'putTransaction',
    summary: 'Record a payment or a refund, or update the one with this `platform_id`',
    body: 'TransactionBody',
    answers: { 200: { description: 'Recorded', schema: 'Transaction', headers: WRITE_HEADERS } },
    problems: ['purchase-not-found', ...REFUSALS_OF_WRITES, 'currency-mismatch', 'purchase-too-large'],
  })
  @ApiHeader({ name: 'If-Match', required: false, description: 'one or more ETags, or `*`' })
  async recordTransaction(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @Body() body: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const command = new ExecuteWrite({
      type: 'record-transaction',
      target: readPath(lookupBy, identifier),
      guards: readGuards(headers),
      body: toJsonBody(body),
      strict: isStrict(headers),
      context: contextOf(request),
    });
    return sendAnswer(reply, await this.commands.execute(command));
  }

  /** Adds a message, a note or an e-mail; at most once for each `Idempotency-Key`. */
  @Post('history')
  @Needs('write', { parsesBody: true })
  @Describe({
    id: 'addHistoryEntry',
    summary: 'Add a message, a note or an e-mail',
    description:
      'A call with the `Idempotency-Key` and the body of an earlier call returns the response of that call and adds nothing; with another body 422.',
    body: 'HistoryEntryBody',
    answers: { 201: { description: 'Added', schema: 'HistoryEntry', headers: WRITE_HEADERS } },
    problems: ['purchase-not-found', ...REFUSALS_OF_WRITES, 'idempotency-key-reused', 'purchase-too-large'],
  })
  @ApiHeader({ name: 'Idempotency-Key', required: false, description: '1 to 255 visible ASCII characters' })
  @ApiHeader({ name: 'If-Match', required: false })
  async addEntry(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @Body() body: unknown,
    @Headers() headers: Record<string, string | undefined>,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | undefined> {
    const command = new ExecuteWrite({
      type: 'add-history-entry',
      target: readPath(lookupBy, identifier),
      guards: readGuards(headers),
      idempotencyKey: readKey(headers['idempotency-key']),
      body: toJsonBody(body),
      strict: isStrict(headers),
      context: contextOf(request),
    });
    return sendAnswer(reply, await this.commands.execute(command));
  }
}
