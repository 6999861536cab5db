/** Converts values that Postgres columns cannot hold into a storable form. */

/** A row by column name, in the text format of Postgres; null or absent for NULL. */
export type SqlRow = Record<string, string | null | undefined>;

const MIN_TIME = Date.parse('0001-01-01T00:00:00.000Z');
const MAX_TIME = Date.parse('9999-12-31T23:59:59.999Z');

/** NUL, or half of a surrogate pair. */
const UNSTORABLE = /\0|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * A time in the range of `timestamptz` columns, years 1 to 9999; older histories contain times outside, which sort first or last.
 * @throws RangeError for an invalid time
 */
export function sortableTime(instant: string | undefined): string | undefined {
  if (instant === undefined) return undefined;
  const time = Date.parse(instant);
  if (Number.isNaN(time)) throw new RangeError(`${JSON.stringify(instant.slice(0, 100))} is not a time`);
  return new Date(Math.min(MAX_TIME, Math.max(MIN_TIME, time))).toISOString();
}

/** Text to read: each NUL and lone surrogate is replaced by U+FFFD, as `text` columns hold neither. */
export const storableText = (text: string | undefined): string | undefined => text?.replace(UNSTORABLE, '\ufffd');

/** Text to look up: undefined for text that holds a NUL or a lone surrogate, which no request can name. */
export const keyText = (text: string | undefined): string | undefined =>
  text === undefined || text.search(UNSTORABLE) >= 0 ? undefined : text;
