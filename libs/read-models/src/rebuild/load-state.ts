import type { ClientBase } from 'pg';
import type { FromPosition, Position } from '@app/event-store/event-store';
import { findCheckpoint } from '../projection/batch-writer';
import { inTransaction } from '../with-client';

/**
 * The state of a load, in tables of the schema that is loaded, so that a load that was killed can be resumed:
 * - `loading` has the position up to which each part of the load has written its events; it exists until keys, indexes and checkpoint do.
 * - `left_out` has the purchases that are replayed at the end, as JSON; it exists until they are.
 */

/** `loading`: a part of the events is in the tables. `loaded`: the tables have keys, indexes and a checkpoint. */
export type LoadPhase = 'absent' | 'loading' | 'loaded';

export const tableExists = async (client: ClientBase, table: string): Promise<boolean> =>
  (await client.query<{ ok: boolean }>(`select to_regclass('${table}') is not null as ok`)).rows[0]?.ok === true;

export async function loadPhase(client: ClientBase, schema: string): Promise<LoadPhase> {
  if (await tableExists(client, `${schema}.loading`)) return 'loading';
  if (!(await tableExists(client, `${schema}.checkpoints`))) return 'absent';
  return (await findCheckpoint(client, schema))?.position === undefined ? 'absent' : 'loaded';
}

export const createLoadState = (schema: string): string => `
  create table ${schema}.loading (part integer primary key, commit_position bigint, prepare_position bigint);
  -- The name of a foreign stream is longer than an entry of an index can be.
  create table ${schema}.left_out (purchase text not null, key text primary key generated always as (md5(purchase)) stored);`;

/** Sets the parts of a load, each at the same position. */
export async function setParts(client: ClientBase, schema: string, parts: number, at: FromPosition): Promise<void> {
  await client.query(`delete from ${schema}.loading`);
  await client.query(`insert into ${schema}.loading select part, $2, $3 from generate_series(0, $1::int - 1) as part`, [
    parts,
    at === undefined ? null : String(at.commit),
    at === undefined ? null : String(at.prepare),
  ]);
}

/** Saves that a part has written all its events up to a position. */
export async function saveProgress(client: ClientBase, schema: string, part: number, at: FromPosition): Promise<void> {
  if (at !== undefined)
    await client.query({
      name: `progress of ${schema}`,
      text: `update ${schema}.loading set commit_position = $2, prepare_position = $3 where part = $1`,
      values: [part, String(at.commit), String(at.prepare)],
    });
}

/** Leaves purchases out: they are replayed at the end of the load. */
export async function leaveOut(client: ClientBase, schema: string, ids: readonly string[]): Promise<void> {
  if (ids.length > 0)
    await client.query(
      `insert into ${schema}.left_out (purchase) select * from unnest($1::text[]) on conflict do nothing`,
      [ids.map((id) => JSON.stringify(id))],
    );
}

/** The purchases that are left out. */
export async function purchasesLeftOut(client: ClientBase, schema: string): Promise<string[]> {
  if (!(await tableExists(client, `${schema}.left_out`))) return [];
  const { rows } = await client.query<{ purchase: string }>(`select purchase from ${schema}.left_out order by 1`);
  return rows.map(({ purchase }) => JSON.parse(purchase) as string);
}

/** The position up to which every part has written its events; undefined if there is none. */
async function reachedByAll(client: ClientBase, schema: string): Promise<FromPosition> {
  const { rows } = await client.query<Record<keyof Position, string | null>>(
    `select commit_position as commit, prepare_position as prepare from ${schema}.loading order by commit_position nulls first limit 1`,
  );
  const [first] = rows;
  if (first?.commit == null || first.prepare === null) return undefined;
  return { commit: BigInt(first.commit), prepare: BigInt(first.prepare) };
}

/**
 * Prepares to resume a load. Rows of events after the returned position remain only for purchases whose row says up to which revision they are there.
 * @returns the position from which to read on
 */
export async function resumeLoad(client: ClientBase, schema: string, parts: number): Promise<FromPosition> {
  return inTransaction(client, async () => {
    const at = await reachedByAll(client, schema);
    const after = `commit_position > ${at === undefined ? -1n : at.commit}`;
    await client.query(`delete from ${schema}.feed where ${after}`);
    await client.query(
      `delete from ${schema}.timeline t where ${after} and not exists (select from ${schema}.purchases p where p.id = t.purchase_id)`,
    );
    await setParts(client, schema, parts, at);
    return at;
  });
}
