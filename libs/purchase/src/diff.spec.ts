import fc from 'fast-check';
import { decider } from './decider';
import { diff } from './diff';
import { evolve } from './evolve';
import type { PurchaseEvent } from './events';
import { isSamePurchase } from './plain';
import { arbitraryChain, arbitraryPair, arbitraryPurchase } from '../../../test/arbitrary-purchase';
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
    fc.assert(
      fc.property(arbitraryPair, ([a, b]) => holds(a, b)),
      { numRuns: runs, seed },
    );
  });

function expectEffect(state: PurchaseState, event: PurchaseEvent): PurchaseState {
  const next = evolve(state, event);
  expect(JSON.stringify(next)).not.toBe(JSON.stringify(state));
  return next;
}

function expectConserved({ data }: PurchaseEvent): void {
  const items = 'items' in data ? data.items : [];
  for (const item of items)
    if ('from' in item) {
      expect(item.from.before.quantity - (item.from.after?.quantity ?? 0)).toBe(item.quantity);
      expect(item.to.after.quantity - (item.to.before?.quantity ?? 0)).toBe(item.quantity);
      expect(item.quantity).toBeGreaterThan(0);
    }
}

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
    for (const event of diff(create(a), b, { at })) state = expectEffect(state, event);
  });

  property('I4: every move conserves quantity', (a, b) => {
    for (const event of diff(create(a), b, { at })) expectConserved(event);
  });

  property('I5: the same input gives the same bytes', (a, b) => {
    const again = structuredClone(b);
    expect(JSON.stringify(diff(create(a), again, { at }))).toBe(
      JSON.stringify(diff(create(structuredClone(a)), b, { at })),
    );
  });

  it(`chains of edits: all of it, all along (seed ${seed})`, () => {
    fc.assert(
      fc.property(arbitraryChain, ({ states }) => {
        let state: PurchaseState = initialState;
        for (const sent of states) {
          const before = state.phase === 'live' ? state.purchase : undefined;
          const events = diff(before, sent, { at });
          expect(JSON.stringify(diff(structuredClone(before), structuredClone(sent), { at }))).toBe(
            JSON.stringify(events),
          );
          for (const event of events) {
            expectConserved(event);
            state = expectEffect(state, event);
          }
          if (!isSamePurchase(live(state), sent)) expect(live(state)).toEqual(sent);
          expect(diff(live(state), sent, { at })).toEqual([]);
        }
      }),
      { numRuns: Math.ceil(runs / 10), seed },
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
