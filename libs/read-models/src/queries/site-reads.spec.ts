import type { DataSource } from 'typeorm';
import { ReadModelUnavailable } from './read-model-unavailable';
import { SiteReads } from './site-reads';

describe('queries of sites', () => {
  /** Queries that run until they are ended, by their text. */
  let running: Map<string, { end: () => void; fail: (error: Error) => void }>;
  let started: string[];
  const dataSource = {
    query: (text: string) =>
      new Promise((resolve, reject) => {
        started.push(text);
        running.set(text, { end: () => resolve([text]), fail: reject });
      }),
  } as unknown as DataSource;
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  beforeEach(() => {
    running = new Map();
    started = [];
  });

  it('take turns when as many run as may', async () => {
    const reads = new SiteReads(() => dataSource, 2);
    const all = ['a1', 'a2', 'a3', 'a4', 'b1'].map((text) => reads.of(text.charAt(0)).query(text, []));
    expect(started).toEqual(['a1', 'a2']);
    for (const text of ['a1', 'a2', 'a3', 'b1', 'a4']) {
      running.get(text)?.end();
      await settle();
    }
    expect(started).toEqual(['a1', 'a2', 'a3', 'b1', 'a4']);
    expect(await Promise.all(all)).toEqual([['a1'], ['a2'], ['a3'], ['a4'], ['b1']]);
  });

  it('pass the turn on when they fail, and are refused when they wait too long', async () => {
    const reads = new SiteReads(() => dataSource, 1, 20);
    const first = reads.of('a').query('first', []);
    await expect(reads.of('b').query('late', [])).rejects.toBeInstanceOf(ReadModelUnavailable);
    const next = reads.of('b').query('next', []);
    running.get('first')?.fail(new Error('no connection'));
    await expect(first).rejects.toThrow('no connection');
    running.get('next')?.end();
    expect([await next, started]).toEqual([['next'], ['first', 'next']]);
  });
});
