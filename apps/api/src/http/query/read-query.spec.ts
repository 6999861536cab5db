import { Problem } from '../problems/problem';
import { listOf, oneOf, text, time, whole } from './parameter';
import { readQuery } from './read-query';

const PARAMETERS = {
  dry_run: oneOf(['true', 'false'], ''),
  type: listOf(['A', 'B'], ''),
  search: text(''),
  limit: whole(1, 500, ''),
  'dates[placed][gte]': time('', ['dates[placed[gte]']),
};

const read = (query: string): unknown => readQuery(PARAMETERS, `/path?${query}`);
const errorsOf = (query: string): unknown[] => {
  try {
    return [read(query)];
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return (error.options.errors ?? []).map(({ property, message }) => `${property} ${message}`);
  }
};

describe('readQuery', () => {
  it('reads declared parameters', () => {
    expect(readQuery(PARAMETERS, '/path')).toEqual({});
    expect(read('')).toEqual({});
    expect(read('&dry_run=true&type=A,B&search=a+b%20%C3%A9&limit=500&')).toEqual({
      dry_run: 'true',
      type: ['A', 'B'],
      search: 'a b é',
      limit: 500,
    });
  });

  it('reads the misspelt form of a date filter under its correct name', () => {
    const expected = { 'dates[placed][gte]': '2026-01-01T00:00:00.000Z' };
    expect(read('dates[placed][gte]=2026-01-01T01:00:00+01:00')).toEqual(expected);
    expect(read('dates%5Bplaced%5Bgte%5D=2026-01-01T01:00:00%2B01:00')).toEqual(expected);
    expect(errorsOf('dates[placed][gte]=2026-01-01T00:00:00Z&dates[placed[gte]=2026-01-01T00:00:00Z')).toEqual([
      'dates[placed][gte] must not be repeated',
    ]);
  });

  it.each([
    ['dry_run', 'dry_run must not be empty'],
    ['dry_run=', 'dry_run must not be empty'],
    ['dry_run=1', 'dry_run must be one of true, false'],
    ['dry_run=true&dry_run=true', 'dry_run must not be repeated'],
    ['dryrun=true', 'dryrun is not a parameter of this route'],
    ['__proto__=x', '__proto__ is not a parameter of this route'],
    ['constructor=x', 'constructor is not a parameter of this route'],
    ['=x', ' is not a parameter of this route'],
    ['type=A,C', 'type must be a list of A, B'],
    ['type=A%00', 'type must be a list of A, B'],
    ['search=%00', 'search has a control character other than tab, line feed and carriage return'],
    ['search=%1b', 'search has a control character other than tab, line feed and carriage return'],
    ['search=%C2%85', 'search has a control character other than tab, line feed and carriage return'],
    ['search=%ed%a0%80', 'search is not UTF-8 in percent-encoding'],
    ['search=%ff', 'search is not UTF-8 in percent-encoding'],
    ['search=%', 'search is not UTF-8 in percent-encoding'],
    [`search=${'x'.repeat(1_001)}`, 'search must have at most 1000 characters'],
    ['limit=0', 'limit must be a whole number from 1 to 500'],
    ['limit=1e2', 'limit must be a whole number from 1 to 500'],
    ['limit=-1', 'limit must be a whole number from 1 to 500'],
    [
      'dates[placed][gte]=2026-01-01',
      'dates[placed][gte] must be an ISO 8601 time with an offset, such as 2026-01-31T09:30:00Z',
    ],
    ['dates[placed][gte]=2026-02-30T00:00:00Z', 'dates[placed][gte] is not an existing day and time'],
  ])('refuses ?%s', (query, error) => {
    expect(errorsOf(query)).toEqual([error]);
  });

  it.each(['0000-06-01T00:00:00Z', '0001-01-01T00:00:00%2B01:00', '9999-12-31T23:59:59-01:00'])(
    'refuses %s, which is not in the years 1 to 9999 of UTC',
    (sent) => {
      const errors = errorsOf(`dates[placed][gte]=${sent}`);
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(/^dates\[placed\]\[gte\] must be /);
    },
  );

  it('names every wrong parameter, at most 100 of them', () => {
    expect(errorsOf('dry_run=1&foo=1&limit=0')).toHaveLength(3);
    const many = Array.from({ length: 150 }, (_, index) => `p${index}=1`).join('&');
    expect(errorsOf(many)).toHaveLength(100);
    expect(() => read(many)).toThrow('and 50 more');
  });
});
