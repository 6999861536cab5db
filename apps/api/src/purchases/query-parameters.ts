import { normaliseIdentifierText } from '@app/purchase/identifier-value';
import { PURCHASE_TYPES } from '@app/purchase/purchase';
import { FULFILMENT_STATUSES } from '@app/purchase/status';
import { MAX_PAGE_ITEMS } from '@app/read-models/queries/pages';
import type { ListPage, PurchaseFilter } from '@app/read-models/queries/purchase-list';
import type { TimelineFilter, TimelinePage } from '@app/read-models/queries/timeline';
import { MAX_SEARCH_WORDS, searchWords } from '@app/read-models/search/search-index';
import { SCHEMA_VERSIONS } from '@app/stored-events/codec';
import { CLOCK_EVENTS, type PurchaseEventType } from '@app/purchase/events';
import { listOf, oneOf, type Parameter, text, time, type ValuesOf, whole } from '../http/query/parameter';
import { Problem } from '../http/problems/problem';
import { listCursor } from './reading/list-cursor';

const DEFAULT_LIST_LIMIT = 50;
const DEFAULT_TIMELINE_LIMIT = 100;
const EVENT_TYPES = Object.keys(SCHEMA_VERSIONS) as PurchaseEventType[];
const BUSINESS_EVENTS = EVENT_TYPES.filter((type) => !CLOCK_EVENTS.includes(type));

/** Parameters of `PUT` of a purchase. */
export const PUT_PARAMETERS = {
  dry_run: oneOf(['true', 'false'], '`true`: returns the events and the result, and stores nothing'),
};

/** A search text with at least one letter or digit. */
function searched(description: string): Parameter<string> {
  const any = text(description);
  return {
    ...any,
    read: (sent) => {
      const words = searchWords(sent).length;
      if (words === 0) return { problem: 'must contain a letter or a digit' };
      return words > MAX_SEARCH_WORDS ? { problem: `must have at most ${MAX_SEARCH_WORDS} words` } : any.read(sent);
    },
  };
}

/** An identifier of a customer, normalised as those of a body are. A text that no body may contain finds nothing. */
function customer(description: string): Parameter<string> {
  const any = text(description);
  return {
    ...any,
    read: (sent) => {
      const normalised = normaliseIdentifierText(sent);
      return any.read(normalised.ok ? normalised.value : sent);
    },
  };
}

/** Parameters of the list of purchases. */
export const LIST_PARAMETERS = {
  'customer_identifiers[sparklayer]': customer('Purchases of this customer'),
  'customer_identifiers[sparklayer_child]': customer('Purchases of this child customer'),
  'customer_identifiers[sparklayer_impersonator]': customer('Purchases made by this impersonator'),
  'customer_identifiers[sparklayer_sales_rep]': customer('Purchases of this sales representative'),
  type: oneOf(PURCHASE_TYPES, 'Purchases of this type'),
  status: oneOf(FULFILMENT_STATUSES, 'Purchases of this fulfilment status'),
  search: searched('Words that must all occur in identifiers, the customer reference or addresses'),
  'dates[placed][gte]': time('Placed at this time or later', ['dates[placed[gte]']),
  'dates[placed][lte]': time('Placed at this time or earlier', ['dates[placed[lte]']),
  'dates[last_updated][gte]': time('Last changed at this time or later', ['dates[last_updated[gte]']),
  'dates[last_updated][lte]': time('Last changed at this time or earlier', ['dates[last_updated[lte]']),
  limit: whole(1, MAX_PAGE_ITEMS, `Purchases to answer at most (default ${DEFAULT_LIST_LIMIT})`),
  cursor: listCursor('The cursor of `Link: rel="next"`'),
  offset: whole(0, 100_000_000, 'Number of purchases to skip; not together with `cursor`'),
  order_by: oneOf(['placed_at', 'last_updated'], 'The time to order by, newest first (default `placed_at`)'),
};

/** Parameters of the statistics of a customer. */
export const STATS_PARAMETERS = {
  'customer_identifiers[sparklayer]': { ...customer('The customer'), required: true },
};

