import fc from 'fast-check';
import { arbitraryPurchase } from '../../../../test/arbitrary-purchase';
import { evolveAll } from '../evolve';
import type { Package, Purchase } from '../purchase';
import { initialState, type LivePurchase } from '../state';
import { diff } from './diff';
import { diffPackages } from './packages';
import { hasSamePackages } from './same-packages';

const at = '2026-01-01T00:00:00.000Z';

function stored(purchase: Purchase): LivePurchase {
  const state = evolveAll(initialState, diff(undefined, purchase, { at }));
  if (state.phase !== 'live') throw new Error(`the purchase is ${state.phase}`);
  return state.purchase;
}

/** The changes of one package. */
const CHANGES: ((each: Package) => Package)[] = [
  (each) => ({ ...each, type: each.type === 'on_hold' ? 'processing' : 'on_hold' }),
  (each) => ({ ...each, identifiers: { ...each.identifiers, internal: `${each.identifiers.internal ?? ''}x` } }),
  (each) => ({ ...each, dates: { ...each.dates, shippedAt: '1999-01-01T00:00:00.000Z' } }),
  (each) => ({ ...each, shippingMethod: { name: 'another' } }),
  (each) => ({ ...each, items: each.items.slice(1) }),
  (each) => ({ ...each, items: each.items.map((line) => ({ ...line, quantity: line.quantity + 1 })) }),
  (each) => ({
    ...each,
    items: each.items.map((line) => ({ ...line, details: { ...line.details, nameParent: 'another' } })),
  }),
];

describe('packages that are the same', () => {
  it('have no events', () => {
    fc.assert(
      fc.property(arbitraryPurchase, (purchase) => {
        const before = stored(purchase);
        fc.pre(hasSamePackages(before.packages, purchase.packages));
        expect(diffPackages(before, purchase.packages)).toEqual([]);
      }),
    );
  });

  it('are recognised after they were stored', () => {
    const known = fc.sample(arbitraryPurchase, { numRuns: 200, seed: 1 }).filter((purchase) => {
      return hasSamePackages(stored(purchase).packages, purchase.packages);
    });
    expect(known.filter(({ packages }) => packages.length > 0).length).toBeGreaterThan(20);
  });

  it('are no longer the same when a package changes, is added, or is missing', () => {
    fc.assert(
      fc.property(arbitraryPurchase, fc.nat(), fc.constantFrom(...CHANGES), (purchase, index, change) => {
        const { packages } = purchase;
        const before = stored(purchase);
        const changed = packages.map((each, n) => (n === index % packages.length ? change(each) : each));
        const differs = diffPackages(before, changed).length > 0;
        if (differs) expect(hasSamePackages(before.packages, changed)).toBe(false);
        const [first] = packages;
        if (first === undefined) return;
        expect(hasSamePackages(before.packages, [...packages, first])).toBe(false);
        expect(hasSamePackages(before.packages, packages.slice(1))).toBe(packages.length === 0);
      }),
    );
  });
});
