import type { ClientBase } from 'pg';
import type { FromPosition, RecordedEvent } from '@app/event-store/event-store';
import { type Checkpoint, NO_ROWS, type Replacement, type Rows, writeBatch } from './batch-writer';
import { fold, type Folded, type FoldedPurchase } from './fold';
import { foldedOf, type KnownPurchase } from './load-purchases';
import { isRefusalOfValue, UnprojectableEvent } from './postgres-errors';
import { purchaseRow } from './purchase-row';
import { quarantine } from './quarantine';
import { type DerivedRows, derivedRows } from '../projections/projections';
import type { PurchaseTexts } from '../views/restore-purchase';
import { inSavepoint, inTransaction } from '../with-client';
import type { SqlRow } from './sql-values';

/** Another process changed the rows or moved the checkpoint: cached states are invalid. */
export class CheckpointMoved extends Error {
  override name = 'CheckpointMoved';
}

interface FoldedChange extends Folded {
  row: SqlRow | undefined;
  /** The rows of the derived projections that changed. */
  derived: DerivedRows;
}

/** The rows after a change, by table, where they differ from those before it. */
function changedRows(before: FoldedPurchase | undefined, after: FoldedPurchase): DerivedRows {
  const rows = derivedRows([after]);
  if (before === undefined) return rows;
  const rowsBefore = derivedRows([before]);
  const isChanged = (table: string): boolean => JSON.stringify(rows[table]) !== JSON.stringify(rowsBefore[table]);
  return Object.fromEntries(Object.entries(rows).filter(([table]) => isChanged(table)));
}

function foldChange(known: KnownPurchase | undefined, events: readonly RecordedEvent[]): FoldedChange | undefined {
  try {
    const before = known && foldedOf(known);
    const folded = fold(before, events);
    if (folded === undefined) return undefined;
    const { after } = folded;
    return { ...folded, row: purchaseRow(after, before?.state), derived: changedRows(before, after) };
  } catch (error) {
    throw new UnprojectableEvent(error);
  }
}

/** The texts of a purchase whose row is written: packages that the row does not have are those before. */
const textsOf = ({ document, packages, remainder }: SqlRow, before?: PurchaseTexts): PurchaseTexts | undefined =>
  document ? { document, packages: packages ?? before?.packages ?? '', remainder: remainder ?? '' } : undefined;

/** The events of one purchase in a batch, folded once. */
export class PurchaseChange {
  private folded?: { change: FoldedChange | undefined };

  constructor(
    readonly id: string,
    readonly known: KnownPurchase | undefined,
    readonly events: readonly RecordedEvent[],
  ) {}

  /** Undefined when the events were already projected. @throws UnprojectableEvent */
  fold(): FoldedChange | undefined {
    this.folded ??= { change: foldChange(this.known, this.events) };
    return this.folded.change;
  }

  /** The purchase after the events; undefined: it was never created. @throws UnprojectableEvent */
  after(): KnownPurchase | undefined {
    const change = this.fold();
    if (change === undefined) return this.known;
    const { after, row } = change;
    if (row === undefined) return undefined;
    const { id, site, revision, position, lastUpdated } = after;
    return { id, site, revision, position, lastUpdated, texts: textsOf(row, this.known?.texts) };
  }
}

function replacements(changes: readonly FoldedChange[]): Record<string, Replacement> {
  const all: Record<string, { purchaseIds: string[]; rows: SqlRow[] }> = {};
  for (const { after, derived } of changes)
    for (const [table, rows] of Object.entries(derived)) {
      const replacement = (all[table] ??= { purchaseIds: [], rows: [] });
      replacement.purchaseIds.push(after.id);
      replacement.rows.push(...rows);
    }
  return all;
}

/** @throws UnprojectableEvent */
export function rowsOf(changes: readonly PurchaseChange[]): Rows {
  const folded = changes.flatMap((change) => change.fold() ?? []);
  return {
    purchases: folded.flatMap(({ row }) => (row === undefined ? [] : [row])),
    timeline: folded.flatMap(({ timeline }) => timeline),
    feed: [],
    derived: replacements(folded),
  };
}

/** A quarantined purchase with the failed event and the error. */
export interface Stopped {
  id: string;
  type: string;
  error: string;
}

/**
 * Writes changes of which some are rejected, in a transaction that locks the checkpoint. Finds the rejected ones by bisection with savepoints,
 * quarantines their purchases at the rejected event and writes the rest.
 */
export class PartialWrite {
  readonly stopped: Stopped[] = [];

  constructor(
    private readonly client: ClientBase,
    private readonly schema: string,
    private readonly at: Checkpoint,
  ) {}

  async write(changes: readonly PurchaseChange[]): Promise<void> {
    if (changes.length === 0) return;
    try {
      await inSavepoint(this.client, () => this.put(rowsOf(changes)));
    } catch (error) {
      if (!isRefusalOfValue(error)) throw error;
      const [first] = changes;
      if (changes.length === 1 && first !== undefined) return this.writeUpToRefusal(first);
      const middle = Math.ceil(changes.length / 2);
      await this.write(changes.slice(0, middle));
      await this.write(changes.slice(middle));
    }
  }

  private async writeUpToRefusal({ id, known, events }: PurchaseChange): Promise<void> {
    let current = known;
    for (const event of events)
      try {
        const one = new PurchaseChange(id, current, [event]);
        await inSavepoint(this.client, () => this.put(rowsOf([one])));
        current = one.after();
      } catch (error) {
        if (!isRefusalOfValue(error)) throw error;
        const reason = await quarantine(this.client, this.schema, id, event, error);
        this.stopped.push({ id, type: event.type, error: reason });
        return;
      }
  }

  private async put(rows: Rows): Promise<void> {
    if (!(await writeBatch(this.client, this.schema, rows, this.at, this.at.position))) throw new CheckpointMoved();
  }
}

/**
 * Writes changes of which at least one is rejected, and advances the checkpoint, in one transaction.
 * @returns the purchases that were quarantined
 * @throws CheckpointMoved
 */
export async function writeWithQuarantine(
  client: ClientBase,
  schema: string,
  changes: readonly PurchaseChange[],
  feed: readonly SqlRow[],
  at: Checkpoint,
  to: FromPosition,
): Promise<Stopped[]> {
  return inTransaction(client, async () => {
    const partial = new PartialWrite(client, schema, at);
    await partial.write(changes);
    if (!(await writeBatch(client, schema, { ...NO_ROWS, feed }, at, to))) throw new CheckpointMoved();
    return partial.stopped;
  });
}
