import fc from 'fast-check';
import { IndexedList } from './indexed-list';

interface Entry {
  key: string;
  n: number;
}

const entry = fc.record({ key: fc.constantFrom('a', 'b', 'c'), n: fc.nat() });
const change = fc.record({
  step: fc.constantFrom('add', 'replace', 'remove', 'get'),
  key: fc.constantFrom('a', 'b', 'c'),
  entry,
});

/** The same changes on an array, each of which searches from the front. */
function changed(values: readonly Entry[], { step, key, entry: value }: { step: string; key: string; entry: Entry }) {
  const at = values.findIndex((each) => each.key === key);
  if (step === 'add') return [...values, value];
  if (at < 0 || step === 'get') return values;
  return step === 'replace' ? values.with(at, value) : values.toSpliced(at, 1);
}

describe('a list with an index', () => {
  it('changes the first value of a key, as a search from the front does, with and without an index', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6 }), fc.array(change, { maxLength: 20 }), (start, changes) => {
        const list = new IndexedList(start, ({ key }: Entry) => key);
        let expected: readonly Entry[] = start;
        for (const each of changes) {
          expect(list.get(each.key)).toBe(expected.find(({ key }) => key === each.key));
          if (each.step === 'add') list.add(each.entry);
          if (each.step === 'replace') list.replace(each.key, each.entry);
          if (each.step === 'remove') list.remove(each.key);
          expected = changed(expected, each);
          expect(list.values()).toEqual(expected);
          expect([...list]).toEqual(expected);
        }
      }),
    );
  });
});
