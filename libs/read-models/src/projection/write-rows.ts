import type { ClientBase } from 'pg';
import type { Position } from '@app/event-store/event-store';
import type { Fold, FoldedPurchase, Poisoned, SqlRow } from './fold';
import { purchaseRows } from './fold';
import { PROJECTION } from '../tables';
import type { PurchaseState } from '@app/purchase/state';

export const PURCHASE_COLUMNS = [
  ['id', 'uuid'],
  ['site', 'text'],
  ['revision', 'bigint'],
  ['commit_position', 'bigint'],
  ['sparklayer', 'text'],
  ['platform', 'text'],
  ['internal', 'text'],
  ['visible', 'text'],
  ['type', 'text'],
  ['status', 'text'],
  ['currency', 'text'],
  ['customer_sparklayer', 'text'],
  ['customer_child', 'text'],
  ['customer_impersonator', 'text'],
  ['customer_sales_rep', 'text'],
  ['placed_at', 'timestamptz'],
  ['submitted_at', 'timestamptz'],
  ['last_updated', 'timestamptz'],
  ['payable', 'bigint'],
  ['search', 'text'],
  ['state', 'jsonb'],
] as const;

export const TIMELINE_COLUMNS = [
  ['purchase_id', 'uuid'],
  ['revision', 'bigint'],
  ['site', 'text'],
  ['commit_position', 'bigint'],
  ['event_id', 'uuid'],
  ['type', 'text'],
  ['occurred_at', 'timestamptz'],
  ['recorded_at', 'timestamptz'],
  ['actor', 'text'],
  ['impersonator', 'text'],
  ['request_id', 'text'],
  ['words', 'text'],
  ['before', 'jsonb'],
  ['after', 'jsonb'],
] as const;

export type Columns = readonly (readonly [name: string, type: string])[];

const names = (columns: Columns): string => columns.map(([name]) => name).join(', ');
const recordset = (columns: Columns): string => columns.map(([name, type]) => `${name} ${type}`).join(', ');

/** JSON for Postgres, whose text holds no NUL and no half of a surrogate pair: the one is left out, the other replaced. */
export const toJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /(?<!\\)((?:\\\\)*)\\u(0000|d[89a-f][0-9a-f]{2})/g,
    (_, escapes: string, code: string) => escapes + (code === '0000' ? '' : '\ufffd'),
  );

/** Writes many rows at once; those that are there already are replaced by newer revisions alone. */
async function upsertPurchases(client: ClientBase, schema: string, rows: readonly SqlRow[]): Promise<void> {
  if (rows.length === 0) return;
  const replaced = PURCHASE_COLUMNS.slice(1).map(([name]) => `${name} = excluded.${name}`);
  await client.query(
    `insert into ${schema}.purchases as live (${names(PURCHASE_COLUMNS)})
     select ${names(PURCHASE_COLUMNS)} from jsonb_to_recordset($1::jsonb) as sent(${recordset(PURCHASE_COLUMNS)})
     on conflict (id) do update set ${replaced.join(', ')} where excluded.revision > live.revision`,
    [toJson(rows)],
  );
}

async function insertTimeline(client: ClientBase, schema: string, rows: readonly SqlRow[]): Promise<void> {
  if (rows.length === 0) return;
  await client.query(
    `insert into ${schema}.timeline (${names(TIMELINE_COLUMNS)})
     select ${names(TIMELINE_COLUMNS)} from jsonb_to_recordset($1::jsonb) as sent(${recordset(TIMELINE_COLUMNS)})
     on conflict (purchase_id, revision) do nothing`,
    [toJson(rows)],
  );
}

export async function writeQuarantine(client: ClientBase, schema: string, poisoned: Iterable<Poisoned>): Promise<void> {
  for (const { purchaseId, revision, position, type, error } of poisoned)
    await client.query(
      `insert into ${schema}.quarantine (purchase_id, revision, commit_position, type, error)
       values ($1, $2, $3, $4, $5) on conflict (purchase_id) do nothing`,
      [purchaseId, String(revision), String(position), type, error],
    );
}

/** Sets the checkpoint, in the transaction of the rows that it stands for. */
export async function writeCheckpoint(
  client: ClientBase,
  schema: string,
  { commit, prepare }: Position,
): Promise<void> {
  await client.query(
    `insert into ${schema}.checkpoints (projection, commit_position, prepare_position) values ($1, $2, $3)
     on conflict (projection) do update set commit_position = excluded.commit_position, prepare_position = excluded.prepare_position`,
    [PROJECTION, String(commit), String(prepare)],
  );
}

/** The checkpoint of a schema; undefined: nothing was projected yet. */
export async function readCheckpoint(client: ClientBase, schema: string): Promise<Position | undefined> {
  const { rows } = await client.query<{ commit_position: string; prepare_position: string }>(
    `select commit_position, prepare_position from ${schema}.checkpoints where projection = $1`,
    [PROJECTION],
  );
  const [row] = rows;
  return row && { commit: BigInt(row.commit_position), prepare: BigInt(row.prepare_position) };
}

/** What stands in a schema of some purchases. */
export async function loadPurchases(
  client: ClientBase,
  schema: string,
  ids: readonly string[],
): Promise<Map<string, FoldedPurchase>> {
  const { rows } = await client.query<{
    id: string;
    site: string;
    revision: string;
    commit_position: string;
    last_updated: Date;
    state: PurchaseState;
  }>(`select id, site, revision, commit_position, last_updated, state from ${schema}.purchases where id = any($1)`, [
    ids,
  ]);
  return new Map(
    rows.map(({ id, site, revision, commit_position, last_updated, state }) => [
      id,
      { id, site, revision: BigInt(revision), position: BigInt(commit_position), lastUpdated: last_updated, state },
    ]),
  );
}

/** Writes what a fold changed. */
export async function writeFold(client: ClientBase, schema: string, fold: Fold): Promise<void> {
  await upsertPurchases(client, schema, purchaseRows(fold.changed.values()));
  await insertTimeline(client, schema, fold.timeline);
  await writeQuarantine(client, schema, fold.poisoned.values());
}
