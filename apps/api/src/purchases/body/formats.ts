import { isValid } from 'i18n-iso-countries';
import {
  normaliseIdentifier,
  normaliseIdentifierText,
  type NormalisedIdentifier,
} from '@app/purchase/identifier-value';
import { isCurrency } from '@app/purchase/money/money';
import { isUsdRate } from '@app/purchase/money/usd-total';
import { isDay, readInstant, TIME_PROBLEMS } from '@app/purchase/time';

/** Why a text is refused: an error code and a message that follows the property name. */
export interface FormatProblem {
  code: string;
  words: string;
}
/** The text as stored, or a problem. */
export type FormatResult = string | FormatProblem;
export type Format = (text: string) => FormatResult;

const refuse = (code: string, words: string): FormatProblem => ({ code, words });

export const DECIMAL = /^-?\d{1,20}(\.\d{1,20})?$/;
export const CURRENCY_CODE = /^[A-Z]{3}$/;
/** ASCII only: upper-casing a dotless i would give an I. */
const COUNTRY_CODE = /^[A-Za-z]{2}$/;
const HTTP_URI = /^https?:\/\/[^\s\\]+$/i;

const NO_CURRENCY_CODE = 'must be an ISO 4217 code, such as GBP';

const ofIdentifier = (normalised: NormalisedIdentifier): FormatResult =>
  normalised.ok ? normalised.value : refuse('wrong-identifier', normalised.problem);

function dateTime(text: string): FormatResult {
  const read = readInstant(text);
  if (read.ok) return read.instant;
  return refuse(read.problem === 'not-a-time' ? 'wrong-format' : read.problem, TIME_PROBLEMS[read.problem]);
}

/** The formats of the DTOs, by their name in the schema. */
export const FORMATS = {
  'date-time': dateTime,
  date: (text) => (isDay(text) ? text : refuse('wrong-format', 'must be a calendar day, such as 2026-01-31')),
  identifier: (text) => ofIdentifier(normaliseIdentifierText(text)),
  'purchase-identifier': (text) => ofIdentifier(normaliseIdentifier('platform', text)),
  uuid: (text) => ofIdentifier(normaliseIdentifier('sparklayer', text)),
  uri: (text) =>
    HTTP_URI.test(text) && URL.canParse(text) ? text : refuse('wrong-uri', 'must be an http or https URI'),
  'usd-rate': (text) =>
    isUsdRate(text)
      ? text
      : refuse('wrong-format', 'must be a decimal string above zero, at most 9999.999999999999, such as "1.2734"'),
  decimal: (text) => (DECIMAL.test(text) ? text : refuse('wrong-format', 'must be a decimal string, such as "15.99"')),
  /** Currency of an amount; a separate rule compares it with the purchase. */
  'currency-code': (text) => (CURRENCY_CODE.test(text) ? text : refuse('wrong-format', NO_CURRENCY_CODE)),
  currency: (text) => {
    if (!CURRENCY_CODE.test(text)) return refuse('wrong-format', NO_CURRENCY_CODE);
    return isCurrency(text) ? text : refuse('unknown-currency', NO_CURRENCY_CODE);
  },
  country: (text) =>
    COUNTRY_CODE.test(text) && isValid(text)
      ? text.toUpperCase()
      : refuse('unknown-country', 'must be an ISO 3166-1 alpha-2 code, such as GB'),
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;

export const isFormat = (name: string): name is FormatName => Object.hasOwn(FORMATS, name);
