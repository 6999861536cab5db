import { isUsdRate, usdTotal } from './usd-total';

const at = (rate: string, currency = 'GBP'): { currency: string; day: string; rate: string } => ({
  currency,
  day: '2026-01-31',
  rate,
});

describe('usdTotal', () => {
  it.each([
    [2034, 'GBP', '1.2734', '25.90'],
    [1, 'GBP', '0.5', '0.01'],
    [-1, 'GBP', '0.5', '-0.01'],
    [1, 'GBP', '0.4999', '0.00'],
    [3, 'GBP', '0.5', '0.02'],
    [0, 'GBP', '1.2734', '0.00'],
    [1599, 'JPY', '0.0067', '10.71'],
    [1234, 'KWD', '3.25', '4.01'],
    [4_000_000_000_000_000, 'JPY', '9999', '39996000000000000000.00'],
  ])('of %d minor units of %s at %s is %s', (amount, currency, rate, expected) => {
    expect(usdTotal(amount, currency, at(rate, currency))).toBe(expected);
  });

  it('of US dollars is the amount and needs no rate', () => {
    expect(usdTotal(-1599, 'USD', undefined)).toBe('-15.99');
  });

  it('is undefined without a rate for the currency', () => {
    expect(usdTotal(1599, 'GBP', undefined)).toBeUndefined();
    expect(usdTotal(1599, 'EUR', at('1.25'))).toBeUndefined();
  });
});

describe('isUsdRate', () => {
  it.each(['1', '1.2734', '0.000000000001', '9999'])('accepts %s', (rate) => expect(isUsdRate(rate)).toBe(true));
  it.each(['', '0', '0.00', '-1', '+1', '1.', '.5', '1e3', '1,5', '12345', '0.1234567890123', ' 1'])(
    'refuses "%s"',
    (rate) => expect(isUsdRate(rate)).toBe(false),
  );
});
