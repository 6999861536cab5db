import type { Columns } from '../columns';
import type { FoldedPurchase } from '../projection/fold';
import type { SqlRow } from '../projection/sql-values';

/**
 * A projection with a table of its own, whose rows follow from the state of one purchase. The rows of a purchase are replaced in the transaction that
 * writes its new state, when they changed; a rebuild, `verify` and `repair` handle them like the row of the purchase. CONTRIBUTING.md says how to add one.
 */
export interface PurchaseProjection {
  name: string;
  /** Increment it, together with VERSION in tables.ts, when the table or the rows change. */
  version: number;
  table: string;
  /** The first column is `purchase_id`, which has an index. */
  columns: Columns;
  /** The statements that create the other indexes of the table in a schema. */
  createIndexes: (schema: string) => string;
  /** The rows of a purchase; none for a deleted one. Must be a pure function. @throws Error when the state cannot be rendered */
  rowsOf: (purchase: FoldedPurchase) => SqlRow[];
}
