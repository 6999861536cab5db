import type { ClientBase } from 'pg';
import type { Queryable } from './batch-writer';
import type { RecordedEvent } from '@app/event-store/event-store';
import { describeError } from './postgres-errors';
import type { Columns } from '../columns';
import { type SqlRow, storableText } from './sql-values';

/** A purchase in quarantine: its rows stay as before the failed event, and its later events are not projected. */
export interface QuarantinedPurchase {
  purchaseId: string;
  site?: string;
  revision: bigint;
  position: bigint;
  eventId: string;
  type: string;
  error: string;
  attempts: number;
  firstAt: Date;
  lastAt: Date;
}

/** The place of an entry in the quarantine, whether the entry is still there or not. */
export type QuarantineCursor = Pick<QuarantinedPurchase, 'position' | 'purchaseId'>;

const MAX_ERROR = 2_000;
const MAX_NAME = 500;

const bounded = (text: string, length: number): string => storableText(text.slice(0, length)) ?? '';

/** The key of a purchase in quarantine. Names of foreign streams are truncated and made storable. */
export const quarantineKey = (id: string): string => bounded(id, MAX_NAME);

/** What an entry says of its event. */
export const ENTRY_COLUMNS: Columns = [
  ['site', 'text'],
  ['revision', 'bigint'],
  ['commit_position', 'bigint'],
  ['event_id', 'text'],
  ['type', 'text'],
];

/** The values of ENTRY_COLUMNS for an event that failed. */
export const entryOf = ({ revision, position, id, type, metadata }: RecordedEvent): SqlRow => ({
  site: metadata.site === undefined ? null : bounded(metadata.site, MAX_NAME),
  revision: String(revision),
  commit_position: String(position.commit),
  event_id: bounded(id, MAX_NAME),
  type: bounded(type, MAX_NAME),
});

/** Quarantines a purchase at an event, or updates its entry. */
export async function quarantine(
  client: ClientBase,
  schema: string,
  purchaseId: string,
  event: RecordedEvent,
  error: unknown,
): Promise<string> {
  const reason = bounded(describeError(error), MAX_ERROR);
  const entry = entryOf(event);
  await client.query(
    `insert into ${schema}.quarantine as known (purchase_id, site, revision, commit_position, event_id, type, error)
     values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (purchase_id) do update set site = excluded.site, revision = excluded.revision, commit_position = excluded.commit_position,
       event_id = excluded.event_id, type = excluded.type, error = excluded.error, attempts = known.attempts + 1, last_at = now()`,
    [quarantineKey(purchaseId), ...ENTRY_COLUMNS.map(([name]) => entry[name]), reason],
  );
  return reason;
}

/** The keys of the purchases in quarantine. */
export async function quarantinedKeys(client: ClientBase, schema: string): Promise<Set<string>> {
  const { rows } = await client.query<{ purchase_id: string }>(`select purchase_id from ${schema}.quarantine`);
  return new Set(rows.map((row) => row.purchase_id));
}

export interface QuarantineFilter {
  limit: number;
  after?: QuarantineCursor;
  /** Only purchases of this site. */
  site?: string;
  /** Only this purchase. */
  purchaseId?: string;
}

/** Purchases in quarantine, in the order of the failed events. `after` is the last one of the previous page. */
export async function listQuarantine(
  client: Queryable,
  schema: string,
  { limit, after, site, purchaseId }: QuarantineFilter,
): Promise<QuarantinedPurchase[]> {
  const { rows } = await client.query<{
    purchase_id: string;
    site: string | null;
    revision: string;
    commit_position: string;
    event_id: string;
    type: string;
    error: string;
    attempts: number;
    first_at: Date;
    last_at: Date;
  }>(
    `select * from ${schema}.quarantine
     where ($2::text is null or site = $2) and ($3::text is null or purchase_id = $3)
       and ($4::bigint is null or (commit_position, purchase_id) > ($4, $5))
     order by commit_position, purchase_id limit $1`,
    [
      limit,
      site ?? null,
      purchaseId === undefined ? null : quarantineKey(purchaseId),
      after === undefined ? null : String(after.position),
      after?.purchaseId ?? null,
    ],
  );
  return rows.map((row) => ({
    purchaseId: row.purchase_id,
    ...(row.site !== null && { site: row.site }),
    revision: BigInt(row.revision),
    position: BigInt(row.commit_position),
    eventId: row.event_id,
    type: row.type,
    error: row.error,
    attempts: row.attempts,
    firstAt: row.first_at,
    lastAt: row.last_at,
  }));
}
