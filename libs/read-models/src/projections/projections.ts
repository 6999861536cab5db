import { customerStats } from './customer-stats';
import { dailyFigures } from './daily-figures';
import type { PurchaseProjection } from './purchase-projection';
import type { FoldedPurchase } from '../projection/fold';
import type { SqlRow } from '../projection/sql-values';

/** The projections that are derived from the states of purchases. */
export const PROJECTIONS: readonly PurchaseProjection[] = [customerStats, dailyFigures];

/** Rows by table. */
export type DerivedRows = Readonly<Record<string, readonly SqlRow[]>>;

/** The rows of all projections for some purchases. @throws Error when a state cannot be rendered */
export const derivedRows = (purchases: readonly FoldedPurchase[]): DerivedRows =>
  Object.fromEntries(PROJECTIONS.map(({ table, rowsOf }) => [table, purchases.flatMap(rowsOf)]));
