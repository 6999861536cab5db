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

/**
 * The one rule of what is the same identifier. Paths and bodies go through it, so that everything behind them may compare by `===`.
 *
 * The same: what Unicode itself calls the same text (normal form C), whatever white space is around it; for `sparklayer`, which is a UUID,
 * whatever the case. Everything else is significant: case, compatibility forms (a full-width A is not an A), spaces inside, look-alikes of other
 * scripts. Two systems may well hold apart what we would merge, and a purchase that is merged by mistake is lost.
 *
 * None at all: what nobody can see (a zero-width space, a soft hyphen, a tab or line break inside), for its twin without it looks the same; what
 * Unicode does not assign, for its normal form may yet change; `.` and `..`, which no URL can hold as a segment.
 */
export function normaliseIdentifier(
  kind: IdentifierKind,
  sent: string,
): { ok: true; value: string } | { ok: false; problem: IdentifierProblem } {
  const trimmed = withoutSpaceAround(sent.normalize('NFC'));
  const value = kind === 'sparklayer' ? trimmed.toLowerCase() : trimmed;
  const problem = problemWith(kind, value);
  return problem === undefined ? { ok: true, value } : { ok: false, problem };
}

function problemWith(kind: IdentifierKind, value: string): IdentifierProblem | undefined {
  if (value === '') return 'is empty';
  if (value.length > 2 * MAX_IDENTIFIER_LENGTH || [...value].length > MAX_IDENTIFIER_LENGTH)
    return 'has more than 1,000 characters';
  if (UNPRINTABLE.test(value)) return 'has characters that nobody can see or that Unicode does not assign';
  if (value === '.' || value === '..') return 'is a dot segment, which no URL can name';
  return kind === 'sparklayer' && !UUID.test(value) ? 'is no UUID' : undefined;
}
