import type { PoolClient } from 'pg';
import type { Position, RecordedEvent } from '@app/event-store/event-store';
import { FeedNumbers } from '../projection/feed-numbers';
import type { SqlRow } from '../projection/sql-values';
import { FEED_COLUMNS, LIVE } from '../tables';
import { derivedValues, differingColumns } from './expected-rows';
import type { Difference } from './row-differences';

/** The maximum number of surplus rows that are reported. */
const MAX_SURPLUS = 1_000;
const VALUES = derivedValues({ columns: FEED_COLUMNS });

/** Compares the numbers of the feed, from the first of each site, with those that the history gives; memory is bounded by one batch. */
export class FeedVerification {
  private readonly numbers: FeedNumbers;
  /** The last number of each site. */
  private readonly last = new Map<string, string>();

  /**
   * @param site compares the numbers of this site only
   * @param end later events are left out: the checkpoint of the live tables may not include them
   */
  constructor(
    private readonly client: PoolClient,
    private readonly site: string | undefined,
    private readonly end: Position,
    private readonly tell: (difference: Difference) => void,
  ) {
    this.numbers = new FeedNumbers(client, undefined);
  }

  /** @param events the events after those of the previous call, in the order of $all */
  async add(events: readonly RecordedEvent[]): Promise<void> {
    const expected = await this.numbers.number(events.filter(({ position }) => position.commit <= this.end.commit));
    if (expected.length === 0) return;
    const live = await this.rowsOf(expected);
    expected.forEach((row, index) => {
      this.last.set(row.site ?? '', row.sequence ?? '');
      this.compare(live[index], row);
    });
  }

  /** Reports rows without an event. */
  async finish(): Promise<void> {
    const { rows } = await this.client.query<SqlRow>(
      `select ${VALUES} from ${LIVE}.feed left join unnest($1::text[], $2::bigint[]) as known (of_site, last) on of_site = site
       where commit_position <= $3 and (last is null or sequence > last or sequence < 1) and ($4::text is null or site = $4)
       order by 1, 2 limit ${MAX_SURPLUS}`,
      [[...this.last.keys()], [...this.last.values()], String(this.end.commit), this.site ?? null],
    );
    for (const row of rows) this.compare(row, undefined);
  }

  /** The live rows with the expected numbers, in the same order; undefined for a missing row. */
  private async rowsOf(expected: readonly SqlRow[]): Promise<(SqlRow | undefined)[]> {
    const { rows } = await this.client.query<SqlRow>({
      name: 'feed to verify',
      text: `select ${VALUES} from unnest($1::text[], $2::bigint[]) with ordinality as asked (of_site, number, place)
             left join ${LIVE}.feed on site = of_site and sequence = number order by place`,
      values: [expected.map(({ site }) => site), expected.map(({ sequence }) => sequence)],
    });
    return rows.map((row) => (row.sequence === null ? undefined : row));
  }

  private compare(live: SqlRow | undefined, expected: SqlRow | undefined): void {
    const columns = differingColumns(FEED_COLUMNS, live, expected);
    if (Object.keys(columns).length === 0) return;
    const { purchase_id: purchaseId, revision } = expected ?? live ?? {};
    const kind = live === undefined ? 'missing' : expected === undefined ? 'surplus' : 'changed';
    this.tell({ purchaseId: purchaseId ?? '', table: 'feed', kind, revision: revision ?? '', columns });
  }
}
