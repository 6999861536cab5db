import { diff } from '@app/purchase/diff/diff';
import { evolve } from '@app/purchase/evolve';
import type { Purchase } from '@app/purchase/purchase';
import { initialState, type LivePurchase } from '@app/purchase/state';

/** The state of a purchase after its creation. */
export function livePurchase(purchase: Purchase): LivePurchase {
  const state = diff(undefined, purchase, { at: '2026-01-01T00:00:00.000Z' }).reduce(evolve, initialState);
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}