const MAX_REVISION = 999_999_999;

/** Parameters of reads that can return a past state. */
export const PAST_PARAMETERS = {
  revision: whole(0, MAX_REVISION, 'The state at this revision'),
  as_of: time('The state at this time, by the clock of the event store; not together with `revision`'),
};

/** Parameters of the comparison of two revisions. */
export const COMPARE_PARAMETERS = {
  from: whole(0, MAX_REVISION, 'The earlier revision (default: the one before `to`)'),
  to: whole(0, MAX_REVISION, 'The later revision (default: the last one)'),
  show: oneOf(['changed', 'all'], '`all`: also equal values (default `changed`)'),
};

/** Parameters of the timeline of a purchase. */
export const TIMELINE_PARAMETERS = {
  type: listOf(EVENT_TYPES, 'Entries of these event types, separated by commas'),
  include: oneOf(['clocks'], '`clocks`: also events that only change sender timestamps'),
  actor: text('Entries of this client or impersonator'),
  from: time('Entries recorded at this time or later'),
  to: time('Entries recorded at this time or earlier'),
  cursor: whole(0, MAX_REVISION, 'The revision of the last entry that was read'),
  limit: whole(1, MAX_PAGE_ITEMS, `Entries to answer at most (default ${DEFAULT_TIMELINE_LIMIT})`),
};

export type ListQuery = ValuesOf<typeof LIST_PARAMETERS>;
export type StatsQuery = ValuesOf<typeof STATS_PARAMETERS>;
export type TimelineQuery = ValuesOf<typeof TIMELINE_PARAMETERS>;
export type PastQuery = ValuesOf<typeof PAST_PARAMETERS>;
export type CompareQuery = ValuesOf<typeof COMPARE_PARAMETERS>;
export type PutQuery = ValuesOf<typeof PUT_PARAMETERS>;

export const filterOf = (query: ListQuery): PurchaseFilter => ({
  customer: {
    sparklayer: query['customer_identifiers[sparklayer]'],
    sparklayerChild: query['customer_identifiers[sparklayer_child]'],
    sparklayerImpersonator: query['customer_identifiers[sparklayer_impersonator]'],
    sparklayerSalesRep: query['customer_identifiers[sparklayer_sales_rep]'],
  },
  type: query.type,
  status: query.status,
  search: query.search,
  placedFrom: query['dates[placed][gte]'],
  placedTo: query['dates[placed][lte]'],
  updatedFrom: query['dates[last_updated][gte]'],
  updatedTo: query['dates[last_updated][lte]'],
});

/** @throws Problem invalid-parameter for a cursor that does not match the other parameters */
export function listPageOf({ limit = DEFAULT_LIST_LIMIT, offset, order_by, cursor }: ListQuery): ListPage {
  if (cursor !== undefined && offset !== undefined) throw unusableCursor('cannot be combined with offset');
  if (cursor !== undefined && order_by !== undefined && order_by !== cursor.orderBy)
    throw unusableCursor(`is of a list ordered by ${cursor.orderBy}`);
  return { limit, offset, orderBy: cursor?.orderBy ?? order_by ?? 'placed_at', after: cursor };
}

function unusableCursor(message: string): Problem {
  return new Problem('invalid-parameter', `cursor ${message}`, {
    errors: [{ code: 'invalid-parameter', message, property: 'cursor' }],
  });
}

/** Without `type`, events that only change sender timestamps are excluded unless `include` requests them (ADR 54). */
export const timelineFilterOf = ({ type, include, actor, from, to }: TimelineQuery): TimelineFilter => ({
  types: type ?? (include === 'clocks' ? undefined : BUSINESS_EVENTS),
  actor,
  from,
  to,
});

export const timelinePageOf = ({ cursor, limit = DEFAULT_TIMELINE_LIMIT }: TimelineQuery): TimelinePage => ({
  limit,
  after: cursor === undefined ? undefined : BigInt(cursor),
});
