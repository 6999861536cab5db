import { PAYMENT_STATUS_TABLE, paymentStatusOf } from './payment-status';
import { totalsOf } from './totals';
import type { Transaction } from './events';
import { line, pack } from '../../../test/builders';

describe('paymentStatusOf', () => {
  it.each([
    [100, 0, 'unpaid'],
    [100, -5, 'unpaid'],
    [100, 1, 'part_paid'],
    [100, 100, 'paid'],
    [0, 0, 'paid'],
    [100, 101, 'overpaid'],
    [-5, 0, 'overpaid'],
  ])('of payable %d and paid %d is %s', (payable, paid, status) => {
    expect(paymentStatusOf({ payable, paid })).toBe(status);
  });

  it('has the meaning of the contract in each row', () => {
    expect(PAYMENT_STATUS_TABLE.map(({ status, means }) => `${status}: ${means}`)).toEqual([
      'overpaid: `paid` is more than `payable`',
      'paid: `paid` is `payable`; both may be 0',
      'part_paid: something is paid',
      'unpaid: otherwise',
    ]);
  });

  const payment: Transaction = { platformId: 't-1', type: 'payment', amount: 100 };
  const refund: Transaction = { platformId: 't-2', type: 'refund', amount: 40 };
  it.each<[string, readonly Transaction[], number, string]>([
    ['no transaction', [], 0, 'unpaid'],
    ['a payment', [payment], 100, 'paid'],
    ['a payment and a refund', [payment, refund], 60, 'part_paid'],
    ['a payment that counts for nothing', [{ ...payment, informational: true }], 0, 'unpaid'],
    ['a second payment', [payment, { ...payment, platformId: 't-3' }], 200, 'overpaid'],
  ])('follows from %s', (_what, transactions, paid, status) => {
    const totals = totalsOf({ packages: [pack('processing', [line('MUG', 1)])], transactions });
    expect(totals.paid).toBe(paid);
    expect(totals.outstanding).toBe(100 - paid);
    expect(paymentStatusOf(totals)).toBe(status);
  });
});
