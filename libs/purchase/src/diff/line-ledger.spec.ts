import { line } from '../../../../test/builders';
import { LineLedger } from './line-ledger';
import type { LineAmounts, Totals } from '../purchase';

const amounts = (quantity: number, gross: number, more: Partial<Totals> = {}): LineAmounts => ({
  quantity,
  totals: { net: gross, tax: 0, gross, ...more },
});

function ledgerOf(before: LineAmounts | undefined, after: LineAmounts | undefined): LineLedger {
  const ledger = new LineLedger();
  ledger.open(1, before, after);
  return ledger;
}

/** The totals of a line at an intermediate quantity. */
function totalsAt(quantity: number, before: LineAmounts, after: LineAmounts): Totals | undefined {
  return ledgerOf(before, after).change(1, quantity - before.quantity).after?.totals;
}

describe('the amounts of a line between two events', () => {
  it('are absent before a new line exists, and exactly the sent ones when it has all units', () => {
    const sent = amounts(5, 499, { taxRate: 20 });
    const ledger = ledgerOf(undefined, sent);
    expect(ledger.change(1, 2)).toEqual({ after: amounts(2, 199, { taxRate: 20 }) });
    expect(ledger.change(1, 3)).toEqual({ before: amounts(2, 199, { taxRate: 20 }), after: sent });
  });

  it('are absent after the last unit left', () => {
    expect(ledgerOf(amounts(5, 499), undefined).change(1, -5)).toEqual({ before: amounts(5, 499) });
  });

  it('are in proportion to the quantity, from the stored to the sent ones', () => {
    expect(totalsAt(7, amounts(10, 1000), amounts(4, 460))?.gross).toBe(730);
    expect(totalsAt(3, amounts(2, 100), amounts(6, 900))?.gross).toBe(300);
  });

  it('are rounded towards the stored ones', () => {
    expect(totalsAt(2, amounts(3, 1000), amounts(1, 333))?.gross).toBe(667);
    expect(totalsAt(2, amounts(1, 333), amounts(3, 1000))?.gross).toBe(666);
  });

  it('have a net and a tax total in proportion, and a gross total that is their sum', () => {
    const [before, after] = [amounts(3, 0, { net: 10, tax: 5, gross: 15 }), amounts(0, 0)];
    expect(totalsAt(2, before, after)).toEqual({ net: 7, tax: 4, gross: 11 });
  });

  it('are exact for the largest amounts', () => {
    expect(totalsAt(999_999, amounts(1_000_000, 4_000_000_000_000_000), amounts(1, 0))?.gross).toBe(
      3_999_995_999_996_000,
    );
  });

  it('outside the range of the two quantities, have the unit price of the nearer one', () => {
    expect(totalsAt(1, amounts(2, 200), amounts(4, 600))?.gross).toBe(100);
    expect(totalsAt(6, amounts(2, 200), amounts(4, 600))?.gross).toBe(900);
    expect(totalsAt(6, amounts(4, 600), amounts(2, 200))?.gross).toBe(900);
    expect(totalsAt(1, amounts(4, 600), amounts(2, 200))?.gross).toBe(100);
    expect(totalsAt(9, amounts(4, 400), amounts(0, 0))?.gross).toBe(900);
  });

  it('have the sent unit price if the quantity is the same on both sides', () => {
    expect(totalsAt(6, amounts(4, 400), amounts(4, 600))?.gross).toBe(900);
  });

  it('have discounts in proportion, of a side without one as zero', () => {
    const [full, none] = [amounts(4, 400, { discount: 80, discountGross: 96 }), amounts(2, 200)];
    expect(totalsAt(3, full, none)).toMatchObject({ discount: 40, discountGross: 48 });
    expect(totalsAt(3, none, full)).toMatchObject({ discount: 40, discountGross: 48 });
    expect(totalsAt(3, amounts(4, 400), none)).toEqual({ net: 300, tax: 0, gross: 300 });
  });

  it('have the sent tax rate, else the stored one', () => {
    expect(totalsAt(3, amounts(4, 400, { taxRate: 20 }), amounts(2, 200, { taxRate: 5 }))?.taxRate).toBe(5);
    expect(totalsAt(3, amounts(4, 400, { taxRate: 20 }), amounts(2, 200))?.taxRate).toBe(20);
  });
});

it('the ledger states a line with its current amounts', () => {
  const ledger = new LineLedger();
  const stored = { ...line('Mug', 4), key: 7 };
  ledger.open(7, stored, line('Mug', 1));
  ledger.change(7, -2);
  expect(ledger.current(stored)).toEqual({ ...stored, ...amounts(2, 200) });
  expect(ledger.balance(7)).toEqual({ start: amounts(4, 400), now: amounts(2, 200), end: amounts(1, 100) });
});

it('the ledger refuses a change of a line that it does not know', () => {
  expect(() => new LineLedger().change(3, 1)).toThrow('line 3 was not opened');
});
