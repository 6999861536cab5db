import { pairBy } from './diff/pair-by';
import { canonicalJson, isSame, multisetDifference } from './same';

describe('comparison of data', () => {
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

  it('reads nested lists a number of times that grows with their depth, not with their length at each level', () => {
    const depth = 12;
    let reads = 0;
    const leaf = (value: number): object =>
      Object.defineProperty({}, 'value', {
        enumerable: true,
        get: () => {
          reads++;
          return value;
        },
      });
    const nested = (level: number, first: number, last: number): unknown =>
      level === 0
        ? leaf(first === 2 ** depth - 1 ? last : first)
        : [0, 1].map((half) => nested(level - 1, first * 2 + half, last));
    expect(isSame(nested(depth, 0, 0), nested(depth, 0, -1))).toBe(false);
    expect(reads).toBeLessThan(2 ** depth * depth * 4);
  });

  it('serializes equal data to one text, with sorted keys and arrays and without absent properties', () => {
    expect(canonicalJson({ b: [2, 1, 'x'], a: undefined, c: null })).toBe('{"b":["x",1,2],"c":null,}');
  });

  it('counts repeated values in the multiset difference', () => {
    expect(multisetDifference([1, 1, 2, 3], [1, 3, 3, 4])).toEqual({ onlyInA: [1, 2], onlyInB: [3, 4] });
    expect(multisetDifference([1, 2], [2, 1])).toEqual({ onlyInA: [], onlyInB: [] });
  });
});

describe('pairs by key', () => {
  const byLetter = (word: string): string | undefined => word[0];

  it('are in list order, and unpaired entries keep their order', () => {
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

  it('exclude entries without a key and count repeated entries separately', () => {
    expect(pairBy(['', 'a'], ['', 'a', 'a'], byLetter)).toEqual({
      pairs: [['a', 'a']],
      onlyBefore: [''],
      onlyAfter: ['', 'a'],
    });
  });
});
