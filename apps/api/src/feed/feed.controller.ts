import { finished, Readable } from 'node:stream';
import { Controller, Get, Headers, Req, Res, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { PurchaseQueries } from '@app/read-models/queries/purchase-queries';
import type { FeedRow } from '@app/read-models/queries/timeline';
import { Needs } from '../auth/access';
import { type AuthenticatedRequest, hasValidCredential } from '../auth/authenticate';
import type { Caller } from '../auth/tokens';
import { accepting } from '../http/accepting';
import { jsonArray, linkNext } from '../http/json-array';
import { Describe } from '../http/openapi/describe';
import { Problem, retryAfter } from '../http/problems/problem';
import { ReadQuery, TakesQuery } from '../http/query/query.guard';
import { timelineFilterOf, timelinePageOf } from '../purchases/query-parameters';
import { HonoursConsistencyToken } from '../purchases/reading/consistency.guard';
import { Sites } from '@app/sites/sites';
import { viewTimelineEntry } from '@app/read-models/views/timeline-view';
import {
  DEFAULT_FEED_LIMIT,
  FEED_PARAMETERS,
  type FeedQuery,
  SITE_TIMELINE_PARAMETERS,
  type SiteTimelineQuery,
} from './feed-parameters';
import { FeedTails, MAX_STREAMS_PER_SITE } from './feed-tails';

const HEARTBEAT_MS = 15_000;
/** Maximum duration of a stream. The client reconnects with Last-Event-ID and a valid token. */
const MAX_STREAM_MS = 10 * 60_000;
const EVENT_STREAM = accepting('text/event-stream');

/** A feed entry as the API returns it. An unreadable event has a sequence number but no content. The feed has no labels: it follows from the history. */
const viewFeedEntry = ({ sequence, purchaseId, revision, entry }: FeedRow, actorLabel?: string): object => ({
  sequence,
  purchase_id: purchaseId,
  ...(entry === undefined ? { revision: Number(revision), quarantined: true } : viewTimelineEntry(entry, actorLabel)),
});

@ApiTags('feed')
@ApiBearerAuth()
@ApiHeader({ name: 'Site-Id', required: true })
@HonoursConsistencyToken()
@Controller('api/v1')
export class FeedController {
  constructor(
    private readonly queries: PurchaseQueries,
    private readonly tails: FeedTails,
    private readonly sites: Sites,
  ) {}

  /** Lists every event of the site, numbered from 1 without gaps. */
  @Describe({
    id: 'readFeed',
    summary: 'Read every event of the site, numbered from 1 without gaps',
    description:
      'Returns JSON pages, or with `Accept: text/event-stream` a stream of server-sent events that continues with new events. The numbers depend only on the history.',
    answers: {
      200: {
        description: 'A page',
        schema: 'FeedEntry',
        isList: true,
        headers: ['Link'],
        alsoAs: 'text/event-stream',
      },
    },
    problems: ['read-model-behind', 'read-model-unavailable'],
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'For a stream, instead of `after`' })
  @Get('feed')
  @Needs('read')
  @TakesQuery(FEED_PARAMETERS)
  async feed(
    @Headers('accept') accept: string | undefined,
    @Headers('last-event-id') lastEventId: string | undefined,
    @ReadQuery() { after = 0, limit = DEFAULT_FEED_LIMIT }: FeedQuery,
    @Req() { caller, url }: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | StreamableFile> {
    if (EVENT_STREAM.test(accept ?? '')) {
      const close = this.tails.open(caller.site);
      if (close === undefined)
        throw new Problem('too-many-requests', `the site has ${MAX_STREAMS_PER_SITE} open streams`, retryAfter(10));
      // The client may have gone while its token was checked: `close` was emitted before.
      finished(reply.raw, () => close());
      const events = this.serverSentEvents(caller, readLastEventId(lastEventId) ?? after);
      return new StreamableFile(Readable.from(events, { objectMode: true, highWaterMark: 1 }), {
        type: 'text/event-stream; charset=utf-8',
      });
    }
    const page = { limit, after: BigInt(after) };
    const { chunks, next } = await this.queries.siteTimeline(caller.site, 'oldest-first', {}, page);
    if (next !== undefined) linkNext(reply, url, { after: next });
    return jsonArray(reply, chunks, (row) => JSON.stringify(viewFeedEntry(row)));
  }

  /** Lists the events of the site, newest first. */
  @Get('timeline')
  @Describe({
    id: 'getSiteTimeline',
    summary: 'List the events of the site, newest first',
    answers: { 200: { description: 'A page', schema: 'FeedEntry', isList: true, headers: ['Link'] } },
    problems: ['read-model-behind', 'read-model-unavailable'],
  })
  @Needs('read')
  @TakesQuery(SITE_TIMELINE_PARAMETERS)
  async timeline(
    @ReadQuery() query: SiteTimelineQuery,
    @Req() { caller, url }: AuthenticatedRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | StreamableFile> {
    const [filter, page] = [timelineFilterOf(query), timelinePageOf(query)];
    const { chunks, next } = await this.queries.siteTimeline(caller.site, 'newest-first', filter, page);
    if (next !== undefined) linkNext(reply, url, { cursor: next });
    return jsonArray(reply, chunks, (row) =>
      JSON.stringify(viewFeedEntry(row, this.sites.labelOf(caller.site, row.entry?.actor ?? ''))),
    );
  }

  /**
   * Yields entries one by one, so that a slow client keeps at most one chunk of a page in memory. Ends when the credential of the caller is no longer
   * valid.
   */
  private async *serverSentEvents(caller: Caller, from: number): AsyncIterable<string> {
    const until = Date.now() + MAX_STREAM_MS;
    const { site } = caller;
    let after = from;
    yield 'retry: 1000\n\n';
    while (Date.now() < until && !this.tails.signal.aborted && (await hasValidCredential(caller, this.sites))) {
      const page = { limit: DEFAULT_FEED_LIMIT, after: BigInt(after) };
      const { chunks } = await this.queries.siteTimeline(site, 'oldest-first', {}, page);
      const before = after;
      for await (const rows of chunks)
        for (const row of rows) {
          yield `id: ${row.sequence}\nevent: ${row.entry?.type ?? 'quarantined'}\ndata: ${JSON.stringify(viewFeedEntry(row))}\n\n`;
          after = row.sequence;
        }
      if (after === before && !(await this.tails.waitBeyond(site, after, HEARTBEAT_MS))) yield ': heartbeat\n\n';
    }
  }
}

/** @throws Problem invalid-parameter */
function readLastEventId(sent: string | undefined): number | undefined {
  if (sent === undefined) return undefined;
  if (/^\d{1,15}$/.test(sent)) return Number(sent);
  const message = 'must be the id of an event of this feed';
  throw new Problem('invalid-parameter', message, {
    errors: [{ code: 'invalid-parameter', message, property: 'Last-Event-ID' }],
  });
}
