import { Pace } from './gentle';

/** Follows live tables that move by `liveSpeed` bytes a millisecond; a step of 10 ms handles 100 bytes. Returns the share of work in each second, and the end. */
function follow(distance: number, liveSpeed: number, until: number): { shares: number[]; end: number } {
  const pace = new Pace(until);
  const work: number[] = [];
  let [now, at] = [0, 0];
  while (at < distance + now * liveSpeed && now < 10 * until) {
    const step = { began: now, ended: now + 10, from: at, to: at + 100, live: distance + now * liveSpeed };
    work[Math.floor(now / 1_000)] = (work[Math.floor(now / 1_000)] ?? 0) + 10;
    at += 100;
    now += 10 + (step.to < step.live ? pace.restAfter(step) : 0);
  }
  return { shares: work.map((ms) => ms / 1_000), end: now };
}

describe('the pace of a gentle rebuild', () => {
  it('is a quarter of the time when that suffices', () => {
    const { shares, end } = follow(40_000, 0.5, 60_000);
    expect(end).toBeLessThan(30_000);
    for (const share of shares.slice(0, -1)) expect(share).toBeCloseTo(0.25, 1);
  });

  it('is as much as it takes to follow fast writes in time, without a time at full speed', () => {
    const { shares, end } = follow(100_000, 4, 30_000);
    expect(end).toBeLessThan(40_000);
    expect(Math.max(...shares)).toBeLessThan(0.85);
  });

  it('is all of the time when writes are almost as fast', () => {
    const { shares, end } = follow(100_000, 9, 30_000);
    expect(end).toBeLessThan(110_000);
    expect(Math.max(...shares)).toBeCloseTo(1, 1);
  });
});
