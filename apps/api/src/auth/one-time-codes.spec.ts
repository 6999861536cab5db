import { OneTimeCodes } from './one-time-codes';

const credential = { clientId: 'c-1', scopes: ['read'] as const, revision: 0 };

describe('one-time codes', () => {
  const codes = new OneTimeCodes();

  it('are exchanged once, by their site only', () => {
    const code = codes.issue('demo', credential);
    expect(codes.redeem('other', code)).toBeUndefined();
    expect(codes.redeem('demo', code)).toEqual(credential);
    expect(codes.redeem('demo', code)).toBeUndefined();
    expect(codes.redeem('demo', 'unknown')).toBeUndefined();
  });

  it('expire', () => {
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now');
    const code = codes.issue('demo', credential);
    clock.mockReturnValue(now + 16 * 60_000);
    expect(codes.redeem('demo', code)).toBeUndefined();
    clock.mockRestore();
  });
});
