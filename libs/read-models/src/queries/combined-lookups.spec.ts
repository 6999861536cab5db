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
    const found = Promise.all([1, -1, 1, 2].map((key) => lookups.find('a', key)));
    await turn();
    expect(statements.map(({ keys }) => keys)).toEqual([[1, -1, 1, 2]]);
    statements[0]?.answer();
    expect(await found).toEqual(['row 1', undefined, 'row 1', 'row 2']);
  });

  it('wait while two statements run, then share the next one', async () => {
    const all = [];
    for (const key of [1, 2, 3, 4]) {
      all.push(lookups.find('a', key));
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
    const found = Promise.all(Array.from({ length: 40 }, (_, key) => lookups.find('a', key)));
    await turn();
    for (let at = 0; at < 3; at++) {
      statements[at]?.answer();
      await turn();
    }
    expect(statements.map(({ keys }) => keys.length)).toEqual([16, 16, 8]);
    expect(await found).toEqual(Array.from({ length: 40 }, (_, key) => `row ${key}`));
  });

  it('of one site do not delay those of another', async () => {
    const found = Promise.all([...Array(40).keys()].map((key) => lookups.find('a', key)));
    await turn();
    const other = lookups.find('b', 99);
    statements[0]?.answer();
    await turn();
    expect(statements[2]?.keys).toEqual([32, 99, 33, 34, 35, 36, 37, 38, 39]);
    for (const { answer } of statements) answer();
    expect([await other, (await found).length]).toEqual(['row 99', 40]);
  });

  it('fail with their statement, and the next ones do not', async () => {
    const failing = Promise.allSettled([lookups.find('a', 1), lookups.find('a', 2)]);
    await turn();
    statements[0]?.fail(new Error('no connection'));
    expect((await failing).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = lookups.find('a', 3);
    await turn();
    statements[1]?.answer();
    expect(await next).toBe('row 3');
  });
});
