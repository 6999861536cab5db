import type { IdentifierKind } from '@app/purchase/purchase';

export type IdentifierProblem = 'empty' | 'too-long' | 'control-characters' | 'not-a-uuid';

/** In characters (code points), after trimming. */
export const MAX_IDENTIFIER_LENGTH = 1_000;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const CONTROL = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/**
 * The one rule of what is the same identifier: Unicode in normal form C, white space at the ends taken off, everything else significant, case
 * included. A `sparklayer` identifier is a UUID, in lower case. Control characters and lone surrogates name nothing.
 */
export function normaliseIdentifier(
  kind: IdentifierKind,
  sent: string,
): { ok: true; value: string } | { ok: false; problem: IdentifierProblem } {
  const trimmed = sent.normalize('NFC').trim();
  const value = kind === 'sparklayer' ? trimmed.toLowerCase() : trimmed;
  if (value === '') return { ok: false, problem: 'empty' };
  if (value.length > 2 * MAX_IDENTIFIER_LENGTH || [...value].length > MAX_IDENTIFIER_LENGTH)
    return { ok: false, problem: 'too-long' };
  if (CONTROL.test(value)) return { ok: false, problem: 'control-characters' };
  if (kind === 'sparklayer' && !UUID.test(value)) return { ok: false, problem: 'not-a-uuid' };
  return { ok: true, value };
}
