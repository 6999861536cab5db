import { SiteTurns } from './site-turns';

describe('calls of sites', () => {
  /** Calls that run until they are ended, by their names. */
  let running: Map<string, { end: () => void; fail: (error: Error) => void }>;
  let started: string[];
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const turnsOf = (maxRunning: number, maxWaitMs = 60_000): SiteTurns =>
    new SiteTurns(maxRunning, maxWaitMs, () => new Error('refused'));
  const call = (name: string) => (): Promise<string> =>
    new Promise((resolve, reject) => {
      started.push(name);
      running.set(name, { end: () => resolve(name), fail: reject });
    });

  beforeEach(() => {
    running = new Map();
    started = [];
  });

  it('take turns when as many run as may', async () => {
    const turns = turnsOf(2);
    const all = ['a1', 'a2', 'a3', 'a4', 'b1'].map((name) => turns.run(name.charAt(0), call(name)));
    expect(started).toEqual(['a1', 'a2']);
    for (const name of ['a1', 'a2', 'a3', 'b1', 'a4']) {
      running.get(name)?.end();
      await settle();
    }
    expect(started).toEqual(['a1', 'a2', 'a3', 'b1', 'a4']);
    expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'a4', 'b1']);
  });

  it('pass the turn on when they fail, and are refused when they wait too long', async () => {
    const turns = turnsOf(1, 20);
    const first = turns.run('a', call('first'));
    await expect(turns.run('b', call('late'))).rejects.toThrow('refused');
    const next = turns.run('b', call('next'));
    running.get('first')?.fail(new Error('no connection'));
    await expect(first).rejects.toThrow('no connection');
    running.get('next')?.end();
    expect([await next, started]).toEqual(['next', ['first', 'next']]);
  });
});
