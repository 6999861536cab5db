import { diff } from '@app/purchase/diff';
import { evolve } from '@app/purchase/evolve';
import type { Purchase } from '@app/purchase/purchase';
import { initialState, type LivePurchase } from '@app/purchase/state';
import { readPurchaseBody } from '../apps/api/src/purchases/body/purchase-body';
import { orderBody } from './bodies';
import { microseconds, printTable } from './table';

const at = '2026-01-01T00:00:00.000Z';

function read(body: unknown): Purchase {
  const result = readPurchaseBody(body, { strict: false });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.purchase;
}

function live(purchase: Purchase): LivePurchase {
  const state = diff(undefined, purchase, { at }).reduce(evolve, initialState);
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}

/** µs of the steps of a write, by the number of lines. */
export function benchDomain(): void {
  const rows = [10, 100, 1_000].map((lines) => {
    const body: unknown = JSON.parse(JSON.stringify(orderBody(lines, 'PO 1')));
    const before = live(read(body));
    const shipped = read(orderBody(lines, 'PO 1', 'shipment'));
    const events = diff(before, shipped, { at });
    return {
      lines,
      'read and check the body': microseconds(() => void read(body)).toFixed(0),
      'diff, nothing new': microseconds(() => void diff(before, read(body), { at })).toFixed(0),
      'diff, all shipped': microseconds(() => void diff(before, shipped, { at })).toFixed(0),
      'evolve, all shipped': microseconds(
        () => void events.reduce(evolve, { phase: 'live', purchase: before }),
      ).toFixed(0),
    };
  });
  printTable('The domain, µs (diff, nothing new: with reading the body)', rows);
}
