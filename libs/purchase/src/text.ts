export type TextProblem = 'control-character' | 'lone-surrogate';

/** The reason for a refusal, phrased to follow the name of the value. */
export const TEXT_PROBLEMS: Record<TextProblem, string> = {
  'control-character': 'has a control character other than tab, line feed and carriage return',
  'lone-surrogate': 'has half of a surrogate pair, which is not Unicode text',
};

/** General category Cc without U+0009, U+000A and U+000D, and general category Cs. */
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const REFUSED = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\p{Surrogate}]/u;
const SURROGATE = /\p{Surrogate}/u;

/** Validates a text. Returns the problem, or undefined for a valid text. Linear in its length. */
export function problemOfText(text: string): TextProblem | undefined {
  const found = REFUSED.exec(text);
  if (found === null) return undefined;
  return SURROGATE.test(found[0]) ? 'lone-surrogate' : 'control-character';
}
