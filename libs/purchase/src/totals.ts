import type { Transaction } from './events';
import type { Minor, Package, Totals } from './purchase';

/** Calculated totals in minor units of the currency of the purchase, defined in ADR 6. */
export interface CalculatedTotals {
  items: Minor;
  shipping: Minor;
  tax: Minor;
  discount: Minor;
  ordered: Minor;
  cancelled: Minor;
  refunded: Minor;
  payable: Minor;
  paid: Minor;
  outstanding: Minor;
}

interface Counted {
  packages: readonly Package[];
  totalPaid?: Minor;
  transactions?: readonly Transaction[];
}

const sum = (totals: readonly Totals[], part: 'net' | 'tax' | 'gross' | 'discount'): Minor =>
  totals.reduce((total, each) => total + (each[part] ?? 0), 0);

const linesOf = ({ items }: Package): Totals[] => items.map(({ totals }) => totals);
const shippingOf = ({ shippingMethod }: Package): Totals[] => (shippingMethod?.totals ? [shippingMethod.totals] : []);
const grossOf = (packages: readonly Package[]): Minor =>
  sum(
    packages.flatMap((each) => [...linesOf(each), ...shippingOf(each)]),
    'gross',
  );

function paidBy(transactions: readonly Transaction[]): Minor {
  return transactions.reduce((paid, { type, amount, informational }) => {
    if (informational === true) return paid;
    return paid + (type === 'payment' ? amount : -amount);
  }, 0);
}

/** Calculates the totals of a purchase. Each item is in one package, so a move does not change `ordered`. */
export function totalsOf({ packages, totalPaid, transactions = [] }: Counted): CalculatedTotals {
  const lines = packages.flatMap(linesOf);
  const shipping = packages.flatMap(shippingOf);
  const ordered = grossOf(packages);
  const cancelled = grossOf(packages.filter(({ type }) => type === 'cancelled'));
  const refunded = grossOf(packages.filter(({ type }) => type === 'refund'));
  const payable = ordered - cancelled - refunded;
  const paid = totalPaid ?? paidBy(transactions);
  return {
    items: sum(lines, 'net'),
    shipping: sum(shipping, 'net'),
    tax: sum(lines, 'tax') + sum(shipping, 'tax'),
    discount: sum(lines, 'discount') + sum(shipping, 'discount'),
    ordered,
    cancelled,
    refunded,
    payable,
    paid,
    outstanding: payable - paid,
  };
}
