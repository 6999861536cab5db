import type { PurchaseEvent } from '@app/purchase/events';
import type { SqlRow } from '../projection/sql-values';
import { LIVE } from '../tables';
import { type ChangeView, viewChange } from '../views/event-view';
import { Conditions } from './conditions';
import { inFirstChunk, type Page, pageOf } from './pages';
import type { Reads } from './site-reads';

/** One event with its sentence and changes. */
export interface TimelineRow {
  purchaseId: string;
  revision: string;
  eventId: string;
  type: string;
  occurredAt: Date;
  recordedAt: Date;
  actor: string | null;
  impersonator: string | null;
  requestId: string | null;
  words: string;
  before?: object;
  after?: object;
}

/** An entry of the timeline or feed of a site. Without content: the event cannot be read, and its purchase is quarantined. */
export interface FeedRow {
  sequence: number;
  purchaseId: string;
  revision: string;
  entry?: TimelineRow;
}

export interface TimelineFilter {
  types?: readonly string[];
  /** The client or the impersonator. */
  actor?: string;
  /** Time of recording. */
  from?: string;
  to?: string;
}

export interface TimelinePage {
  limit: number;
  /** The revision of a purchase, or the sequence number in a site, after which to continue. */
  after?: bigint;
}

interface StoredRow {
  purchase_id: string;
  revision: string;
  event_id: string;
  type: string;
  occurred_at: Date;
  recorded_at: Date;
  actor: string | null;
  impersonator: string | null;
  request_id: string | null;
  words: string;
  data: string;
  currency: string;
}

/**
 * The changes of the event of a row; none if its data do not have the shape of its type, which only a foreign writer
 * stores.
 */
function changeOf({ type, data, currency }: StoredRow): ChangeView {
  try {
    return viewChange({ type, data: JSON.parse(data) as unknown } as PurchaseEvent, currency);
  } catch {
    return {};
  }
}

function entryOf(row: StoredRow): TimelineRow {
  const { before, after } = changeOf(row);
  return {
    purchaseId: row.purchase_id,
    revision: row.revision,
    eventId: row.event_id,
    type: row.type,
    occurredAt: row.occurred_at,
    recordedAt: row.recorded_at,
    actor: row.actor,
    impersonator: row.impersonator,
    requestId: row.request_id,
    words: row.words,
    before,
    after,
  };
}

/** The entry as it will be read from the row. */
export const storedEntry = (row: SqlRow): TimelineRow =>
  entryOf({
    ...(row as unknown as StoredRow),
    occurred_at: new Date(row.occurred_at ?? NaN),
    recorded_at: new Date(row.recorded_at ?? NaN),
  });

/** The approximate maximum ratio of the JSON size of the values before and after to that of the event. */
export const VIEW_FACTOR = 3;

/**
 * The approximate maximum size of an entry as JSON: amounts and property names are longer than in the data. Uses the
 * length of the text without reading it.
 */
const BYTES = `octet_length(t.words) + ${VIEW_FACTOR} * octet_length(t.data) + 500`;

function filterBy(conditions: Conditions, { types, actor, from, to }: TimelineFilter): void {
  conditions.on(types, (value) => `t.type = any(${value}::text[])`);
  conditions.on(actor, (value) => `(t.actor = ${value} or t.impersonator = ${value})`);
  conditions.on(from, (value) => `t.recorded_at >= ${value}`);
  conditions.on(to, (value) => `t.recorded_at <= ${value}`);
}

/** The columns of an entry, except those of any size. */
const SMALL_COLUMNS =
  'purchase_id, revision, event_id, type, occurred_at, recorded_at, actor, impersonator, request_id, currency';

const ENTRIES = {
  name: 'entries of a page',
  text: `select ${SMALL_COLUMNS}, words, data from ${LIVE}.timeline t where t.purchase_id = $1 and t.revision = any($2::bigint[]) order by t.revision`,
};

