import type { PackageRef, PurchaseEvent } from '../events';
import type { AccountingFile } from '../purchase';
import { multisetDifference } from '../same';

/** Documents that came and went, of the purchase or of one package. */
export function diffFiles(
  before: readonly AccountingFile[],
  after: readonly AccountingFile[],
  at?: PackageRef,
): PurchaseEvent[] {
  const { onlyInA: onlyBefore, onlyInB: onlyAfter } = multisetDifference(before, after);
  const where = at === undefined ? {} : { package: at };
  return [
    ...onlyBefore.map((file): PurchaseEvent => ({ type: 'AccountingFileRemoved', data: { file, ...where } })),
    ...onlyAfter.map((file): PurchaseEvent => ({ type: 'AccountingFileAttached', data: { file, ...where } })),
  ];
}
