import type { IdentifierKind } from '@app/purchase/purchase';

/** What is wrong with an identifier, in words that follow its name. */
export type IdentifierProblem =
  | 'is empty'
  | 'has more than 1,000 characters'
  | 'has control characters or halves of a surrogate pair'
  | 'is a dot segment, which no URL can name'
  | 'is no UUID';

/** In characters (code points), after trimming. */
export const MAX_IDENTIFIER_LENGTH = 1_000;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * The one rule of what is the same identifier: Unicode in normal form C, white space at the ends taken off, everything else significant, case
 * included. A `sparklayer` identifier is a UUID, in lower case. Control characters, lone surrogates and the dots of a URL name nothing.
 */
export function normaliseIdentifier(
  kind: IdentifierKind,
  sent: string,
): { ok: true; value: string } | { ok: false; problem: IdentifierProblem } {
  const trimmed = sent.normalize('NFC').trim();
  const value = kind === 'sparklayer' ? trimmed.toLowerCase() : trimmed;
  if (value === '') return { ok: false, problem: 'is empty' };
  if (value.length > 2 * MAX_IDENTIFIER_LENGTH || [...value].length > MAX_IDENTIFIER_LENGTH)
    return { ok: false, problem: 'has more than 1,000 characters' };
  if (CONTROL.test(value)) return { ok: false, problem: 'has control characters or halves of a surrogate pair' };
  // A URL that ends in one means another place (RFC 3986, 5.2.4), however it is encoded.
  if (value === '.' || value === '..') return { ok: false, problem: 'is a dot segment, which no URL can name' };
  if (kind === 'sparklayer' && !UUID.test(value)) return { ok: false, problem: 'is no UUID' };
  return { ok: true, value };
}
