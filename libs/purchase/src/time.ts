import type { Instant } from './purchase';

/**
 * `not-a-time`: not ISO 8601 with an offset. `no-such-time`: a day, hour or offset that does not exist.
 * `time-out-of-range`: the year in UTC is not 1 to 9999, so that texts of times would not sort as times do.
 */
export type TimeProblem = 'not-a-time' | 'no-such-time' | 'time-out-of-range';

/** The reason for a refusal, phrased to follow the name of the value. */
export const TIME_PROBLEMS: Record<TimeProblem, string> = {
  'not-a-time': 'must be an ISO 8601 time with an offset, such as 2026-01-31T09:30:00Z',
  'no-such-time': 'is not an existing day and time',
  'time-out-of-range': 'must be in the years 1 to 9999 in UTC',
};

/** The accepted form: a date, a time with up to nine decimals of a second, and an offset (`Z`, `+02:00` or `+0200`). */
const INSTANT_FORM = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

/** False for 30 February, which `Date` would accept as a day in March. */
function isCalendarDay(day: string): boolean {
  const midnight = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

/**
 * Parses an ISO 8601 time with an offset as UTC with milliseconds. Further decimals are truncated. Used for all sent
 * times.
 */
export function readInstant(text: string): { ok: true; instant: Instant } | { ok: false; problem: TimeProblem } {
  if (!INSTANT_FORM.test(text)) return { ok: false, problem: 'not-a-time' };
  const time = new Date(text);
  if (Number.isNaN(time.getTime()) || !isCalendarDay(text.slice(0, 10))) return { ok: false, problem: 'no-such-time' };
  const year = time.getUTCFullYear();
  return year < 1 || year > 9999
    ? { ok: false, problem: 'time-out-of-range' }
    : { ok: true, instant: time.toISOString() };
}

/** True for a calendar day of the years 1 to 9999: `2026-01-31`. */
export const isDay = (text: string): boolean => /^\d{4}-\d\d-\d\d$/.test(text) && readInstant(`${text}T00:00:00Z`).ok;
