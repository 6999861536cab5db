import type { IdentifierKind } from './purchase';

/** The reason for a refusal, phrased to follow the name of the identifier. */
export type IdentifierProblem =
  | 'is empty'
  | 'has more than 1,000 characters'
  | 'has characters that nobody can see or that Unicode does not assign'
  | 'is a dot segment, which no URL can name'
  | 'is no UUID';

/** In code points, after normalisation and trimming. */
export const MAX_IDENTIFIER_LENGTH = 1_000;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Unicode's white space, and the byte order mark that files begin with. */
const SPACE = /[\p{White_Space}\uFEFF]/u;
/** Control and format characters, lone surrogates, code points that no version of Unicode known here assigns, line and paragraph separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u;

/** Trims in linear time. A regular expression anchored at the end would be quadratic. */
function withoutSpaceAround(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && SPACE.test(text.charAt(from))) from++;
  while (to > from && SPACE.test(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

export type NormalisedIdentifier = { ok: true; value: string } | { ok: false; problem: IdentifierProblem };

/**
 * Normalises an identifier of a purchase, customer, package, line, document or transaction. All sent identifiers pass
 * through this function, so that other code compares by `===`.
 *
 * Equal: texts with the same normal form C after white space and byte order marks around them are removed. Significant:
 * case, compatibility forms (a full-width A is not an A), inner spaces and look-alikes of other scripts, because
 * wrongly merged purchases cannot be separated again.
 *
 * Refused: invisible characters (zero-width space, soft hyphen, inner tab or line break), because the identifier looks
 * the same without them; unassigned characters, because a later Unicode version may change their normal form.
 */
export function normaliseIdentifierText(sent: string): NormalisedIdentifier {
  const value = withoutSpaceAround(sent.normalize('NFC'));
  const problem = problemWith(value);
  return problem === undefined ? { ok: true, value } : { ok: false, problem };
}

/**
 * True if a stored identifier equals a normalised one. Streams written before this rule contain identifiers as sent.
 */
export const isSameIdentifier = (stored: string, normalised: string): boolean => {
  if (stored === normalised) return true;
  const read = normaliseIdentifierText(stored);
  return read.ok && read.value === normalised;
};

function problemWith(value: string): IdentifierProblem | undefined {
  if (value === '') return 'is empty';
  if (value.length > 2 * MAX_IDENTIFIER_LENGTH || [...value].length > MAX_IDENTIFIER_LENGTH)
    return 'has more than 1,000 characters';
  return UNPRINTABLE.test(value) ? 'has characters that nobody can see or that Unicode does not assign' : undefined;
}

/**
 * Normalises an identifier of a purchase. `sparklayer` is a UUID, compared without regard to case. `.` and `..` are
 * refused: they are dot segments of a URL, which no client can send in a path.
 */
export function normaliseIdentifier(kind: IdentifierKind, sent: string): NormalisedIdentifier {
  const normalised = normaliseIdentifierText(sent);
  if (!normalised.ok) return normalised;
  const value = kind === 'sparklayer' ? normalised.value.toLowerCase() : normalised.value;
  if (value === '.' || value === '..') return { ok: false, problem: 'is a dot segment, which no URL can name' };
  return kind === 'sparklayer' && !UUID.test(value) ? { ok: false, problem: 'is no UUID' } : { ok: true, value };
}
