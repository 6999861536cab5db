import type { Instant } from '../purchase';

/** Longer values are truncated. */
const MAX_CHARACTERS = 120;
/** The number of entries that a sentence names; the others are counted. */
export const MAX_NAMED = 3;
/** The number of common characters shown before the difference of two long values. */
const CONTEXT = 20;

/** The text of an absent value. */
export const NONE = 'none';

/** White space that `oneLine` changes. */
const IRREGULAR_SPACE = /[^\S ]| {2}|^ | $/;

const oneLine = (text: string): string => (IRREGULAR_SPACE.test(text) ? text.replace(/\s+/gu, ' ').trim() : text);

function cut(text: string, from = 0): string {
  if (from === 0 && text.length <= MAX_CHARACTERS) return text;
  const characters = [...text];
  const end = from + MAX_CHARACTERS;
  return `${from > 0 ? '…' : ''}${characters.slice(from, end).join('')}${end < characters.length ? '…' : ''}`;
}

/** A text of the sender on one line, truncated. */
export const plainText = (text: string): string => cut(oneLine(text));

/** The length of the common beginning, in characters. */
function commonLength(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  let length = 0;
  while (length < left.length && left[length] === right[length]) length += 1;
  return length;
}

/** Two texts of the sender, each on one line and truncated around their difference. */
export function plainPair(before: string, after: string): [before: string, after: string] {
  if (before === after) return [plainText(before), plainText(after)];
  let [a, b] = [oneLine(before), oneLine(after)];
  // They differ in white space only: JSON makes it visible.
  if (a === b) [a, b] = [JSON.stringify(before), JSON.stringify(after)];
  if (cut(a) !== cut(b)) return [cut(a), cut(b)];
  const from = Math.max(0, commonLength(a, b) - CONTEXT);
  return [cut(a, from), cut(b, from)];
}

const withSeconds = (instant: Instant, end: number): string => `${instant.slice(0, 10)} ${instant.slice(11, end)} UTC`;

/** "2026-01-05 09:00 UTC". */
export const moment = (instant: Instant): string => withSeconds(instant, 16);

/** Two times, to the minute or as precisely as needed to distinguish them. */
export function momentPair(before: Instant, after: Instant): [before: string, after: string] {
  const differs = (end: number): boolean => before === after || withSeconds(before, end) !== withSeconds(after, end);
  const end = [16, 19].find(differs) ?? 23;
  return [withSeconds(before, end), withSeconds(after, end)];
}

export const capital = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** Enumerates the first entries and counts the others. */
export function listed(things: readonly string[], called: string, separator = ', '): string {
  const more = things.length - MAX_NAMED;
  if (more <= 0) return things.join(separator);
  return `${things.slice(0, MAX_NAMED).join(separator)} and ${more} more ${called}${more === 1 ? '' : 's'}`;
}

const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth', 'ninth', 'tenth'];

/** "first" for 1, "11th" for 11, "22nd" for 22. */
export function ordinal(n: number): string {
  const suffix = n % 100 >= 11 && n % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return ORDINALS[n - 1] ?? `${n}${suffix}`;
}
