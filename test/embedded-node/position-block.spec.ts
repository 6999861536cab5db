import fc from 'fast-check';
import { decodePositions, encodePositions, positionAt } from '@app/embedded/event-store-node/position-block';

describe('a block of positions', () => {
  const increasing = fc
    .uniqueArray(fc.maxSafeNat(), { maxLength: 64 })
    .map((positions) => positions.sort((a, b) => a - b));

  it('decodes to the encoded positions: all, the first ones, or one', () => {
    fc.assert(
      fc.property(increasing, fc.nat(70), (positions, most) => {
        const block = encodePositions(positions);
        expect(decodePositions(block)).toEqual(positions);
        expect(decodePositions(block, most)).toEqual(positions.slice(0, most));
        expect(positionAt(block, most)).toBe(positions[most]);
      }),
    );
  });

  it('encodes positions close to each other in few bytes', () => {
    expect(encodePositions([6_000_000_000, 6_000_000_600, 6_000_001_200])).toHaveLength(5 + 2 + 2);
  });
});
