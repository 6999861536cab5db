import fc from 'fast-check';
import { diff } from '@app/purchase/diff/diff';
import { evolve } from '@app/purchase/evolve';
import type { Purchase } from '@app/purchase/purchase';
import { initialState, type LivePurchase } from '@app/purchase/state';
import { arbitraryPair } from '../arbitrary-purchase';

const at = '2026-01-01T00:00:00.000Z';
const runs = Number(process.env.PROPERTY_RUNS ?? 200);
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

/** Reverses packages and lines. */
const turned = ({ packages, ...rest }: Purchase): Purchase => ({
  ...rest,
  packages: packages.toReversed().map((each) => ({ ...each, items: each.items.toReversed() })),
});

function live(purchase: Purchase): LivePurchase {
  const state = diff(undefined, purchase, { at }).reduce(evolve, initialState);
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}

it(`the order of packages and lines in a body does not change the events (seed ${seed})`, () => {
  fc.assert(
    fc.property(arbitraryPair, ([a, b]) => {
      const before = live(a);
      // Equal lines that become different ones have no defined order, so the types are compared as a multiset.
      const told = (after: Purchase): string[] =>
        diff(before, after, { at })
          .map(({ type }) => type)
          .sort();
      expect(told(turned(b))).toEqual(told(b));
    }),
    { numRuns: runs, seed },
  );
});
