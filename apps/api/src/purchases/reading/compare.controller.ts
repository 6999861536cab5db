import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { LivePurchase } from '@app/purchase/state';
import { compareDocuments } from '@app/read-models/past/compare-documents';
import type { PastState } from '@app/read-models/past/past-states';
import { viewHistoryEntry, viewTransaction } from '@app/read-models/views/entry-view';
import { viewPurchase } from '@app/read-models/views/purchase-view';
import { Needs } from '../../auth/access';
import type { AuthenticatedRequest } from '../../auth/authenticate';
import { Describe } from '../../http/openapi/describe';
import { PURCHASE_HEADERS } from '../../http/openapi/headers';
import { ReadQuery, TakesQuery } from '../../http/query/query.guard';
import { headersOf } from '../calls';
import { readPath } from '../purchase-path';
import { COMPARE_PARAMETERS, type CompareQuery } from '../query-parameters';
import { viewTimelineEntry } from '../timeline-view';
import { HonoursConsistencyToken } from './consistency.guard';
import { PastReader } from './past-reader';

@ApiTags('purchases')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@HonoursConsistencyToken()
@Controller('api/v1/purchases')
export class CompareController {
  constructor(private readonly past: PastReader) {}

  /** Two revisions of a purchase: the events between them, and the values that differ. */
  @Get(':lookupBy/:identifier/compare')
  @Describe({
    id: 'comparePurchase',
    summary: 'Two revisions of a purchase, the events between them and the values that differ',
    description:
      'Without parameters: the last revision with the one before. Packages, lines and transactions are matched by their identifiers.',
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
  ): Promise<object> {
    const { purchaseId, before, after, entries, hasMoreEntries } = await this.past.between(
      caller.site,
      readPath(lookupBy, identifier),
      query,
    );
    void reply.headers(headersOf({ purchaseId, revision: after.revision }));
    return {
      from: before === undefined ? null : viewRevision(before),
      to: viewRevision(after),
      events: entries.map(viewTimelineEntry),
      has_more_events: hasMoreEntries,
      changes: compareDocuments(documentOf(before?.purchase), documentOf(after.purchase), query.show),
    };
  }
}

const viewRevision = ({ revision, recordedAt }: PastState): object => ({
  revision: Number(revision),
  recorded_at: recordedAt.toISOString(),
});

/** All that GETs answer of a purchase, without its revision: that differs always. */
const documentOf = (purchase: LivePurchase | undefined): object =>
  purchase === undefined
    ? {}
    : {
        ...viewPurchase(purchase, 0n),
        calculated_revision: undefined,
        transactions: purchase.transactions.map((each) => viewTransaction(each, purchase.currency)),
        history: purchase.history.map(viewHistoryEntry),
      };
