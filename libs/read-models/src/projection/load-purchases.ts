import type { ClientBase } from 'pg';
import { type PurchaseTexts, restorePurchase } from '../views/restore-purchase';
import type { FoldedPurchase } from './fold';

/** A purchase that was created, as its row has it: texts take half of the memory of a state and cost the garbage collector little. */
export interface KnownPurchase extends Omit<FoldedPurchase, 'state'> {
  /** Absent: deleted. */
  texts?: PurchaseTexts;
}

/** @throws Error for texts that were damaged */
export const foldedOf = ({ texts, ...purchase }: KnownPurchase): FoldedPurchase => ({
  ...purchase,
  state: texts === undefined ? { phase: 'deleted' } : { phase: 'live', purchase: restorePurchase(texts) },
});

export interface LoadedPurchases {
  found: Map<string, KnownPurchase>;
  /** Existing purchases that were not loaded because the budget was used up. */
  beyond: Set<string>;
}

const TEXTS = ['document', 'packages', 'remainder'] as const;
const each = (expression: (name: string) => string, separator: string): string => TEXTS.map(expression).join(separator);

/** Loads purchases in the order of `ids` until their texts reach `maxBytes`; always loads at least one. */
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
    fits: boolean;
    document: string | null;
    packages: string | null;
    remainder: string | null;
  }>({
    name: `load from ${schema}`,
    text: `
      select id, site, revision, commit_position, last_updated, fits, ${each((name) => `case when fits then ${name} end as ${name}`, ', ')}
      from (
        select p.*, coalesce(sum(${each((name) => `coalesce(octet_length(p.${name}), 0)`, ' + ')}) over (order by wanted.place rows between unbounded preceding and 1 preceding), 0) < $2 as fits
        from unnest($1::uuid[]) with ordinality as wanted (id, place) join ${schema}.purchases p on p.id = wanted.id
      ) as found`,
    values: [ids, maxBytes],
  });
  for (const { id, site, revision, commit_position, last_updated, fits, document, packages, remainder } of rows)
    if (!fits) loaded.beyond.add(id);
    else
      loaded.found.set(id, {
        id,
        site,
        revision: BigInt(revision),
        position: BigInt(commit_position),
        lastUpdated: last_updated,
        ...(document !== null && { texts: { document, packages: packages ?? '', remainder: remainder ?? '' } }),
      });
  return loaded;
}
