import { FairShare } from './fair-share';

/** Takes one by one until refused; returns how many were granted. */
const takeAll = (share: FairShare, owner: string): number => {
  let taken = 0;
  while (share.take(owner, 1) !== undefined) taken += 1;
  return taken;
};

describe('a fair share', () => {
  it('is a half for an owner alone, and leaves the others a part of what is left', () => {
    const share = new FairShare(1_000);
    expect(['a', 'b', 'c'].map((owner) => takeAll(share, owner))).toEqual([500, 250, 125]);
  });

  it('is equal for owners that take in turn', () => {
    const share = new FairShare(1_000);
    const taken = { a: 0, b: 0, c: 0 };
    for (let round = 0; round < 1_000; round++)
      for (const owner of ['a', 'b', 'c'] as const) if (share.take(owner, 1) !== undefined) taken[owner] += 1;
    expect(taken).toEqual({ a: 250, b: 250, c: 250 });
  });

  it('may be all that is left for an owner that holds nothing', () => {
    const share = new FairShare(10);
    const release = share.take('a', 10);
    expect(share.take('b', 1)).toBeUndefined();
    release?.();
    expect(share.take('b', 10)).toBeDefined();
  });

  it('grows when an amount is returned, once', () => {
    const share = new FairShare(4);
    const [first, second] = [share.take('a', 1), share.take('a', 1)];
    expect([first, second, share.take('a', 1)]).toEqual([expect.any(Function), expect.any(Function), undefined]);
    first?.();
    first?.();
    expect([share.take('a', 1), share.take('a', 1)]).toEqual([expect.any(Function), undefined]);
  });
});
