import type { Pool } from 'pg';
import { IS_PURCHASE } from '../projection/purchase-id';
import { LIVE } from '../tables';

const PAGE = 500;

/** The ids of the purchases of a site in the live tables, deleted and quarantined ones included, in order. */
export async function* purchasesOfSite(pool: Pool, site: string): AsyncGenerator<string> {
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const { rows } = await pool.query<{ id: string }>(
      // Each part has a limit of its own: Postgres would sort the whole site for each page.
      `(select id from ${LIVE}.purchases where site = $1 and id > $2 order by id limit ${PAGE})
       union
       (select purchase_id::uuid as id from ${LIVE}.quarantine
         where site = $1 and ${IS_PURCHASE} and purchase_id > $2::text order by id limit ${PAGE})
       order by id limit ${PAGE}`,
      [site, after],
    );
    for (const { id } of rows) yield id;
    const last = rows.at(-1)?.id;
    if (last === undefined) return;
    after = last;
  }
}
