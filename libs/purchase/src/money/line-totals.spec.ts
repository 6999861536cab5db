import { deriveTotals, sumsStayExact, type SentTotals } from './line-totals';
import { MAX_AMOUNT } from './money';

const MAX = MAX_AMOUNT;
const derive = (sent: SentTotals, amounts: readonly number[] = []): unknown => {
  const derived = deriveTotals(
    sent,
    amounts.map((amount) => ({ amount })),
  );
  return derived.ok ? derived.totals : derived.problem;
};

describe('deriveTotals', () => {
  it.each<[SentTotals, number[], unknown]>([
    [{ net: 100, tax: 20, gross: 120 }, [], { net: 100, tax: 20, gross: 120 }],
    [{ net: 100, gross: 120 }, [7], { net: 100, tax: 20, gross: 120 }],
    [{ net: 100, tax: 20 }, [7], { net: 100, tax: 20, gross: 120 }],
    [{ tax: 20, gross: 120 }, [], { net: 100, tax: 20, gross: 120 }],
    [{ net: 100 }, [15, 5], { net: 100, tax: 20, gross: 120 }],
    [{ gross: 120 }, [20], { net: 100, tax: 20, gross: 120 }],
    [{ net: 100, discount: 5 }, [], { net: 100, tax: 0, gross: 100, discount: 5 }],
    [{ net: 100, tax: 20, gross: 121 }, [], 'does-not-add-up'],
    [{ tax: 20 }, [], 'missing'],
    [{ net: MAX, tax: 0 }, [], { net: MAX, tax: 0, gross: MAX }],
    [{ net: 0 }, [MAX], { net: 0, tax: MAX, gross: MAX }],
    [{ net: MAX, tax: 1 }, [], 'too-large'],
    [{ net: MAX }, [1], 'too-large'],
    [{ gross: MAX, tax: -1 }, [], 'too-large'],
    [{ net: -MAX, gross: MAX }, [], 'too-large'],
    [{ net: 0 }, [MAX, MAX, MAX, -MAX, -MAX, -MAX], 'too-large'],
  ])('of %j with tax lines %j', (sent, amounts, expected) => {
    expect(derive(sent, amounts)).toEqual(expected);
  });
});

describe('sumsStayExact', () => {
  const gross = (amount: number): { net: number; tax: number; gross: number } => ({ net: 0, tax: 0, gross: amount });

  it('accepts sums of absolute amounts up to the limit', () => {
    expect(sumsStayExact([])).toBe(true);
    expect(sumsStayExact([gross(MAX - 1), gross(1)])).toBe(true);
    expect(sumsStayExact([gross(MAX), gross(1)])).toBe(false);
    expect(sumsStayExact([gross(MAX), gross(-1)])).toBe(false);
    for (const part of ['net', 'tax', 'discount'])
      expect(
        sumsStayExact([
          { ...gross(0), [part]: MAX },
          { ...gross(0), [part]: 1 },
        ]),
      ).toBe(false);
  });

  it('keeps the difference of any two sums exact', () => {
    expect(Number.isSafeInteger(MAX - -MAX)).toBe(true);
  });
});
