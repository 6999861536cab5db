import type { Minor, TaxLine, Totals } from '../purchase';

export interface SentTotals {
  net?: Minor;
  tax?: Minor;
  gross?: Minor;
  discount?: Minor;
}

export type DerivedTotals =
  | { ok: true; totals: Totals }
  /** `does-not-add-up`: net + tax is not gross. `missing`: neither net nor gross was sent. */
  | { ok: false; problem: 'does-not-add-up' | 'missing' };

const sumOf = (taxLines: readonly TaxLine[]): Minor => taxLines.reduce((sum, line) => sum + (line.amount ?? 0), 0);

/**
 * Completes net, tax and gross (contract.md, What it calculates): all three must add up, two give the third, and one alone takes its tax
 * from the tax lines, none where there are none. Exact, nothing is rounded.
 */
export function deriveTotals(sent: SentTotals, taxLines: readonly TaxLine[] = []): DerivedTotals {
  const { net, gross } = sent;
  if (net === undefined && gross === undefined) return { ok: false, problem: 'missing' };
  const tax = sent.tax ?? (net !== undefined && gross !== undefined ? gross - net : sumOf(taxLines));
  const totals: Totals = { net: net ?? (gross ?? 0) - tax, tax, gross: gross ?? (net ?? 0) + tax };
  if (totals.net + totals.tax !== totals.gross) return { ok: false, problem: 'does-not-add-up' };
  if (sent.discount !== undefined) totals.discount = sent.discount;
  return { ok: true, totals };
}
