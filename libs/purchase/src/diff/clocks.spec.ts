import { line, orderOf, pack } from '../../../../test/builders';
import { diff } from './diff';
import { evolveAll } from '../evolve';
import type { PurchaseEvent } from '../events';
import { isSamePurchase } from '../plain';
import type { Package, Purchase } from '../purchase';
import { initialState, type LivePurchase, type PurchaseState } from '../state';

const at = '2026-03-10T12:00:00.000Z';
const day = (n: number): string => `2026-03-0${n}T00:00:00.000Z`;
const live = (state: PurchaseState): LivePurchase => {
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
};

/** The events between two purchases. Fails unless folding them gives the second. */
function between(before: Purchase, after: Purchase): readonly PurchaseEvent[] {
  const was = live(evolveAll(initialState, diff(undefined, before, { at })));
  const events = diff(was, after, { at });
  expect(isSamePurchase(live(evolveAll({ phase: 'live', purchase: was }, events)), after)).toBe(true);
  return events;
}
const packs = (n: number, dates: Package['dates']): Package[] => [
  pack('processing', [line('MUG', n)], { identifiers: { visible: 'P' }, dates }),
  pack('shipment', [line('CUP', 1)], { identifiers: { visible: 'S' }, dates }),
];
const sent = (n: number, quantity = 2): Purchase =>
  orderOf(packs(quantity, { updatedAt: day(n) }), { dates: { updatedAt: day(n) }, revisionDate: day(n) });

describe('sender timestamps', () => {
  it('change by one event, the last', () => {
    expect(between(sent(1), sent(2))).toEqual([
      {
        type: 'SenderClocksChanged',
        data: {
          before: {
            updatedAt: day(1),
            revisionDate: day(1),
            packages: [
              { key: 1, updatedAt: day(1) },
              { key: 2, updatedAt: day(1) },
            ],
          },
          after: {
            updatedAt: day(2),
            revisionDate: day(2),
            packages: [
              { key: 1, updatedAt: day(2) },
              { key: 2, updatedAt: day(2) },
            ],
          },
        },
      },
    ]);
    expect(between(sent(1), sent(2, 3)).map(({ type }) => type)).toEqual([
      'ItemQuantityChanged',
      'SenderClocksChanged',
    ]);
  });

  it('are set and removed by one event', () => {
    const none = orderOf(packs(2, {}));
    expect(between(none, sent(1))).toMatchObject([{ data: { before: { packages: [{ key: 1 }, { key: 2 }] } } }]);
    expect(between(sent(1), { ...none, revisionDate: day(1) })).toMatchObject([
      { data: { before: { updatedAt: day(1) }, after: { packages: [{ key: 1 }, { key: 2 }] } } },
    ]);
  });

  it('are separate from other dates', () => {
    const before = orderOf(packs(2, { createdAt: day(1), updatedAt: day(1) }), {
      dates: { placedAt: day(1), updatedAt: day(1) },
    });
    const after = orderOf(packs(2, { createdAt: day(2), updatedAt: day(3) }), {
      dates: { placedAt: day(2), updatedAt: day(3) },
    });
    const [placed, first, second, clocks] = between(before, after);
    expect(placed).toEqual({
      type: 'PurchaseDatesChanged',
      data: { before: { placedAt: day(1), updatedAt: day(1) }, after: { placedAt: day(2), updatedAt: day(1) } },
    });
    expect([first?.type, second?.type]).toEqual(['PackageDatesChanged', 'PackageDatesChanged']);
    expect(clocks).toMatchObject({ type: 'SenderClocksChanged', data: { after: { updatedAt: day(3) } } });
  });
});
