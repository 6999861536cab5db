import { createHash } from 'node:crypto';
import type { RecordedEvent } from '@app/event-store/event-store';
import { fold, type FoldedPurchase } from '../projection/fold';
import { purchaseRow } from '../projection/purchase-row';
import { entryOf } from '../projection/quarantine';
import type { SqlRow } from '../projection/sql-values';
import { derivedRows, type DerivedRows, PROJECTIONS } from '../projections/projections';
import { type Columns, PURCHASE_COLUMNS, TIMELINE_COLUMNS } from '../tables';

/** The rows of one purchase. */
export interface PurchaseRows {
  purchase?: SqlRow;
  timeline: SqlRow[];
  /** Rows of the other projections, by table. */
  derived: DerivedRows;
}

/** The rows and the entry in the quarantine that are expected for a purchase. */
export interface ExpectedPurchase extends PurchaseRows {
  /** The values of ENTRY_COLUMNS; absent for a purchase that is not in quarantine. */
  entry?: SqlRow;
  /** The events that the rows include. */
  events: readonly RecordedEvent[];
}

export const NOTHING: PurchaseRows = { timeline: [], derived: {} };

const rowsAfter = (after: FoldedPurchase): Omit<PurchaseRows, 'timeline'> => ({
  purchase: purchaseRow(after),
  derived: derivedRows([after]),
});

/** The rows expected for a history. @throws Error for an event that cannot be folded */
export function expectedRows(events: readonly RecordedEvent[]): PurchaseRows {
  const folded = fold(undefined, events);
  if (folded === undefined) return NOTHING;
  const { after, timeline } = folded;
  return { ...rowsAfter(after), timeline };
}

/** The index of the first event after which the rows cannot be made; -1 when there is none. */
function indexOfFailing(events: readonly RecordedEvent[]): number {
  let known: FoldedPurchase | undefined;
  return events.findIndex((event) => {
    try {
      known = fold(known, [event])?.after ?? known;
      if (known !== undefined) rowsAfter(known);
      return false;
    } catch {
      return true;
    }
  });
}

/**
 * The rows before the event of the live entry, and an entry at that event: Postgres may have refused a row of an event that can be folded. An earlier
 * event that cannot be folded takes its place.
 * @param events the history up to the checkpoint
 * @param stoppedAt revision of the live entry
 */
export function expectedPurchase(
  events: readonly RecordedEvent[],
  stoppedAt: string | null | undefined,
): ExpectedPurchase {
  const upTo = (index: number): ExpectedPurchase => {
    const [stopped, before] = [events[index], index < 0 ? events : events.slice(0, index)];
    return { ...expectedRows(before), events: before, ...(stopped !== undefined && { entry: entryOf(stopped) }) };
  };
  try {
    return upTo(events.findIndex(({ revision }) => String(revision) === stoppedAt));
  } catch {
    return upTo(indexOfFailing(events));
  }
}

/** Represents NULL, distinct from every text. */
const NULL = '\x1e';
const SEPARATOR = '\x1f';

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

const rowHash = (columns: Columns, row: SqlRow): string =>
  md5(columns.map(([name]) => row[name] ?? NULL).join(SEPARATOR));

/** Hashes of expected rows, equal to those that Postgres calculates over the tables. */
export const hashesOf = ({
  purchase,
  timeline,
  derived,
}: PurchaseRows): { purchase: string | null; timeline: string | null; derived: string } => ({
  purchase: purchase === undefined ? null : rowHash(PURCHASE_COLUMNS, purchase),
  timeline: timeline.length === 0 ? null : md5(timeline.map((row) => rowHash(TIMELINE_COLUMNS, row)).join('')),
  derived: PROJECTIONS.map(({ table, columns }) =>
    (derived[table] ?? [])
      .map((row) => rowHash(columns, row))
      .sort()
      .join(''),
  ).join(SEPARATOR),
});

/** A column as text, as written by the projection; times in ISO 8601. */
const asWritten = ([name, type]: Columns[number]): string =>
  type === 'timestamptz' ? `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')` : `${name}::text`;

const sqlHash = (columns: Columns): string =>
  `md5(${columns.map((each) => `coalesce(${asWritten(each)}, E'\\x1e')`).join(` || E'\\x1f' || `)})`;

/** Select expressions over one of the tables. */
export const PURCHASE_HASH = sqlHash(PURCHASE_COLUMNS);
export const TIMELINE_HASH = `md5(string_agg(${sqlHash(TIMELINE_COLUMNS)}, '' order by revision))`;

/** A select expression over the rows of the other projections of a purchase: their hashes, sorted. */
export const derivedHash = (schema: string, id: string): string =>
  PROJECTIONS.map(
    ({ table, columns }) =>
      `coalesce((select string_agg(hash, '' order by hash collate "C") from (
         select ${sqlHash(columns)} as hash from ${schema}.${table} d where d.purchase_id = ${id}) as hashes), '')`,
  ).join(` || E'\\x1f' || `);

const selectAll = (columns: Columns): string => columns.map((each) => `${asWritten(each)} as ${each[0]}`).join(', ');
export const PURCHASE_VALUES = selectAll(PURCHASE_COLUMNS);
export const TIMELINE_VALUES = selectAll(TIMELINE_COLUMNS);
export const derivedValues = ({ columns }: { columns: Columns }): string => selectAll(columns);

/** The columns in which two rows differ, each with both values. */
export function differingColumns(
  columns: Columns,
  live: SqlRow | undefined,
  expected: SqlRow | undefined,
): Record<string, { live: string | null; expected: string | null }> {
  const values = columns.map(
    ([name]) => [name, { live: live?.[name] ?? null, expected: expected?.[name] ?? null }] as const,
  );
  return Object.fromEntries(values.filter(([, value]) => value.live !== value.expected));
}
