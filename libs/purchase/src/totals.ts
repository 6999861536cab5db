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

function paidBy(transactions: readonly Transaction[]): Minor {
  return transactions.reduce((paid, { type, amount, informational }) => {
    if (informational === true) return paid;
    return paid + (type === 'payment' ? amount : -amount);
  }, 0);
}

/** Calculates the totals of a purchase. Each item is in one package, so a move does not change `ordered`. */
export function totalsOf({ packages, totalPaid, transactions = [] }: Counted): CalculatedTotals {
  let [items, shipping, tax, discount] = [0, 0, 0, 0];
  let [ordered, cancelled, refunded] = [0, 0, 0];
  for (const { type, items: lines, shippingMethod } of packages) {
    let gross = 0;
    const count = (totals: Totals): void => {
      tax += totals.tax ?? 0;
      discount += totals.discount ?? 0;
      gross += totals.gross ?? 0;
    };
    for (const { totals } of lines) {
      items += totals.net ?? 0;
      count(totals);
    }
    if (shippingMethod?.totals !== undefined) {
      shipping += shippingMethod.totals.net ?? 0;
      count(shippingMethod.totals);
    }
    ordered += gross;
    if (type === 'cancelled') cancelled += gross;
    if (type === 'refund') refunded += gross;
  }
  const payable = ordered - cancelled - refunded;
  const paid = totalPaid ?? paidBy(transactions);
  return {
    items,
    shipping,
    tax,
    discount,
    ordered,
    cancelled,
    refunded,
    payable,
    paid,
    outstanding: payable - paid,
  };
}
