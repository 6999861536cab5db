import type { RecordedEvent } from '@app/event-store/event-store';
import { PROJECTIONS } from '../projections/projections';
import type { SqlRow } from '../projection/sql-values';
import { ENTRY_COLUMNS } from '../projection/quarantine';
import { type Columns, PURCHASE_COLUMNS, TIMELINE_COLUMNS } from '../tables';
import {
  differingColumns,
  type ExpectedPurchase,
  expectedPurchase,
  expectedRows,
  NOTHING,
  type PurchaseRows,
} from './expected-rows';

/** How a row differs from the history: unexpected, missing, or with other values. */
export type DifferenceKind = 'changed' | 'missing' | 'surplus';

export interface Difference {
  purchaseId: string;
  /** `purchases`, `timeline`, `feed`, `quarantine`, or the table of another projection. */
  table: string;
  kind: DifferenceKind;
  /** The revision of the timeline row, of the event of the entry in the quarantine, or of the purchase in the history. */
  revision: string;
  /** The last event that the live row includes, if the row has an earlier revision. */
  partsAfter?: { revision: string; type: string };
  /** By column; text longer than MAX_VALUE characters is truncated. */
  columns: Record<string, { live: string | null; expected: string | null }>;
}

const LARGE_TABLES: readonly string[] = ['purchases', 'timeline'];

/** The difference to show: without the values of a missing or unexpected row of `purchases` or `timeline`, which are those of a large row. */
export const withoutLargeRow = (difference: Difference): Difference =>
  difference.kind !== 'changed' && LARGE_TABLES.includes(difference.table)
    ? { ...difference, columns: {} }
    : difference;

type Row = PurchaseRows['purchase'];

const differs = (columns: typeof PURCHASE_COLUMNS, live: Row, expected: Row): boolean =>
  Object.keys(differingColumns(columns, live, expected)).length > 0;

function kindOf(live: Row, expected: Row): DifferenceKind {
  if (live === undefined) return 'missing';
  return expected === undefined ? 'surplus' : 'changed';
}

const revisionOf = (live: PurchaseRows, expected: PurchaseRows): string =>
  String(expected.purchase?.revision ?? live.purchase?.revision ?? '');

function expectedOrNone(events: readonly RecordedEvent[]): PurchaseRows {
  try {
    return expectedRows(events);
  } catch {
    return NOTHING;
  }
}

const hasSameTexts = (a: Row, b: Row): boolean => a?.document === b?.document && a?.packages === b?.packages;

/** The last event that the live row of a purchase includes, if the row has an earlier revision. */
function partsAfter({ purchase }: PurchaseRows, events: readonly RecordedEvent[]): Pick<Difference, 'partsAfter'> {
  for (let count = events.length - 1; count > 0; count--) {
    const earlier = expectedOrNone(events.slice(0, count)).purchase;
    const [event] = events.slice(count - 1);
    if (event !== undefined && purchase !== undefined && hasSameTexts(earlier, purchase))
      return { partsAfter: { revision: String(event.revision), type: event.type } };
  }
  return {};
}

function timelineDifferences(purchaseId: string, live: PurchaseRows, expected: PurchaseRows): Difference[] {
  const byRevision = (rows: PurchaseRows) => new Map(rows.timeline.map((each) => [each.revision, each]));
  const [there, wanted] = [byRevision(live), byRevision(expected)];
  return [...new Set([...there.keys(), ...wanted.keys()])].flatMap((revision) => {
    const [one, other] = [there.get(revision), wanted.get(revision)];
    if (!differs(TIMELINE_COLUMNS, one, other)) return [];
    const columns = differingColumns(TIMELINE_COLUMNS, one, other);
    return [{ purchaseId, table: 'timeline', kind: kindOf(one, other), revision: revision ?? '', columns }];
  });
}

/** The rows that are not among others; of equal rows, those that others have fewer of. */
function surplusOf(columns: Columns, rows: readonly SqlRow[], others: readonly SqlRow[]): SqlRow[] {
  const keyOf = (row: SqlRow): string => JSON.stringify(columns.map(([name]) => row[name] ?? null));
  const counts = new Map<string, number>();
  for (const key of others.map(keyOf)) counts.set(key, (counts.get(key) ?? 0) + 1);
  return rows.filter((row) => {
    const key = keyOf(row);
    const count = counts.get(key) ?? 0;
    counts.set(key, count - 1);
    return count <= 0;
  });
}

/** Rows of the other projections have no key, so a changed row is reported as a missing and a surplus one. */
function derivedDifferences(purchaseId: string, live: PurchaseRows, expected: PurchaseRows): Difference[] {
  const revision = revisionOf(live, expected);
  return PROJECTIONS.flatMap(({ table, columns }) => {
    const [there, wanted] = [live.derived[table] ?? [], expected.derived[table] ?? []];
    const difference = (kind: DifferenceKind, one?: SqlRow, other?: SqlRow): Difference => ({
      purchaseId,
      table,
      kind,
      revision,
      columns: differingColumns(columns, one, other),
    });
    return [
      ...surplusOf(columns, wanted, there).map((row) => difference('missing', undefined, row)),
      ...surplusOf(columns, there, wanted).map((row) => difference('surplus', row)),
    ];
  });
}

/** Compares an entry in the quarantine with the expected one; absent: there is none. */
export function entryDifferences(
  purchaseId: string,
  live: SqlRow | undefined,
  expected: SqlRow | undefined,
): Difference[] {
  const columns = differingColumns(ENTRY_COLUMNS, live, expected);
  if (Object.keys(columns).length === 0) return [];
  const revision = (expected ?? live)?.revision ?? '';
  return [{ purchaseId, table: 'quarantine', kind: kindOf(live, expected), revision, columns }];
}

/** Compares the rows and the entry of a purchase with those expected for its events up to the checkpoint, and returns the differences. */
export function rowDifferences(
  purchaseId: string,
  live: PurchaseRows & Pick<ExpectedPurchase, 'entry'>,
  events: readonly RecordedEvent[],
): Difference[] {
  const expected = expectedPurchase(events, live.entry?.revision);
  const others = [
    ...entryDifferences(purchaseId, live.entry, expected.entry),
    ...timelineDifferences(purchaseId, live, expected),
    ...derivedDifferences(purchaseId, live, expected),
  ];
  if (!differs(PURCHASE_COLUMNS, live.purchase, expected.purchase)) return others;
  const purchase: Difference = {
    purchaseId,
    table: 'purchases',
    kind: kindOf(live.purchase, expected.purchase),
    revision: revisionOf(live, expected),
    ...partsAfter(live, expected.events),
    columns: differingColumns(PURCHASE_COLUMNS, live.purchase, expected.purchase),
  };
  return [purchase, ...others];
}
