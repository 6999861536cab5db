import type { DataSource } from 'typeorm';
import { IDENTIFIER_KINDS, type IdentifierKind } from '@app/purchase/purchase';
import { LIVE, matches } from '../tables';
import { CombinedLookups } from './combined-lookups';
import { prepared } from './prepared';

/** A purchase as found in a row. */
export interface FoundRow {
  purchaseId: string;
  revision: bigint;
}

interface Key {
  site: string;
  value: string;
}

type Stored<C extends string> = Record<C, string> & { place: number; id: string; revision: string };
type Found<C extends string> = FoundRow & Record<C, string>;

/**
 * The arrays are parameters of sub-selects, so that Postgres estimates the same number of rows for every plan and keeps the prepared one; for
 * `unnest($1)` it would plan each execution.
 */
export const statementFor = (kind: IdentifierKind, columns: readonly string[]): { name: string; text: string } => ({
  name: `purchases by ${[kind, ...columns].join()}`,
  text: `select wanted.place::integer, p.* from unnest((select $1::text[]), (select $2::text[])) with ordinality as wanted(site, value, place)
    cross join lateral (
      select ${['p.id', 'p.revision', ...columns.map((each) => `p.${each}`)].join()} from ${LIVE}.purchases p
      where p.site = wanted.site and ${matches(`p.${kind}`, 'wanted.value')} and p.type is not null
      order by p.commit_position desc limit 1
    ) p`,
});

/** Finds live purchases by an identifier, with columns of their rows. Concurrent lookups share a statement. */
export class RowLookup<C extends string> {
  private readonly lookups: Record<IdentifierKind, CombinedLookups<Key, Found<C>>>;

  /** @param connected the connected data source @throws ReadModelUnavailable */
  constructor(connected: () => DataSource, columns: readonly C[]) {
    const lookupsBy = (kind: IdentifierKind): CombinedLookups<Key, Found<C>> => {
      const statement = statementFor(kind, columns);
      return new CombinedLookups(async (keys) => {
        const values = [keys.map(({ site }) => site), keys.map(({ value }) => value)];
        return placed(await prepared<Stored<C>>(connected(), statement, values));
      });
    };
    this.lookups = Object.fromEntries(IDENTIFIER_KINDS.map((kind) => [kind, lookupsBy(kind)])) as typeof this.lookups;
  }

  /** Undefined: not found. @throws ReadModelUnavailable, or the error of Postgres */
  find(site: string, kind: IdentifierKind, value: string): Promise<Found<C> | undefined> {
    return this.lookups[kind].find(site, { site, value });
  }
}

/** The rows by the index of their key. */
function placed<C extends string>(rows: readonly Stored<C>[]): (Found<C> | undefined)[] {
  const found: (Found<C> | undefined)[] = [];
  for (const { place, id, revision, ...columns } of rows)
    found[place - 1] = { ...(columns as unknown as Record<C, string>), purchaseId: id, revision: BigInt(revision) };
  return found;
}
