import type { KeyedLine, KeyedPackage, LineItem, Package } from '../purchase';
import { isSame, isSameInOrder } from '../same';
import { wholeHeaderOf } from './package-header';

const isSameLine = (before: KeyedLine, after: LineItem): boolean =>
  before.quantity === after.quantity && isSame(before.totals, after.totals) && isSame(before.details, after.details);

const isSamePackage = (before: KeyedPackage, after: Package): boolean =>
  before.items.length === after.items.length &&
  before.items.every((line, index) => isSameLine(line, after.items[index] ?? line)) &&
  isSameInOrder(wholeHeaderOf(before), wholeHeaderOf(after));

/** True if packages and lines are equal in this order, so that they have no events (I2). Most PUTs change no package. */
export const hasSamePackages = (before: readonly KeyedPackage[], after: readonly Package[]): boolean =>
  before.length === after.length && before.every((each, index) => isSamePackage(each, after[index] ?? each));
