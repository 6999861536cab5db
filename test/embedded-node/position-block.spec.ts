import fc from 'fast-check';
import { decodePositions, encodePositions, positionAt } from '@app/embedded/event-store-node/position-block';

describe('a block of positions', () => {
  const rising = fc.uniqueArray(fc.maxSafeNat(), { maxLength: 64 }).map((positions) => positions.sort((a, b) => a - b));

  it('gives back what it holds, whole, in part and one by one', () => {
    fc.assert(
      fc.property(rising, fc.nat(70), (positions, most) => {
        const block = encodePositions(positions);
        expect(decodePositions(block)).toEqual(positions);
        expect(decodePositions(block, most)).toEqual(positions.slice(0, most));
        expect(positionAt(block, most)).toBe(positions[most]);
      }),
    );
  });

  it('takes few bytes where events stand close together', () => {
    expect(encodePositions([6_000_000_000, 6_000_000_600, 6_000_001_200])).toHaveLength(5 + 2 + 2);
  });
});
