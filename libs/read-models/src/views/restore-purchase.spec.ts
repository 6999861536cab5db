import fc from 'fast-check';
import { diff } from '@app/purchase/diff/diff';
import type { PurchaseEvent } from '@app/purchase/events';
import { evolveAll } from '@app/purchase/evolve';
import { MAX_AMOUNT } from '@app/purchase/money/money';
import type { LivePurchase } from '@app/purchase/state';
import { arbitraryPurchase } from '../../../../test/arbitrary-purchase';
import { orderOf } from '../../../../test/builders';
import { livePurchase } from '../../../../test/live-purchase';
import { viewPackages, viewPurchaseBase } from './purchase-view';
import { type PurchaseTexts, remainderOf, restorePurchase } from './restore-purchase';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
const AT = '2026-02-01T00:00:00.000Z';

const textsOf = (purchase: LivePurchase): PurchaseTexts => ({
  document: JSON.stringify(viewPurchaseBase(purchase, 3n)),
  packages: JSON.stringify(viewPackages(purchase)),
  remainder: JSON.stringify(remainderOf(purchase)),
});

/** Events that no body of a PUT gives rise to. */
const BESIDE_PUTS: readonly PurchaseEvent[] = [
  {
    type: 'PaymentRecorded',
    data: { transaction: { platformId: 'T1', type: 'payment', amount: 100, particulars: { '\ud800': [null, 1.5] } } },
  },
  { type: 'UsdRateFixed', data: { day: '2026-01-31', currency: 'GBP', rate: '1.2734' } },
  { type: 'IdentifierForfeited', data: { kind: 'internal', value: 'N' } },
] as unknown as PurchaseEvent[];

describe('restorePurchase', () => {
  it(`restores every state that a history reaches (seed ${seed})`, () => {
    const currency = fc.constantFrom('GBP', 'JPY', 'KWD', 'XXX');
    fc.assert(
      fc.property(arbitraryPurchase, arbitraryPurchase, currency, currency, (first, second, before, after) => {
        const created = livePurchase({ ...first, currency: before });
        const change = diff(created, { ...second, currency: after }, { at: AT });
        const state = evolveAll({ phase: 'live', purchase: { ...created, follows: 'id' } }, [
          ...BESIDE_PUTS,
          ...change,
        ]);
        if (state.phase !== 'live') throw new Error(state.phase);
        expect(restorePurchase(textsOf(state.purchase))).toEqual(state.purchase);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 200), seed },
    );
  });

  it.each(['GBP', 'JPY', 'KWD'])('restores amounts in %s exactly', (currency) => {
    for (const totalPaid of [0, 1, -1, 9, -10, 99, 100, -1_005, MAX_AMOUNT, -MAX_AMOUNT, Number.MAX_SAFE_INTEGER]) {
      const purchase = livePurchase(orderOf([], { currency, totalPaid }));
      expect(restorePurchase(textsOf(purchase)).totalPaid).toBe(totalPaid);
    }
  });

  it('refuses texts that do not belong together', () => {
    const { packages, ...texts } = textsOf(livePurchase(orderOf([])));
    expect(() => restorePurchase({ ...texts, packages: '[{}]' })).toThrow('1 values have 0 keys');
    expect(() => restorePurchase({ ...texts, packages: packages.slice(1) })).toThrow(SyntaxError);
  });
});
