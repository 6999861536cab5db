import type { UsdRate } from '../events';
import type { Minor } from '../purchase';
import { decimalsOf } from './money';

/** At most 4 integer digits, so that the largest amount has 20 digits in US dollars, and 12 decimals. */
const RATE = /^\d{1,4}(?:\.(\d{1,12}))?$/;

/** True for a positive decimal string that is a valid rate, such as `1.2734`. */
export const isUsdRate = (rate: string): boolean => RATE.test(rate) && /[1-9]/.test(rate);

const DIGITS = /^(-?)(\d+)(\d{2})$/;

/**
 * Converts an amount to US dollars, as a decimal string rounded to cents, halves away from zero. Amounts in US dollars
 * need no rate; for another currency, `rate` must be for that currency. Returns undefined without such a rate.
 */
export function usdTotal(amount: Minor, currency: string, rate: UsdRate | undefined): string | undefined {
  if (currency === 'USD') return decimal(BigInt(amount));
  if (rate?.currency !== currency) return undefined;
  const [whole = '', fraction = ''] = rate.rate.split('.');
  // amount / 10^decimals × rate, in cents.
  const divisor = 10n ** BigInt(decimalsOf(currency) + fraction.length);
  const cents = BigInt(amount) * BigInt(whole + fraction) * 100n;
  const half = cents < 0n ? -divisor : divisor;
  return decimal((2n * cents + half) / (2n * divisor));
}

function decimal(cents: bigint): string {
  const sign = cents < 0n ? '-' : '';
  const text = (cents < 0n ? -cents : cents).toString().padStart(3, '0');
  return sign + text.replace(DIGITS, '$2.$3');
}
