import { CombinedLookups } from './combined-lookups';

interface Statement {
  keys: readonly number[];
  answer: () => void;
  fail: (error: Error) => void;
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

describe('combined lookups', () => {
  let statements: Statement[];
  let lookups: CombinedLookups<number, string>;

  beforeEach(() => {
    statements = [];
    lookups = new CombinedLookups(
      (keys) =>
        new Promise((resolve, reject) => {
          const answer = (): void => resolve(keys.map((key) => (key < 0 ? undefined : `row ${key}`)));
          statements.push({ keys, answer, fail: reject });
        }),
    );
  });

  it('share a statement when they arrive together, and each gets its own result', async () => {
    const found = Promise.all([1, -1, 1, 2].map((key) => lookups.find(key)));
    await turn();
    expect(statements.map(({ keys }) => keys)).toEqual([[1, -1, 1, 2]]);
    statements[0]?.answer();
    expect(await found).toEqual(['row 1', undefined, 'row 1', 'row 2']);
  });

  it('wait while two statements run, then share the next one', async () => {
    const all = [];
    for (const key of [1, 2, 3, 4]) {
      all.push(lookups.find(key));
      await turn();
    }
    expect(statements.map(({ keys }) => keys)).toEqual([[1], [2]]);
    statements[1]?.answer();
    expect(await all[1]).toBe('row 2');
    expect(statements.map(({ keys }) => keys)).toEqual([[1], [2], [3, 4]]);
    statements[2]?.answer();
    statements[0]?.answer();
    expect(await Promise.all(all)).toEqual(['row 1', 'row 2', 'row 3', 'row 4']);
  });

  it('are at most 16 in a statement', async () => {
    const found = Promise.all(Array.from({ length: 40 }, (_, key) => lookups.find(key)));
    await turn();
    for (let at = 0; at < 3; at++) {
      statements[at]?.answer();
      await turn();
    }
    expect(statements.map(({ keys }) => keys.length)).toEqual([16, 16, 8]);
    expect(await found).toEqual(Array.from({ length: 40 }, (_, key) => `row ${key}`));
  });

  it('fail with their statement, and the next ones do not', async () => {
    const failing = Promise.allSettled([lookups.find(1), lookups.find(2)]);
    await turn();
    statements[0]?.fail(new Error('no connection'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = lookups.find(3);
    await turn();
    statements[1]?.answer();
    expect(await next).toBe('row 3');
  });
});
