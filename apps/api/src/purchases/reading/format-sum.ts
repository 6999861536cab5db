import { decimalsOf } from '@app/purchase/money/money';

/** Formats a sum of minor units as a decimal; it may exceed the safe integers. */
export function formatSum(minor: string, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = minor.replace('-', '').padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const sign = minor.startsWith('-') ? '-' : '';
  return decimals === 0 ? sign + whole : `${sign}${whole}.${digits.slice(-decimals)}`;
}
