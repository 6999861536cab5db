import currencyCodes from 'currency-codes';
import { CURRENCY_DECIMALS } from './currencies';
import { decimalsOf, formatAmount, isCurrency, largestAmount, MAX_AMOUNT, parseAmount } from './money';

describe('money', () => {
  it('contains every ISO 4217 currency with a minor unit, and its decimals', () => {
    // Codes of the package without a minor unit: metals, units of account, test codes.
    const without = 'XAG XAU XBA XBB XBC XBD XDR XPD XPT XSU XTS XUA XXX';
    expect(
      currencyCodes.data
        .filter(({ code }) => !isCurrency(code))
        .map(({ code }) => code)
        .join(' '),
    ).toBe(without);
    for (const { code, digits } of currencyCodes.data)
      if (isCurrency(code)) expect([code, decimalsOf(code)]).toEqual([code, digits]);
    // XCG (since 2025) is newer than the package.
    const known = new Set(currencyCodes.codes());
    expect([...CURRENCY_DECIMALS.keys()].filter((code) => !known.has(code))).toEqual(['XCG']);
    expect([...new Set(CURRENCY_DECIMALS.values())]).toEqual([0, 2, 3, 4]);
    for (const code of ['XXX', 'XAU', 'gbp', 'ABC', '']) expect(isCurrency(code)).toBe(false);
    expect(decimalsOf('ABC')).toBe(2);
  });

  it('parses what it formats, in every currency', () => {
    for (const currency of CURRENCY_DECIMALS.keys())
      for (const minor of [0, 1, 9, 10, 99, 100, 12_345, -1, -10, -12_345, MAX_AMOUNT, -MAX_AMOUNT])
        expect(parseAmount(formatAmount(minor, currency), currency)).toBe(minor);
  });

  it.each([
    ['15.99', 'GBP', 1599],
    ['15', 'GBP', 1500],
    ['15.9', 'GBP', 1590],
    ['15.990', 'GBP', 1599],
    ['-0.05', 'GBP', -5],
    ['-0', 'GBP', 0],
    ['0.00', 'GBP', 0],
    ['007.50', 'GBP', 750],
    ['1599', 'JPY', 1599],
    ['15.00', 'JPY', 15],
    ['1.234', 'KWD', 1234],
    ['1.2345', 'CLF', 12345],
    ['15.999', 'GBP', 'too-many-decimals'],
    ['15.5', 'JPY', 'too-many-decimals'],
    ['40000000000000.00', 'GBP', MAX_AMOUNT],
    ['40000000000000.01', 'GBP', 'too-large'],
    ['-40000000000000.01', 'GBP', 'too-large'],
    ['4000000000000001', 'JPY', 'too-large'],
    ['99999999999999999999.00', 'GBP', 'too-large'],
    ['', 'GBP', 'not-a-decimal'],
    ['1e3', 'GBP', 'not-a-decimal'],
    ['+1', 'GBP', 'not-a-decimal'],
    [' 1', 'GBP', 'not-a-decimal'],
    ['1,5', 'GBP', 'not-a-decimal'],
    ['.5', 'GBP', 'not-a-decimal'],
    ['5.', 'GBP', 'not-a-decimal'],
    ['NaN', 'GBP', 'not-a-decimal'],
  ])('parses %s %s as %s', (decimal, currency, minor) => {
    expect(parseAmount(decimal, currency)).toBe(minor);
  });

  it('names the largest amount with its currency', () => {
    expect(largestAmount('GBP')).toBe('40000000000000.00 GBP');
    expect(largestAmount('JPY')).toBe('4000000000000000 JPY');
  });

  it.each([
    [1599, 'GBP', '15.99'],
    [-5, 'GBP', '-0.05'],
    [0, 'GBP', '0.00'],
    [100, 'JPY', '100'],
    [5, 'KWD', '0.005'],
    [MAX_AMOUNT, 'GBP', '40000000000000.00'],
    [-MAX_AMOUNT, 'IRR', '-40000000000000.00'],
  ])('formats %d minor units of %s as %s', (minor, currency, decimal) => {
    expect(formatAmount(minor, currency)).toBe(decimal);
    expect(parseAmount(decimal, currency)).toBe(minor);
  });
});
