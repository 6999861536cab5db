import { matches, readGuards } from './purchase-guards';

describe('readGuards', () => {
  it.each([
    ['"3"', [3n]],
    ['"3", "4"', [3n, 4n]],
    [', "3",\t, "4" ,', [3n, 4n]],
    ['W/"3", "a,b", "5"', [5n]],
    ['"other"', []],
  ])('reads If-Match: %s', (header, revisions) => {
    expect(readGuards({ 'if-match': header })).toEqual({ ifMatch: revisions });
  });

  it.each(['', ',', ' , ,', '3', '"3" "4"', '"3", 4', '"3', '"3", *', 'T, "3"', 'w/"3"'])(
    'refuses If-Match: %s',
    (header) => {
      expect(() => readGuards({ 'if-match': header })).toThrow('If-Match');
    },
  );
});

describe('matches', () => {
  it('uses the weak comparison, and * matches any tag', () => {
    expect(matches('W/"3"', '"3"')).toBe(true);
    expect(matches(', "2", "3"', '"3"')).toBe(true);
    expect(matches('*', '"3"')).toBe(true);
    expect(matches('"2"', '"3"')).toBe(false);
    expect(() => matches('3', '"3"')).toThrow('If-None-Match');
  });
});
