import { CURRENCY_DECIMALS } from './currencies';
import type { Minor } from '../purchase';

/**
 * The largest amount and the largest sum of amounts of one purchase, in minor units: 40,000,000,000,000.00 with two
 * decimals. Below 2^52, so that differences of such amounts and sums are exact too (ADR 36).
 */
export const MAX_AMOUNT: Minor = 4_000_000_000_000_000;

export type AmountProblem = 'not-a-decimal' | 'too-many-decimals' | 'too-large';

/** True for ISO 4217 codes, in upper case, of currencies with a minor unit. */
export const isCurrency = (code: string): boolean => CURRENCY_DECIMALS.has(code);

/** The number of decimals of a currency: 2 for GBP, 0 for JPY, 3 for KWD. Unknown currencies: 2. */
export const decimalsOf = (currency: string): number => CURRENCY_DECIMALS.get(currency) ?? 2;

const DECIMAL = /^-?\d{1,20}(?:\.\d{1,20})?$/;

/**
 * Parses a decimal string ("15.99", "-0.5", "100") to minor units. Exponents, plus signs, spaces and separators are
 * refused. Additional decimals must be zero ("15.990"); amounts are never rounded. Returns what is wrong with any other text.
 */
export function parseAmount(decimal: string, currency: string): Minor | AmountProblem {
  if (!DECIMAL.test(decimal)) return 'not-a-decimal';
  const decimals = decimalsOf(currency);
  const point = decimal.indexOf('.');
  const fraction = point < 0 ? '' : decimal.slice(point + 1);
  if (fraction.length > decimals && /[1-9]/.test(fraction.slice(decimals))) return 'too-many-decimals';
  const whole = point < 0 ? decimal : decimal.slice(0, point);
  const minor = Number(whole + fraction.slice(0, decimals).padEnd(decimals, '0'));
  // The sum is not -0, which "-0.00" would give.
  return Math.abs(minor) > MAX_AMOUNT ? 'too-large' : minor + 0;
}

/** The largest amount of a currency, for error messages: "40000000000000.00 GBP". */
export const largestAmount = (currency: string): string => `${formatAmount(MAX_AMOUNT, currency)} ${currency}`;

/** Minor units as a decimal string with all decimals of the currency: 1599 GBP is "15.99", 1599 JPY "1599". */
export function formatAmount(minor: Minor, currency: string): string {
  const decimals = decimalsOf(currency);
  const amount = Math.abs(minor);
  // BigInt is slower and throws for numbers that are not integers.
  const digits = String(Number.isSafeInteger(amount) ? amount : BigInt(amount)).padStart(decimals + 1, '0');
  const sign = minor < 0 ? '-' : '';
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
