/** The schema that answers, the one that a rebuild makes beside it, and the one that it replaced. */
export const LIVE = 'read_model';
export const NEXT = 'read_model_next';
export const OLD = 'read_model_old';

/** The name of the one projection, as its checkpoint is kept. Its version is that of the tables below. */
export const PROJECTION = 'purchases';

/** Tables of the projection in a schema: for the first migration and for every rebuild alike. Positions are those of $all. */
export const createTables = (schema: string): string => `
  create schema ${schema};
  create table ${schema}.purchases (
    id uuid not null,
    site text not null,
    revision bigint not null,
    commit_position bigint not null,
    sparklayer text, platform text, internal text, visible text,
    type text, status text, currency text,
    customer_sparklayer text, customer_child text, customer_impersonator text, customer_sales_rep text,
    placed_at timestamptz, submitted_at timestamptz, last_updated timestamptz not null,
    payable bigint,
    search text not null,
    state jsonb not null
  );
  create table ${schema}.timeline (
    purchase_id uuid not null,
    revision bigint not null,
    site text not null,
    commit_position bigint not null,
    event_id uuid not null,
    type text not null,
    occurred_at timestamptz not null,
    recorded_at timestamptz not null,
    actor text, impersonator text, request_id text,
    words text not null,
    before jsonb, after jsonb
  );
  create table ${schema}.checkpoints (
    projection text primary key,
    commit_position bigint not null,
    prepare_position bigint not null
  );
  create table ${schema}.quarantine (
    purchase_id uuid primary key,
    revision bigint not null,
    commit_position bigint not null,
    type text not null,
    error text not null
  );
`;

/** Keys and indexes; a rebuild makes them when the rows are there. */
export const createIndexes = (schema: string): string => `
  alter table ${schema}.purchases add primary key (id);
  create index on ${schema}.purchases (site, sparklayer) where sparklayer is not null;
  create index on ${schema}.purchases (site, platform) where platform is not null;
  create index on ${schema}.purchases (site, internal) where internal is not null;
  create index on ${schema}.purchases (site, visible) where visible is not null;
  create index on ${schema}.purchases (site, placed_at desc nulls last, id);
  create index on ${schema}.purchases (site, last_updated desc, id);
  create index on ${schema}.purchases (site, customer_sparklayer) where customer_sparklayer is not null;
  alter table ${schema}.timeline add primary key (purchase_id, revision);
  create index on ${schema}.timeline (site, commit_position);
`;
