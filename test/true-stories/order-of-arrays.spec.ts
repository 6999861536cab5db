import fc from 'fast-check';
import { diff } from '@app/purchase/diff/diff';
import { evolve } from '@app/purchase/evolve';
import type { Purchase } from '@app/purchase/purchase';
import { initialState, type LivePurchase } from '@app/purchase/state';
import { arbitraryPair } from '../arbitrary-purchase';

const at = '2026-01-01T00:00:00.000Z';
const runs = Number(process.env.PROPERTY_RUNS ?? 200);
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

/** Packages and lines turned over. */
const turned = ({ packages, ...rest }: Purchase): Purchase => ({
  ...rest,
  packages: packages.toReversed().map((each) => ({ ...each, items: each.items.toReversed() })),
});

function live(purchase: Purchase): LivePurchase {
  const state = diff(undefined, purchase, { at }).reduce(evolve, initialState);
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}

it(`the order of packages and lines in a message does not change which events are told (seed ${seed})`, () => {
  fc.assert(
    fc.property(arbitraryPair, ([a, b]) => {
      const before = live(a);
      // Of equal lines that become different ones, either may be told first: the types are compared without their order.
      const told = (after: Purchase): string[] =>
        diff(before, after, { at })
          .map(({ type }) => type)
          .sort();
      expect(told(turned(b))).toEqual(told(b));
    }),
    { numRuns: runs, seed },
  );
});
