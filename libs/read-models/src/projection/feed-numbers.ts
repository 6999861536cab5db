import type { ClientBase } from 'pg';
import type { RecordedEvent } from '@app/event-store/event-store';
import { purchaseIdOf } from '@app/stored-events/streams';
import { isPurchaseId } from './purchase-id';
import type { SqlRow } from './sql-values';

const SITE = /^[\w.-]{1,100}$/;

/** What decides whether and how an event is numbered. */
export type NumberedEvent = Pick<RecordedEvent, 'stream' | 'revision' | 'position' | 'metadata'>;

interface LastNumber {
  sequence: bigint;
  /** Events up to this position of $all are already numbered. */
  numberedUpTo: bigint;
}

interface LastRow {
  site: string;
  sequence: string;
  commit_position: string;
}

const lastNumber = ({ sequence, commit_position }: LastRow): LastNumber => ({
  sequence: BigInt(sequence),
  numberedUpTo: BigInt(commit_position),
});

/**
 * Numbers the events of each site from 1, without a gap, in the order of $all (ADR 26). Numbers depend on the history only: an event that
 * cannot be folded is numbered, and a redelivered event keeps its number.
 */
export class FeedNumbers {
  private readonly last = new Map<string, LastNumber>();

  /** @param schema undefined when the numbers of the tables need not be read */
  constructor(
    private readonly client: ClientBase,
    private readonly schema: string | undefined,
  ) {}

  /** Continues the numbers of a table that may have no index. */
  static async ofLoad(client: ClientBase, schema: string): Promise<FeedNumbers> {
    const numbers = new FeedNumbers(client, undefined);
    const { rows } = await client.query<LastRow>(
      `select site, max(sequence) as sequence, max(commit_position) as commit_position from ${schema}.feed group by site`,
    );
    for (const row of rows) numbers.last.set(row.site, lastNumber(row));
    return numbers;
  }

  /** Numbers events; returns the rows of those that had no number. */
  async number(events: readonly NumberedEvent[]): Promise<SqlRow[]> {
    const counted = events
      .map(({ stream, revision, position, metadata }) => ({
        id: purchaseIdOf(stream),
        site: String(metadata.site),
        revision,
        commit: position.commit,
      }))
      .filter(({ id, site }) => isPurchaseId(id) && SITE.test(site));
    const last = await this.lastOf([...new Set(counted.map(({ site }) => site))]);
    return counted.flatMap(({ id, site, revision, commit }) => {
      const known = last.get(site);
      if (known === undefined || commit <= known.numberedUpTo) return [];
      known.sequence += 1n;
      return [
        {
          site,
          sequence: String(known.sequence),
          purchase_id: id,
          revision: String(revision),
          commit_position: String(commit),
        },
      ];
    });
  }

  private async lastOf(sites: readonly string[]): Promise<Map<string, LastNumber>> {
    const result = new Map<string, LastNumber>();
    const unknown: string[] = [];
    for (const site of sites) {
      const known = this.last.get(site);
      if (known === undefined) unknown.push(site);
      else result.set(site, known);
    }
    for (const [site, found] of await this.load(unknown)) {
      result.set(site, found);
      this.last.set(site, found);
    }
    return result;
  }

  private async load(sites: readonly string[]): Promise<Map<string, LastNumber>> {
    const found = new Map(sites.map((site) => [site, { sequence: 0n, numberedUpTo: -1n }]));
    if (this.schema === undefined || sites.length === 0) return found;
    const { rows } = await this.client.query<LastRow>(
      `select last.site, last.sequence, last.commit_position from unnest($1::text[]) as asked(site), lateral (
         select site, sequence, commit_position from ${this.schema}.feed where site = asked.site order by sequence desc limit 1
       ) as last`,
      [sites],
    );
    for (const row of rows) found.set(row.site, lastNumber(row));
    return found;
  }
}