/** One page of the events of a purchase, oldest first. */
export async function purchaseTimeline(
  reads: Reads,
  site: string,
  purchaseId: string,
  filter: TimelineFilter,
  { limit, after }: TimelinePage,
): Promise<Page<string, TimelineRow>> {
  const conditions = new Conditions();
  conditions.on(site, (value) => `t.site = ${value}`);
  conditions.on(purchaseId, (value) => `t.purchase_id = ${value}`);
  conditions.on(after === undefined ? undefined : String(after), (value) => `t.revision > ${value}`);
  filterBy(conditions, filter);
  const text = `select ${SMALL_COLUMNS}, bytes, ${inFirstChunk('words', 'page.revision')}, ${inFirstChunk('data', 'page.revision')}
     from (select t.*, ${BYTES} as bytes from ${LIVE}.timeline t where ${String(conditions)}
     order by t.revision limit ${conditions.value(limit + 1)}) page order by page.revision`;
  // The text depends on the members of the filter only; whatever its values, the primary key serves it.
  const parts = Object.entries({ ...filter, after }).flatMap(([part, value]) => (value === undefined ? [] : [part]));
  const statement = { name: `page of entries by ${parts.sort().join()}`, text };
  const found = await reads.prepared<StoredRow & { bytes: number }>(statement, conditions.values);
  return pageOf(
    found.map((row) => ({
      key: row.revision,
      bytes: row.bytes,
      // Null after the first chunk.
      item: (row.data as string | null) === null ? undefined : entryOf(row),
    })),
    limit,
    async (revisions) => {
      const rows = await reads.prepared<StoredRow>(ENTRIES, [purchaseId, revisions]);
      return rows.map(entryOf);
    },
  );
}

const LAST_RECORDED = {
  name: 'last revision recorded by a time',
  text: `select coalesce(
    (select t.revision - 1 from ${LIVE}.timeline t
     where t.purchase_id = $1 and t.site = $2 and t.recorded_at > $3 order by t.revision limit 1),
    (select max(t.revision) from ${LIVE}.timeline t where t.purchase_id = $1 and t.site = $2)) as revision`,
};

/**
 * The revision before the first event of a purchase that was recorded after a time, or the last one in the timeline; undefined without events. The
 * clock of the event store may have been set back, so that every event up to it is compared.
 */
export async function lastRecorded(
  reads: Reads,
  site: string,
  purchaseId: string,
  time: string,
): Promise<bigint | undefined> {
  const [row] = await reads.prepared<{ revision: string | null }>(LAST_RECORDED, [purchaseId, site, time]);
  return row?.revision == null ? undefined : BigInt(row.revision);
}

export type Direction = 'oldest-first' | 'newest-first';

/** One page of the numbered events of a site. A filter excludes events that cannot be read. */
export async function siteTimeline(
  reads: Reads,
  site: string,
  direction: Direction,
  filter: TimelineFilter,
  { limit, after }: TimelinePage,
): Promise<Page<string, FeedRow>> {
  const conditions = new Conditions();
  const [order, beyond] = direction === 'oldest-first' ? ['asc', '>'] : ['desc', '<'];
  conditions.on(site, (value) => `f.site = ${value}`);
  conditions.on(after === undefined ? undefined : String(after), (value) => `f.sequence ${beyond} ${value}`);
  filterBy(conditions, filter);
  const found = await reads.query<{ sequence: string; bytes: number | null }>(
    `select f.sequence, ${BYTES} as bytes from ${LIVE}.feed f
     left join ${LIVE}.timeline t on t.purchase_id = f.purchase_id and t.revision = f.revision
     where ${String(conditions)} order by f.sequence ${order} limit ${conditions.value(limit + 1)}`,
    conditions.values,
  );
  return pageOf(
    found.map(({ sequence, bytes }) => ({ key: sequence, bytes: bytes ?? 0 })),
    limit,
    (sequences) => feedRows(reads, site, sequences, order),
  );
}

async function feedRows(reads: Reads, site: string, sequences: readonly string[], order: string): Promise<FeedRow[]> {
  const rows = await reads.query<StoredRow & { sequence: string; id: string; at: string }>(
    `select t.*, f.sequence, f.purchase_id as id, f.revision as at from ${LIVE}.feed f
     left join ${LIVE}.timeline t on t.purchase_id = f.purchase_id and t.revision = f.revision
     where f.site = $1 and f.sequence = any($2::bigint[]) order by f.sequence ${order}`,
    [site, sequences],
  );
  return rows.map((row) => ({
    sequence: Number(row.sequence),
    purchaseId: row.id,
    revision: row.at,
    ...(row.event_id !== null && { entry: entryOf(row) }),
  }));
}
