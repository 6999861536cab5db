import type { IdentifierKind } from './purchase';

/** What is wrong with an identifier, in words that follow its name. */
export type IdentifierProblem =
  | 'is empty'
  | 'has more than 1,000 characters'
  | 'has characters that nobody can see or that Unicode does not assign'
  | 'is a dot segment, which no URL can name'
  | 'is no UUID';

/** In characters (code points), normalised and trimmed. */
export const MAX_IDENTIFIER_LENGTH = 1_000;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Unicode's white space, and the byte order mark that files begin with. */
const SPACE = /[\p{White_Space}\uFEFF]/u;
/** Control and format characters, lone surrogates, code points that no version of Unicode known here assigns, line and paragraph separators. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Zl}\p{Zp}]/u;

/** In linear time, which an expression with a dollar sign is not. */
function withoutSpaceAround(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && SPACE.test(text.charAt(from))) from++;
  while (to > from && SPACE.test(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

export type NormalisedIdentifier = { ok: true; value: string } | { ok: false; problem: IdentifierProblem };

/**
 * The one rule of what is the same identifier: of purchases, customers, packages, lines, documents and transactions. Whatever is sent goes
 * through it, so that everything behind may compare by `===`.
 *
 * The same: texts with the same normal form C, whatever white space (or byte order mark) is around them. Everything else is significant: case,
 * compatibility forms (a full-width A is not an A), spaces inside, look-alikes of other scripts. Two systems may well tell apart what we would
 * merge, and a purchase that is merged by mistake is lost.
 *
 * Refused: characters that nobody can see (a zero-width space, a soft hyphen, a tab or line break inside), for the identifier without them looks
 * the same; characters that Unicode does not assign, for their normal form may yet change.
 */
export function normaliseIdentifierText(sent: string): NormalisedIdentifier {
  const value = withoutSpaceAround(sent.normalize('NFC'));
  const problem = problemWith(value);
  return problem === undefined ? { ok: true, value } : { ok: false, problem };
}

/** True for a stored identifier that is the one that was sent: histories from before this rule hold identifiers as they were sent. */
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
 * An identifier that a purchase is found by. `sparklayer` is a UUID, and its case does not count. `.` and `..` are refused: they are dot segments
 * of a URL, which no client can send in a path.
 */
export function normaliseIdentifier(kind: IdentifierKind, sent: string): NormalisedIdentifier {
  const normalised = normaliseIdentifierText(sent);
  if (!normalised.ok) return normalised;
  const value = kind === 'sparklayer' ? normalised.value.toLowerCase() : normalised.value;
  if (value === '.' || value === '..') return { ok: false, problem: 'is a dot segment, which no URL can name' };
  return kind === 'sparklayer' && !UUID.test(value) ? { ok: false, problem: 'is no UUID' } : { ok: true, value };
}
