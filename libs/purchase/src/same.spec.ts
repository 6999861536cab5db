import { pairBy } from './diff/pair-by';
import { canonicalJson, isSame, multisetDifference } from './same';

describe('the same data', () => {
  it.each<[unknown, unknown, boolean]>([
    [1, 1, true],
    [1, 2, false],
    [1, '1', false],
    [0, undefined, false],
    [null, {}, false],
    [[], {}, false],
    [{}, [], false],
    [{}, {}, true],
    [{ a: 1 }, { a: 1, b: undefined }, true],
    [{ a: 1, b: undefined }, { a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: 1, b: 2 }, { a: 1 }, false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, true],
    [[1, 2, 3], [3, 1, 2], true],
    [[1, 1, 2], [1, 2, 2], false],
    [[1], [1, 1], false],
    [[1], [2], false],
    [[{ a: [1, 2] }], [{ a: [2, 1] }], true],
    [[{ a: [1, 2] }, 3], [3, { a: [2, 1] }], true],
    [{ a: [1, 2], b: 1 }, { a: [2, 1], b: 2 }, false],
    [{ a: [1, 2], b: [3, 4] }, { a: [2, 1], b: [4, 3] }, true],
    [{ a: [1, 2], b: [3, 4] }, { a: [1, 2], b: [4, 4] }, false],
    [{ a: [1, 2], b: 3 }, { a: [3, 1], b: 3 }, false],
    [{ 'a":1,"b': 2 }, { a: 1, b: 2 }, false],
    [{}, { constructor: 1 }, false],
    [{}, { toString: undefined }, true],
    [{}, JSON.parse('{"__proto__":{}}'), false],
    [JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":2}}'), false],
    [JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}'), true],
  ])('%j and %j: %s', (a, b, same) => {
    expect(isSame(a, b)).toBe(same);
    expect(isSame(b, a)).toBe(same);
    expect(canonicalJson(a) === canonicalJson(b)).toBe(same);
  });

  it('is one text, with keys and arrays sorted and what is absent left out', () => {
    expect(canonicalJson({ b: [2, 1, 'x'], a: undefined, c: null })).toBe('{"b":["x",1,2],"c":null,}');
  });

  it('is told apart from other data as often as it is there once more', () => {
    expect(multisetDifference([1, 1, 2, 3], [1, 3, 3, 4])).toEqual({ onlyInA: [1, 2], onlyInB: [3, 4] });
    expect(multisetDifference([1, 2], [2, 1])).toEqual({ onlyInA: [], onlyInB: [] });
  });
});

describe('pairs by a key', () => {
  const byLetter = (word: string): string | undefined => word[0];

  it('are in the order of both lists, and the others are left over in theirs', () => {
    expect(pairBy(['a1', 'b1', 'a2', 'c1', 'a3'], ['a4', 'd1', 'b2', 'a5'], byLetter)).toEqual({
      pairs: [
        ['a1', 'a4'],
        ['b1', 'b2'],
        ['a2', 'a5'],
      ],
      onlyBefore: ['c1', 'a3'],
      onlyAfter: ['d1'],
    });
  });

  it('are none for what has no key, and the same thing twice is two things', () => {
    expect(pairBy(['', 'a'], ['', 'a', 'a'], byLetter)).toEqual({
      pairs: [['a', 'a']],
      onlyBefore: [''],
      onlyAfter: ['', 'a'],
    });
  });
});
