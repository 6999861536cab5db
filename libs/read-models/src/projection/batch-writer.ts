import type { ClientBase, QueryResultRow } from 'pg';
import type { FromPosition, Position } from '@app/event-store/event-store';
import { type Columns, FEED_COLUMNS, PROJECTION, PURCHASE_COLUMNS, TIMELINE_COLUMNS } from '../tables';
import { PROJECTIONS } from '../projections/projections';
import type { SqlRow } from './sql-values';
import { textArray } from './text-array';

/** Checkpoint of a schema. Writers other than the projector increment `generation`. */
export interface Checkpoint {
  position: FromPosition;
  generation: bigint;
}

/** A connection or a pool. */
export interface Queryable {
  query<T extends QueryResultRow>(sql: string, values?: unknown[]): Promise<{ rows: T[] }>;
}

/** Rows of a derived projection that replace those of some purchases. */
export interface Replacement {
  purchaseIds: readonly string[];
  rows: readonly SqlRow[];
}

/** The rows of one write. */
export interface Rows {
  /** A row with a document and without packages keeps the packages of the row before; it is not written when somebody removed that row. */
  purchases: readonly SqlRow[];
  timeline: readonly SqlRow[];
  feed: readonly SqlRow[];
  /** By table of the derived projections. */
  derived?: Readonly<Record<string, Replacement>>;
}

export const NO_ROWS: Rows = { purchases: [], timeline: [], feed: [] };

const names = (columns: Columns): string => columns.map(([name]) => name).join(', ');
/** Selects rows from parameters, starting at parameter `first`: one text array for each column. */
const selectRows = (columns: Columns, first: number): string =>
  `select ${columns.map(([name, type]) => (type === 'text' ? name : `${name}::${type}`)).join(', ')}
    from unnest(${columns.map((_, index) => `$${first + index}::text[]`).join(', ')}) as given(${names(columns)})`;
const valuesOf = (columns: Columns, rows: readonly SqlRow[]): Buffer[] =>
  columns.map(([name]) => textArray(rows.map((row) => row[name])));

const newPackages = `case when excluded.document is null then null else coalesce(excluded.packages, live.packages) end`;
const replaced = PURCHASE_COLUMNS.slice(1)
  .map(([name]) => `${name} = ${name === 'packages' ? newPackages : `excluded.${name}`}`)
  .join(', ');

/** For each projection: the ids of the purchases whose rows are replaced, then the rows. The count makes the removal come first. */
function derivedStatements(schema: string): string {
  let first = 6 + PURCHASE_COLUMNS.length + TIMELINE_COLUMNS.length + FEED_COLUMNS.length;
  return PROJECTIONS.map(({ table, columns }) => {
    const ids = first;
    const values = selectRows(columns, ids + 1);
    first += 1 + columns.length;
    return `, removed_${table} as (
    delete from ${schema}.${table} where purchase_id = any($${ids}::text[]::uuid[]) and exists (select from moved) returning 1
  ), ${table} as (
    insert into ${schema}.${table} (${names(columns)})
    ${values} where exists (select from moved) and (select count(*) from removed_${table}) >= 0
  )`;
  }).join('');
}

/** One statement, hence one round trip and one transaction. Writes nothing unless the checkpoint is the expected one. */
const statement = (schema: string): string => `
  with moved as (
    update ${schema}.checkpoints set commit_position = $1, prepare_position = $2
    where projection = '${PROJECTION}' and generation = $3
      and commit_position is not distinct from $4::bigint and prepare_position is not distinct from $5::bigint
    returning 1
  ), purchases as (
    insert into ${schema}.purchases as live (${names(PURCHASE_COLUMNS)})
    ${selectRows(PURCHASE_COLUMNS, 6)} where exists (select from moved)
      and (packages is not null or document is null or (select true from ${schema}.purchases found where found.id = given.id::uuid))
    on conflict (id) do update set ${replaced} where excluded.revision > live.revision
  ), timeline as (
    insert into ${schema}.timeline (${names(TIMELINE_COLUMNS)})
    ${selectRows(TIMELINE_COLUMNS, 6 + PURCHASE_COLUMNS.length)} where exists (select from moved)
    on conflict (purchase_id, revision) do nothing
  ), feed as (
    insert into ${schema}.feed (${names(FEED_COLUMNS)})
    ${selectRows(FEED_COLUMNS, 6 + PURCHASE_COLUMNS.length + TIMELINE_COLUMNS.length)} where exists (select from moved)
  )${derivedStatements(schema)}
  select from moved`;

const half = (position: FromPosition, part: keyof Position): string | null =>
  position === undefined ? null : String(position[part]);

/**
 * Writes rows and advances the checkpoint from the expected position. Only a newer revision replaces a row.
 * @returns false, without writing, when the checkpoint is not the expected one
 */
export async function writeBatch(
  client: ClientBase,
  schema: string,
  { purchases, timeline, feed, derived }: Rows,
  { position, generation }: Checkpoint,
  to: FromPosition,
): Promise<boolean> {
  const { rowCount } = await client.query({
    name: `write to ${schema}`,
    text: statement(schema),
    values: [
      half(to, 'commit'),
      half(to, 'prepare'),
      String(generation),
      half(position, 'commit'),
      half(position, 'prepare'),
      ...valuesOf(PURCHASE_COLUMNS, purchases),
      ...valuesOf(TIMELINE_COLUMNS, timeline),
      ...valuesOf(FEED_COLUMNS, feed),
      ...PROJECTIONS.flatMap(({ table, columns }) => {
        const { purchaseIds = [], rows = [] } = derived?.[table] ?? {};
        return [textArray(purchaseIds), ...valuesOf(columns, rows)];
      }),
    ],
  });
  return rowCount === 1;
}

/** Reads the checkpoint of a schema; `lock` is an optional locking clause. Undefined when somebody removed its row. */
export async function findCheckpoint(client: Queryable, schema: string, lock = ''): Promise<Checkpoint | undefined> {
  const { rows } = await client.query<{
    commit_position: string | null;
    prepare_position: string | null;
    generation: string;
  }>(`select commit_position, prepare_position, generation from ${schema}.checkpoints where projection = $1 ${lock}`, [
    PROJECTION,
  ]);
  const [row] = rows;
  if (row === undefined) return undefined;
  const { commit_position: commit, prepare_position: prepare } = row;
  return {
    position: commit === null || prepare === null ? undefined : { commit: BigInt(commit), prepare: BigInt(prepare) },
    generation: BigInt(row.generation),
  };
}

/** Reads the checkpoint of a schema, as findCheckpoint does. @throws Error when somebody removed its row */
export async function readCheckpoint(client: Queryable, schema: string, lock = ''): Promise<Checkpoint> {
  const found = await findCheckpoint(client, schema, lock);
  if (found === undefined) throw new Error(`${schema}.checkpoints has no row of the projection: run \`cli rebuild\``);
  return found;
}
