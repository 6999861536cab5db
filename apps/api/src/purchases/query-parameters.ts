import { PURCHASE_TYPES } from '@app/purchase/purchase';
import { FULFILMENT_STATUSES } from '@app/purchase/status';
import type { Page, PurchaseFilter, TimelineFilter } from '@app/read-models/queries/purchase-queries';
import { SCHEMA_VERSIONS } from '@app/stored-events/codec';
import type { PurchaseEventType } from '@app/purchase/events';
import { listOf, oneOf, text, time, type ValuesOf, whole } from '../http/query/parameter';

const MAX_LIMIT = 500;
const DEFAULT_LIST_LIMIT = 50;
const DEFAULT_TIMELINE_LIMIT = 100;
const EVENT_TYPES = Object.keys(SCHEMA_VERSIONS) as PurchaseEventType[];

/** Parameters of `PUT` of a purchase. */
export const PUT_PARAMETERS = {
  dry_run: oneOf(['true', 'false'], '`true`: answers the events and the result, and stores nothing'),
};

/** Parameters of the list of purchases. */
export const LIST_PARAMETERS = {
  'customer_identifiers[sparklayer]': text('Purchases of this customer'),
  'customer_identifiers[sparklayer_child]': text('Purchases of this child customer'),
  'customer_identifiers[sparklayer_impersonator]': text('Purchases made by this impersonator'),
  'customer_identifiers[sparklayer_sales_rep]': text('Purchases of this sales representative'),
  type: oneOf(PURCHASE_TYPES, 'Purchases of this type'),
  status: oneOf(FULFILMENT_STATUSES, 'Purchases of this fulfilment status'),
  search: text('Words to find in identifiers, the customer reference and addresses'),
  'dates[placed][gte]': time('Placed at this time or later', ['dates[placed[gte]']),
  'dates[placed][lte]': time('Placed at this time or earlier', ['dates[placed[lte]']),
  'dates[last_updated][gte]': time('Last changed at this time or later', ['dates[last_updated[gte]']),
  'dates[last_updated][lte]': time('Last changed at this time or earlier', ['dates[last_updated[lte]']),
  limit: whole(1, MAX_LIMIT, `Purchases to answer at most (default ${DEFAULT_LIST_LIMIT})`),
  offset: whole(0, 100_000_000, 'Purchases to skip'),
  order_by: oneOf(['placed_at', 'last_updated'], 'The time to order by, newest first (default `placed_at`)'),
};

/** Parameters of the timeline of a purchase. */
export const TIMELINE_PARAMETERS = {
  type: listOf(EVENT_TYPES, 'Entries of these event types, separated by commas'),
  actor: text('Entries of this client'),
  from: time('Entries recorded at this time or later'),
  to: time('Entries recorded at this time or earlier'),
  cursor: whole(0, 999_999_999, 'The revision of the last entry that was read'),
  limit: whole(1, MAX_LIMIT, `Entries to answer at most (default ${DEFAULT_TIMELINE_LIMIT})`),
};

export type ListQuery = ValuesOf<typeof LIST_PARAMETERS>;
export type TimelineQuery = ValuesOf<typeof TIMELINE_PARAMETERS>;
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

export const pageOf = ({ limit = DEFAULT_LIST_LIMIT, offset = 0, order_by }: ListQuery): Page => ({
  limit,
  offset,
  orderBy: order_by,
});

export const timelineFilterOf = ({
  type,
  actor,
  from,
  to,
  cursor,
  limit = DEFAULT_TIMELINE_LIMIT,
}: TimelineQuery): TimelineFilter => ({
  types: type,
  actor,
  from,
  to,
  after: cursor === undefined ? undefined : BigInt(cursor),
  limit,
});
