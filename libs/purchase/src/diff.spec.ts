import fc from 'fast-check';
import { decider } from './decider';
import { diff } from './diff';
import { evolve } from './evolve';
import type { PurchaseEvent } from './events';
import { isSamePurchase } from './plain';
import { arbitraryPurchase } from '../../../test/arbitrary-purchase';
import type { Purchase } from './purchase';
import { initialState, type LivePurchase, type PurchaseState } from './state';

const at = '2026-01-01T00:00:00.000Z';
const fold = (state: PurchaseState, events: readonly PurchaseEvent[]): PurchaseState => events.reduce(evolve, state);
const live = (state: PurchaseState): LivePurchase => {
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
};
const create = (purchase: Purchase): LivePurchase => live(fold(initialState, diff(undefined, purchase, { at })));

const runs = Number(process.env.PROPERTY_RUNS ?? 2000);
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
const property = (name: string, holds: (a: Purchase, b: Purchase) => void): void =>
  it(`${name} (seed ${seed})`, () => {
    fc.assert(fc.property(arbitraryPurchase, arbitraryPurchase, holds), { numRuns: runs, seed });
  });

describe('diff', () => {
  property('I1: folding the events over a gives b', (a, b) => {
    const before = create(a);
    expect(isSamePurchase(before, a)).toBe(true);
    const after = live(fold({ phase: 'live', purchase: before }, diff(before, b, { at })));
    if (!isSamePurchase(after, b)) expect(after).toEqual(b);
  });

  property('I2: between equals nothing happened', (a) => {
    expect(diff(create(a), a, { at })).toEqual([]);
  });

  property('I3: each event changes something', (a, b) => {
    let state: PurchaseState = { phase: 'live', purchase: create(a) };
    for (const event of diff(create(a), b, { at })) {
      const next = evolve(state, event);
      expect(JSON.stringify(next)).not.toBe(JSON.stringify(state));
      state = next;
    }
  });

  property('I4: every move conserves quantity', (a, b) => {
    for (const { data } of diff(create(a), b, { at }))
      if ('from' in data)
        for (const { quantity, from, to } of data.items) {
          expect(from.before.quantity - (from.after?.quantity ?? 0)).toBe(quantity);
          expect(to.after.quantity - (to.before?.quantity ?? 0)).toBe(quantity);
          expect(quantity).toBeGreaterThan(0);
        }
  });

  property('I5: the same input gives the same bytes', (a, b) => {
    const again = structuredClone(b);
    expect(JSON.stringify(diff(create(a), again, { at }))).toBe(
      JSON.stringify(diff(create(structuredClone(a)), b, { at })),
    );
  });

  it('reordering says nothing', () => {
    fc.assert(
      fc.property(arbitraryPurchase, (a) => {
        const turned = { ...a, packages: a.packages.map((p) => ({ ...p, items: [...p.items].reverse() })).reverse() };
        expect(diff(create(a), turned, { at })).toEqual([]);
      }),
      { numRuns: runs, seed },
    );
  });

  it('decides by the same fold', () => {
    const decision = decider.decide({ type: 'DeletePurchase', at }, decider.initialState);
    expect(decision).toEqual({ accepted: false, refusal: { code: 'purchase-not-found' } });
  });
});
