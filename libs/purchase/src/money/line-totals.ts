import { MAX_AMOUNT } from './money';
import type { Minor, TaxLine, Totals } from '../purchase';

export interface SentTotals {
  net?: Minor;
  tax?: Minor;
  gross?: Minor;
  discount?: Minor;
}

export type TotalsProblem = 'does-not-add-up' | 'missing' | 'too-large';

export type DerivedTotals =
  | { ok: true; totals: Totals }
  /** `does-not-add-up`: net + tax is not gross. `missing`: neither net nor gross was sent. `too-large`: a derived amount is over the cap. */
  | { ok: false; problem: TotalsProblem };

/** The sum of tax lines; Infinity above MAX_AMOUNT, where the sum of doubles may not be exact. */
function sumOf(taxLines: readonly Pick<TaxLine, 'amount'>[]): Minor {
  let [sum, size] = [0, 0];
  for (const { amount = 0 } of taxLines) {
    sum += amount;
    size += Math.abs(amount);
    if (size > MAX_AMOUNT) return Infinity;
  }
  return sum;
}

const isTooLarge = ({ net, tax, gross }: Totals): boolean =>
  Math.max(Math.abs(net), Math.abs(tax), Math.abs(gross)) > MAX_AMOUNT;

/**
 * Completes net, tax and gross (docs/contract.md). All three must add up; two give the third; for one alone,
 * the tax is the sum of the tax lines, or zero without them. Nothing is rounded.
 */
export function deriveTotals(sent: SentTotals, taxLines: readonly Pick<TaxLine, 'amount'>[] = []): DerivedTotals {
  const { net, gross } = sent;
  if (net === undefined && gross === undefined) return { ok: false, problem: 'missing' };
  const tax = sent.tax ?? (net !== undefined && gross !== undefined ? gross - net : sumOf(taxLines));
  const totals: Totals = { net: net ?? (gross ?? 0) - tax, tax, gross: gross ?? (net ?? 0) + tax };
  if (isTooLarge(totals)) return { ok: false, problem: 'too-large' };
  if (totals.net + totals.tax !== totals.gross) return { ok: false, problem: 'does-not-add-up' };
  if (sent.discount !== undefined) totals.discount = sent.discount;
  return { ok: true, totals };
}

/** True if all sums of parts of these totals are exact and at most MAX_AMOUNT, in any order and selection. */
export function sumsStayExact(totals: Iterable<Totals>): boolean {
  const size: Totals = { net: 0, tax: 0, gross: 0, discount: 0 };
  for (const { net, tax, gross, discount = 0 } of totals) {
    size.net += Math.abs(net);
    size.tax += Math.abs(tax);
    size.gross += Math.abs(gross);
    size.discount = (size.discount ?? 0) + Math.abs(discount);
    if (Math.max(size.net, size.tax, size.gross, size.discount) > MAX_AMOUNT) return false;
  }
  return true;
}
