import type { CalculatedTotals } from './totals';

export const PAYMENT_STATUSES = ['unpaid', 'part_paid', 'paid', 'overpaid'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

interface StatusRow {
  status: PaymentStatus;
  means: string;
  holds: (totals: Pick<CalculatedTotals, 'payable' | 'paid'>) => boolean;
}

/** Evaluated from the top; the first row that holds is the status. */
export const PAYMENT_STATUS_TABLE: readonly StatusRow[] = [
  { status: 'overpaid', means: '`paid` is more than `payable`', holds: ({ payable, paid }) => paid > payable },
  { status: 'paid', means: '`paid` is `payable`; both may be 0', holds: ({ payable, paid }) => paid === payable },
  { status: 'part_paid', means: 'something is paid', holds: ({ paid }) => paid > 0 },
  { status: 'unpaid', means: 'otherwise', holds: () => true },
];

/** The payment status of a purchase. */
export const paymentStatusOf = (totals: Pick<CalculatedTotals, 'payable' | 'paid'>): PaymentStatus =>
  PAYMENT_STATUS_TABLE.find(({ holds }) => holds(totals))?.status ?? 'unpaid';
