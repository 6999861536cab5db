import type { KeyedLine, KeyedPackage, LineItem, Package, Purchase } from './purchase';
import { isSame } from './same';
import type { LivePurchase } from './state';

const plainLine = ({ quantity, totals, details }: KeyedLine): LineItem => ({ quantity, totals, details });

/** The package as a sender would send it: without keys. */
export const plainPackage = ({ key: _, items, ...header }: KeyedPackage): Package => ({
  ...header,
  items: items.map(plainLine),
});

/** The purchase as a sender would send it: without keys and values that only events contain. */
export function plainPurchase(live: LivePurchase): Purchase {
  const {
    nextPackageKey: _p,
    nextLineKey: _l,
    submittedAt: _s,
    follows: _f,
    usdRate: _u,
    transactions: _t,
    history: _h,
    ...sent
  } = live;
  return { ...sent, packages: live.packages.map(plainPackage) };
}

/** True if both are equal apart from keys and the order within arrays. */
export const isSamePurchase = (live: LivePurchase, sent: Purchase): boolean => isSame(plainPurchase(live), sent);
