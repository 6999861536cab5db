import type { ClientBase } from 'pg';
import type { Position, RecordedEvent } from '@app/event-store/event-store';
import { purchaseIdOf } from '@app/stored-events/streams';
import { IS_PURCHASE, isPurchaseId } from '../projection/purchase-id';
import { ENTRY_COLUMNS, entryOf, quarantineKey } from '../projection/quarantine';
import type { SqlRow } from '../projection/sql-values';
import { LIVE } from '../tables';
import { derivedValues } from './expected-rows';
import { type Difference, entryDifferences } from './row-differences';

const VALUES = derivedValues({ columns: ENTRY_COLUMNS });

/** A select expression: the entry of a purchase as JSON, NULL when it has none. */
export const entryOfPurchase = (id: string): string =>
  `(select to_json(entry) from (select ${VALUES} from ${LIVE}.quarantine q where q.purchase_id = ${id}::text) as entry)`;

/** Compares the entries of foreign streams, each of which is in quarantine from its first event. Memory is bounded by their number. */
export class ForeignVerification {
  private readonly expected = new Map<string, SqlRow>();

  /**
   * @param site compares the entries of this site only
   * @param end later events are left out: the checkpoint of the live tables may not include them
   */
  constructor(
    private readonly client: ClientBase,
    private readonly site: string | undefined,
    private readonly end: Position,
    private readonly tell: (difference: Difference) => void,
  ) {}

  /** @param events of all sites, after those of the previous call, in the order of $all */
  add(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      const id = purchaseIdOf(event.stream);
      if (isPurchaseId(id) || event.position.commit > this.end.commit) continue;
      const key = quarantineKey(id);
      if (!this.expected.has(key)) this.expected.set(key, entryOf(event));
    }
  }

  /** Compares, and returns the number of entries. */
  async finish(): Promise<number> {
    const { rows } = await this.client.query<SqlRow & { purchase_id: string }>(
      `select purchase_id, ${VALUES} from ${LIVE}.quarantine where not ${IS_PURCHASE} and (commit_position <= $1 or purchase_id = any($2))`,
      [String(this.end.commit), [...this.expected.keys()]],
    );
    const live = new Map(rows.map(({ purchase_id: key, ...entry }) => [key, entry]));
    const isOfSite = (entry?: SqlRow): boolean =>
      entry !== undefined && (this.site === undefined || entry.site === this.site);
    for (const key of new Set([...live.keys(), ...this.expected.keys()])) {
      const [one, other] = [live.get(key), this.expected.get(key)];
      if (isOfSite(one) || isOfSite(other)) entryDifferences(key, one, other).forEach(this.tell);
    }
    return [...live.values()].filter(isOfSite).length;
  }
}
