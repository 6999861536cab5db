import type { KeyedLine, LineAmounts, LineKey, Totals } from '../purchase';

interface LineBalance {
  readonly start: LineAmounts;
  now: LineAmounts;
  readonly end: LineAmounts;
}

const NOTHING: LineAmounts = { quantity: 0, totals: { net: 0, tax: 0, gross: 0 } };

const amountsOf = ({ quantity, totals }: LineAmounts): LineAmounts => ({ quantity, totals });

/** from + (to − from) × part ÷ whole, in minor units, rounded towards `from`. BigInt: the product may exceed 2^53. */
function between(from: number, to: number, part: number, whole: number): number {
  return from + Number((BigInt(to - from) * BigInt(part)) / BigInt(whole));
}

function totalsBetween(start: Totals, end: Totals, part: number, whole: number): Totals {
  const net = between(start.net, end.net, part, whole);
  const tax = between(start.tax, end.tax, part, whole);
  const totals: Totals = { net, tax, gross: net + tax };
  for (const key of ['discount', 'discountGross'] as const)
    if (start[key] !== undefined || end[key] !== undefined)
      totals[key] = between(start[key] ?? 0, end[key] ?? 0, part, whole);
  const taxRate = end.taxRate ?? start.taxRate;
  if (taxRate !== undefined) totals.taxRate = taxRate;
  return totals;
}

/**
 * The amounts of a line at an intermediate quantity: interpolated between the stored and the sent amounts. Outside that
 * range, the unit price of the nearer of the two.
 */
function interpolate({ start, end }: LineBalance, quantity: number): LineAmounts {
  const [part, whole] = [quantity - start.quantity, end.quantity - start.quantity];
  const share = part / whole;
  if (share >= 0 && share <= 1) return { quantity, totals: totalsBetween(start.totals, end.totals, part, whole) };
  const near = Math.abs(part) < Math.abs(quantity - end.quantity) ? start : end;
  return { quantity, totals: totalsBetween(NOTHING.totals, near.totals, quantity, near.quantity) };
}

/**
 * The quantity and totals of each line between the events of one diff. A line that several events change has
 * intermediate amounts in proportion to its quantity, rounded towards the stored ones. At the sent quantity, it has
 * exactly the sent amounts.
 */
export class LineLedger {
  private readonly balances = new Map<LineKey, LineBalance>();

  /** Registers a line. `before` is absent for a new line, `after` for a removed one. */
  open(key: LineKey, before: LineAmounts | undefined, after: LineAmounts | undefined): void {
    const start = before === undefined ? NOTHING : amountsOf(before);
    this.balances.set(key, { start, now: start, end: after === undefined ? NOTHING : amountsOf(after) });
  }

  /** The stored, current and sent amounts of a line. Throws if the line was not opened. */
  balance = (key: LineKey): Readonly<LineBalance> => this.balanceOf(key);

  private balanceOf(key: LineKey): LineBalance {
    const account = this.balances.get(key);
    if (account === undefined) throw new Error(`line ${key} was not opened`);
    return account;
  }

  /**
   * Adds `by` units, which may be negative, to a line. Returns its amounts before and after; an amount is absent at
   * quantity 0.
   */
  change(key: LineKey, by: number): { before?: LineAmounts; after?: LineAmounts } {
    const account = this.balanceOf(key);
    const { now, end } = account;
    const quantity = now.quantity + by;
    account.now = quantity === end.quantity ? end : interpolate(account, quantity);
    const changed: { before?: LineAmounts; after?: LineAmounts } = {};
    if (now.quantity > 0) changed.before = now;
    if (account.now.quantity > 0) changed.after = account.now;
    return changed;
  }

  /** The line with its current amounts. */
  current(line: KeyedLine): KeyedLine {
    return { ...line, ...this.balances.get(line.key)?.now };
  }
}
