import { TIMELINE_PARAMETERS } from '../purchases/query-parameters';
import { type ValuesOf, whole } from '../http/query/parameter';

export const DEFAULT_FEED_LIMIT = 100;

/** Parameters of the feed of a site. */
export const FEED_PARAMETERS = {
  after: whole(0, Number.MAX_SAFE_INTEGER, 'The sequence number of the last entry that was read (default 0)'),
  limit: whole(1, 500, `Entries of a JSON page at most (default ${DEFAULT_FEED_LIMIT})`),
};

/** Parameters of the timeline of a site. */
export const SITE_TIMELINE_PARAMETERS = {
  ...TIMELINE_PARAMETERS,
  cursor: whole(0, Number.MAX_SAFE_INTEGER, 'The sequence number of the last entry that was read'),
};

export type FeedQuery = ValuesOf<typeof FEED_PARAMETERS>;
export type SiteTimelineQuery = ValuesOf<typeof SITE_TIMELINE_PARAMETERS>;
