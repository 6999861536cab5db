import { isDay, readInstant, TIME_PROBLEMS } from './time';

const read = (text: string): string => {
  const result = readInstant(text);
  return result.ok ? result.instant : result.problem;
};

describe('readInstant', () => {
  it.each([
    ['2026-01-31T09:30:00Z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31T09:30Z', '2026-01-31T09:30:00.000Z'],
    ['2026-01-31T09:30:00.123456789+02:00', '2026-01-31T07:30:00.123Z'],
    ['2026-01-31T09:30:00-0130', '2026-01-31T11:00:00.000Z'],
    ['0001-01-01T00:00:00-0100', '0001-01-01T01:00:00.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['0004-02-29T00:00:00Z', '0004-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['0001-01-01T00:00:00-01:00', '0001-01-01T01:00:00.000Z'],
    ['0000-12-31T23:59:59-01:00', '0001-01-01T00:59:59.000Z'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
  ])('parses %s as %s', (text, instant) => {
    expect(read(text)).toBe(instant);
  });

  it.each([
    ['0000-01-01T00:00:00Z', 'time-out-of-range'],
    ['0001-01-01T00:00:00+01:00', 'time-out-of-range'],
    ['9999-12-31T23:59:59-01:00', 'time-out-of-range'],
    ['2026-02-30T10:00:00Z', 'no-such-time'],
    ['2023-02-29T10:00:00Z', 'no-such-time'],
    ['2026-13-01T10:00:00Z', 'no-such-time'],
    ['2026-00-10T10:00:00Z', 'no-such-time'],
    ['2026-01-01T25:00:00Z', 'no-such-time'],
    ['2026-01-01T10:60:00Z', 'no-such-time'],
    ['2026-01-01T10:00:00+99:00', 'no-such-time'],
    ['2026-01-01T10:00:00+9900', 'no-such-time'],
    ['10000-01-01T00:00:00Z', 'not-a-time'],
    ['+010000-01-01T00:00:00Z', 'not-a-time'],
    ['-000001-01-01T00:00:00Z', 'not-a-time'],
    ['2026-01-31T09:30:00', 'not-a-time'],
    ['2026-01-31', 'not-a-time'],
    ['2026-01-31 09:30:00Z', 'not-a-time'],
    ['2026-01-31T09:30:00Z\n', 'not-a-time'],
    ['', 'not-a-time'],
  ])('refuses %j as %s', (text, problem) => {
    expect(read(text)).toBe(problem);
  });
});

it('a time that is refused has a message for its sender', () => {
  expect(TIME_PROBLEMS).toEqual({
    'not-a-time': 'must be an ISO 8601 time with an offset, such as 2026-01-31T09:30:00Z',
    'no-such-time': 'is not an existing day and time',
    'time-out-of-range': 'must be in the years 1 to 9999 in UTC',
  });
});

describe('isDay', () => {
  it.each(['2026-01-31', '2024-02-29', '0001-01-01', '9999-12-31'])('accepts %s', (text) => {
    expect(isDay(text)).toBe(true);
  });

  it.each([
    '2026-02-30',
    '0000-01-01',
    '2026-1-31',
    '26-01-31',
    '2026-01-31T00:00:00Z',
    'x2026-01-31',
    '2026-01-31x',
    '31.01.2026',
    '',
  ])('refuses %j', (text) => {
    expect(isDay(text)).toBe(false);
  });
});
