import { QueueRefused, WriteQueue } from './write-queue';

/** A call that runs until `end` is called. */
function held<T>(value: T): { call: () => Promise<T>; end: () => void; began: () => boolean } {
  let [end, hasBegun] = [(): void => {}, false];
  const ended = new Promise<void>((resolve) => (end = resolve));
  const call = async (): Promise<T> => {
    hasBegun = true;
    await ended;
    return value;
  };
  return { call, end: () => end(), began: () => hasBegun };
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('the write queue', () => {
  it('runs calls of one key one at a time, first in, first out', async () => {
    const queue = new WriteQueue();
    const ended: number[] = [];
    let running = 0;
    const call = (n: number) => async (): Promise<void> => {
      expect(++running).toBe(1);
      await settle();
      running -= 1;
      ended.push(n);
    };
    const all = Array.from({ length: 100 }, (_, n) => n);
    await Promise.all(all.map((n) => queue.run('a', call(n))));
    expect(ended).toEqual(all);
  });

  it('runs calls of different keys concurrently', async () => {
    const queue = new WriteQueue();
    const [a, b] = [held('a'), held('b')];
    const both = [queue.run('a', a.call), queue.run('b', b.call)];
    await settle();
    expect([a.began(), b.began()]).toEqual([true, true]);
    a.end();
    b.end();
    expect(await Promise.all(both)).toEqual(['a', 'b']);
  });

  it('continues after a failed call, and removes the state of unused keys', async () => {
    const queue = new WriteQueue();
    const failing = queue.run('a', () => Promise.reject(new Error('no')));
    const next = queue.run('a', async () => 'next');
    await expect(failing).rejects.toThrow('no');
    expect(await next).toBe('next');
    expect(queue.keys).toBe(0);
  });

  it('refuses immediately when the queue is full', async () => {
    const queue = new WriteQueue({ maxWaiting: 1 });
    const first = held('first');
    const running = [queue.run('a', first.call), queue.run('a', async () => 'second')];
    await expect(queue.run('a', async () => 'third')).rejects.toBeInstanceOf(QueueRefused);
    first.end();
    expect(await Promise.all(running)).toEqual(['first', 'second']);
    expect(queue.keys).toBe(0);
  });

  it('refuses when the wait is too long, and removes the waiting call', async () => {
    const queue = new WriteQueue({ maxWaitMs: 5 });
    const first = held('first');
    const running = queue.run('a', first.call);
    const late = held('late');
    await expect(queue.run('a', late.call)).rejects.toBeInstanceOf(QueueRefused);
    first.end();
    await running;
    expect([late.began(), queue.keys]).toEqual([false, 0]);
  });
});
