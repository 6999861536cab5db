import type { Reads } from '../queries/site-reads';
import { LIVE } from '../tables';

/** A key that this share of the rows have narrows a search little, but Postgres reads its whole list of rows: 5 ms for a million rows. */
const COMMON_SHARE = 0.05;
const REFRESH_MS = 10 * 60_000;

/** The statistics of Postgres for the elements of the index over search keys. Its expression is a call of `string_to_array`. */
const STATISTICS = `
  select common.key from pg_stats, unnest(most_common_elems::text::text[], most_common_elem_freqs) as common(key, share)
  where schemaname = '${LIVE}' and tablename like 'purchases%' and attname = 'string_to_array' and common.key is not null
    and common.share >= ${COMMON_SHARE}`;

/** The search keys that many rows have, by the last ANALYZE of Postgres. */
export class CommonKeys {
  private keys: Promise<ReadonlySet<string>> = Promise.resolve(new Set());
  private readAt = -Infinity;

  /** Reads the statistics every ten minutes. Empty when they cannot be read: a search needs none to be correct. */
  read(reads: Reads): Promise<ReadonlySet<string>> {
    const now = performance.now();
    if (now - this.readAt < REFRESH_MS) return this.keys;
    this.readAt = now;
    const rows = reads.query<{ key: string }>(STATISTICS, []);
    this.keys = rows.then((found) => new Set(found.map(({ key }) => key))).catch(() => new Set<string>());
    return this.keys;
  }
}
