import { type Columns, hashOf } from './columns';
import { PROJECTIONS } from './projections/projections';

export { type Columns, hashOf, matches } from './columns';

export const PROJECTION = 'purchases';

/**
 * Version of the projection: increment it when the tables or the contents of rows change. Each version has its own schema, so that old and new code
 * run side by side while the new tables are built from the history.
 */
export const VERSION = 8;

/** The live schema, the schema that a rebuild fills, and the schema that the last rebuild replaced. */
export const LIVE = `read_model_v${VERSION}`;
export const NEXT = `${LIVE}_next`;
export const OLD = `${LIVE}_old`;

/** The schema of the tables of a past moment: a position, or a time in ISO 8601. */
export const pastSchema = (moment: string): string => `${LIVE}_at_${moment.toLowerCase().replace(/[^0-9a-z]/g, '')}`;

/**
 * No column rejects a value that the domain allows (ADR 20). Texts that are only stored and returned are JSON text, so that NUL and lone surrogates
 * are kept as escapes; times for sorting are clamped; amounts are numeric.
 */
export const PURCHASE_COLUMNS: Columns = [
  ['id', 'uuid', 'primary key'],
  ['site', 'text', 'not null'],
  ['revision', 'bigint', 'not null'],
  ['commit_position', 'bigint', 'not null'],
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
  ['last_updated', 'timestamptz', 'not null'],
  ['payable', 'numeric'],
  // The folded words of the search, and their keys in the index (ADR 27).
  ['search', 'text', 'not null'],
  ['search_keys', 'text', 'not null'],
  // The JSON texts that GET returns: the purchase without its packages, and its packages. With the JSON text of what they do not tell, the projector
  // restores the state from which it continues (ADR 94). Absent for a deleted purchase.
  ['document', 'text'],
  ['packages', 'text'],
  ['remainder', 'text'],
];

export const TIMELINE_COLUMNS: Columns = [
  ['purchase_id', 'uuid', 'not null'],
  ['revision', 'bigint', 'not null'],
  ['site', 'text', 'not null'],
  ['commit_position', 'bigint', 'not null'],
  ['event_id', 'uuid', 'not null'],
  ['type', 'text', 'not null'],
  ['occurred_at', 'timestamptz', 'not null'],
  ['recorded_at', 'timestamptz', 'not null'],
  ['actor', 'text'],
  ['impersonator', 'text'],
  ['request_id', 'text'],
  ['words', 'text', 'not null'],
  // The data of the event as JSON, and the currency of its amounts: the values before and after follow from them when they are read (ADR 84).
  ['data', 'text', 'not null'],
  ['currency', 'text', 'not null'],
];

/** The number of each event in its site (ADR 26). An event of a quarantined purchase has a number but no row in the timeline. */
export const FEED_COLUMNS: Columns = [
  ['site', 'text', 'not null'],
  ['sequence', 'bigint', 'not null'],
  ['purchase_id', 'uuid', 'not null'],
  ['revision', 'bigint', 'not null'],
  ['commit_position', 'bigint', 'not null'],
];

/** The tables with rows of purchases, the derived ones last. `key`: the column with the id of the purchase. */
export const PURCHASE_TABLES: readonly { name: string; key: string; columns: Columns }[] = [
  { name: 'purchases', key: 'id', columns: PURCHASE_COLUMNS },
  { name: 'timeline', key: 'purchase_id', columns: TIMELINE_COLUMNS },
  ...PROJECTIONS.map(({ table, columns }) => ({ name: table, key: 'purchase_id', columns })),
];

/** The projections with their versions and tables. They share one checkpoint, and are rebuilt and verified together (ADR 71). */
export const ALL_PROJECTIONS: readonly { name: string; version: number; tables: readonly string[] }[] = [
  { name: PROJECTION, version: VERSION, tables: ['purchases'] },
  { name: 'timeline', version: VERSION, tables: ['timeline', 'feed'] },
  ...PROJECTIONS.map(({ name, version, table }) => ({ name, version, tables: [table] })),
];
export const PROJECTION_NAMES: readonly string[] = ALL_PROJECTIONS.map(({ name }) => name);

const definition = (columns: Columns): string => columns.map((each) => each.join(' ')).join(', ');

/** The statements that create the tables of the projection in a schema. Positions are positions of $all. */
export const createTables = (schema: string): string => `
  create schema ${schema};
  create table ${schema}.purchases (${definition(PURCHASE_COLUMNS)});
  create table ${schema}.timeline (${definition(TIMELINE_COLUMNS)});
  create table ${schema}.feed (${definition(FEED_COLUMNS)});
  ${PROJECTIONS.map(
    ({ table, columns }) => `
  create table ${schema}.${table} (${definition(columns)});
  create index on ${schema}.${table} (purchase_id);`,
  ).join('')}
  create table ${schema}.checkpoints (
    projection text primary key,
    commit_position bigint,
    prepare_position bigint,
    -- Raised by whoever changes the rows beside the projector: a rebuild, a retry. The projector then reads everything anew.
    generation bigint not null default 0
  );
  insert into ${schema}.checkpoints (projection) values ('${PROJECTION}');
  create table ${schema}.quarantine (
    purchase_id text primary key,
    -- As its event says; absent where it says none.
    site text,
    revision bigint not null,
    commit_position bigint not null,
    event_id text not null,
    type text not null,
    error text not null,
    attempts integer not null default 1,
    first_at timestamptz not null default now(),
    last_at timestamptz not null default now()
  );
`;

/** The ordering expression of a list. It is never null, so one row comparison finds the position after a cursor. */
export const placedAtOrder = (prefix = ''): string => `coalesce(${prefix}placed_at, '-infinity'::timestamptz)`;

/** The search keys as an array, indexed element by element; each key has at most eight characters. */
export const searchKeysOf = (column: string): string => `string_to_array(${column} collate "C", ' ')`;

/** Collects the statistics of loaded tables. Without them, Postgres sorts all purchases of a site for a page until autovacuum runs. */
export const analyzeTables = (schema: string): string =>
  `analyze ${['feed', ...PURCHASE_TABLES.map(({ name }) => name)].map((table) => `${schema}.${table}`).join(', ')}`;

/** Keys and indexes; a rebuild creates them after loading the rows. The size of an index entry does not depend on a value. */
export const createIndexes = (schema: string): string => `
  create index on ${schema}.purchases (site, ${hashOf('sparklayer')}) where sparklayer is not null;
  create index on ${schema}.purchases (site, ${hashOf('platform')}) where platform is not null;
  create index on ${schema}.purchases (site, ${hashOf('internal')}) where internal is not null;
  create index on ${schema}.purchases (site, ${hashOf('visible')}) where visible is not null;
  create index on ${schema}.purchases (site, ${placedAtOrder()} desc, id desc);
  create index on ${schema}.purchases (site, last_updated desc, id desc);
  create index on ${schema}.purchases (site, ${hashOf('customer_sparklayer')}) where customer_sparklayer is not null;
  alter table ${schema}.timeline add primary key (purchase_id, revision);
  create index on ${schema}.purchases using gin (${searchKeysOf('search_keys')}) where type is not null;
  alter table ${schema}.feed add primary key (site, sequence);
  ${PROJECTIONS.map((each) => each.createIndexes(schema)).join('')}
`;
