import { InvalidArgumentError } from 'commander';
import { isDay, readInstant } from '@app/purchase/time';
import { SCOPES, type Scope } from '@app/sites/sites';

/** Parses an integer of at least `least`. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    if (!/^\d{1,9}$/.test(text) || Number(text) < least)
      throw new InvalidArgumentError(`it must be a whole number, ${least} or more`);
    return Number(text);
  };

/** Parses a position of $all. */
export function position(text: string): bigint {
  if (!/^\d{1,18}$/.test(text)) throw new InvalidArgumentError('it must be a position of $all');
  return BigInt(text);
}

/** Reads `read,write`. */
export function scopeList(text: string): Scope[] {
  const scopes = text.split(',').map((each) => each.trim());
  const known = SCOPES.filter((scope) => scopes.includes(scope));
  if (scopes.length === 0 || scopes.some((scope) => !(SCOPES as readonly string[]).includes(scope)))
    throw new InvalidArgumentError(`scopes are ${SCOPES.join(', ')}, separated by commas`);
  return known;
}

export function label(text: string): string {
  if (text.trim() === '' || text.length > 100 || /\p{Cc}/u.test(text))
    throw new InvalidArgumentError('a label is 1 to 100 characters, none of them a control character');
  return text.trim();
}

const DAY_MS = 86_400_000;

/** Milliseconds since 1970 of a day (`2027-01-31`, UTC) or a time with an offset (`2027-01-31T12:00:00Z`); undefined for one that does not exist. */
export function timeOf(text: string): number | undefined {
  const read = readInstant(isDay(text) ? `${text}T00:00:00Z` : text);
  return read.ok ? Date.parse(read.instant) : undefined;
}

/** Reads a number of days (`90d`) or a time (`2027-01-31`, `2027-01-31T12:00:00Z`) in the future. ISO 8601 UTC. */
export function expiry(text: string): string {
  const [, days] = /^(\d{1,5})d$/.exec(text) ?? [];
  const time = days === undefined ? timeOf(text) : Date.now() + Number(days) * DAY_MS;
  if (time === undefined)
    throw new InvalidArgumentError(
      'it must be days ("90d"), a date, or a time with an offset ("2027-01-31T12:00:00Z")',
    );
  if (time <= Date.now()) throw new InvalidArgumentError('the time is in the past');
  return new Date(time).toISOString();
}
