import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Needs } from '../../auth/access';
import type { AuthenticatedRequest } from '../../auth/authenticate';
import { Describe } from '../../http/openapi/describe';
import { PURCHASE_HEADERS } from '../../http/openapi/headers';
import { jsonText } from '../../http/json-array';
import { ReadQuery, TakesQuery } from '../../http/query/query.guard';
import { headersOf } from '../calls';
import { readPath } from '../purchase-path';
import { COMPARE_PARAMETERS, type CompareQuery } from '../query-parameters';
import { HonoursConsistencyToken } from './consistency.guard';
import { PastReader } from './past-reader';

@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@HonoursConsistencyToken()
@Controller('api/v1/purchases')
export class CompareController {
  constructor(private readonly past: PastReader) {}

  /** Compares two revisions of a purchase: the events between them, and the values that differ. */
  @Get(':lookupBy/:identifier/compare')
  @Describe({
    id: 'comparePurchase',
    summary: 'Compare two revisions of a purchase: the events between them and the values that differ',
    description:
      'Default: the last revision and the one before it. Packages, lines and transactions are matched by their identifiers.',
    answers: { 200: { description: 'The comparison', schema: 'Comparison', headers: PURCHASE_HEADERS } },
    problems: ['purchase-not-found', 'revision-not-found', 'read-model-behind', 'read-model-unavailable'],
  })
  @Needs('read')
  @TakesQuery(COMPARE_PARAMETERS)
  async compare(
    @Param('lookupBy') lookupBy: string,
    @Param('identifier') identifier: string,
    @ReadQuery() query: CompareQuery,
    @Req() { caller }: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const found = await this.past.compare(caller.site, readPath(lookupBy, identifier), query);
    void reply.headers(headersOf(found));
    return jsonText(reply, found.json);
  }
}
