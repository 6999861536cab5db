import type { ClientBase } from 'pg';
import type { PurchaseState } from '@app/purchase/state';
import type { FoldedPurchase } from './fold';

/** A purchase in memory, with its state as JSON, which takes half of the memory and costs the garbage collector little. */
export interface KnownPurchase extends Omit<FoldedPurchase, 'state'> {
  text: string;
}

export const foldedOf = ({ text, ...purchase }: KnownPurchase): FoldedPurchase => ({
  ...purchase,
  state: JSON.parse(text) as PurchaseState,
});

export interface LoadedPurchases {
  found: Map<string, KnownPurchase>;
  /** Existing purchases that were not loaded because the budget was used up. */
  beyond: Set<string>;
}

/** Loads purchases in the order of `ids` until their states reach `maxBytes`; always loads at least one. */
export async function loadPurchases(
  client: ClientBase,
  schema: string,
  ids: readonly string[],
  maxBytes: number,
): Promise<LoadedPurchases> {
  const loaded: LoadedPurchases = { found: new Map(), beyond: new Set() };
  if (ids.length === 0) return loaded;
  const { rows } = await client.query<{
    id: string;
    site: string;
    revision: string;
    commit_position: string;
    last_updated: Date;
    state: string | null;
  }>({
    name: `load from ${schema}`,
    text: `
      select id, site, revision, commit_position, last_updated, case when before_it < $2 then state end as state
      from (
        select p.*, coalesce(sum(octet_length(p.state)) over (order by wanted.place rows between unbounded preceding and 1 preceding), 0) as before_it
        from unnest($1::uuid[]) with ordinality as wanted (id, place) join ${schema}.purchases p on p.id = wanted.id
      ) as found`,
    values: [ids, maxBytes],
  });
  for (const { id, site, revision, commit_position, last_updated, state } of rows)
    if (state === null) loaded.beyond.add(id);
    else
      loaded.found.set(id, {
        id,
        site,
        revision: BigInt(revision),
        position: BigInt(commit_position),
        lastUpdated: last_updated,
        text: state,
      });
  return loaded;
}
