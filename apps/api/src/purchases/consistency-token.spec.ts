import { decodeConsistencyToken, encodeConsistencyToken } from './consistency-token';

describe('a consistency token', () => {
  it.each([
    { commit: 0n, prepare: 0n },
    { commit: 123_456_789n, prepare: 123_456_700n },
    { commit: 2n ** 63n - 1n, prepare: 2n ** 63n - 1n },
  ])('round-trips the position %p', (position) => {
    expect(decodeConsistencyToken(encodeConsistencyToken(position))).toEqual(position);
  });

  it.each([
    '',
    'abc',
    Buffer.from('1').toString('base64url'),
    Buffer.from('1.-2').toString('base64url'),
    '9'.repeat(99),
  ])('rejects %p', (text) => {
    expect(decodeConsistencyToken(text)).toBeUndefined();
  });
});
