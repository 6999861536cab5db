import type { PackageRef, PurchaseEvent } from '../events';
import type { AccountingFile } from '../purchase';
import { multisetDifference } from '../same';

/** The events of removed and attached documents; `at` is the package, absent for documents of the purchase. */
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
