import fc from 'fast-check';
import { diff } from '@app/purchase/diff/diff';
import type { LivePurchase } from '@app/purchase/state';
import { readPurchaseBody } from './purchase-body';
import { arbitraryPurchaseBody } from '../../../../../test/arbitrary-body';
import { livePurchase } from '../../../../../test/live-purchase';
import { viewPackages, viewPurchase, viewPurchaseBase } from '@app/read-models/views/purchase-view';
import { remainderOf, restorePurchase } from '@app/read-models/views/restore-purchase';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

function stored(body: unknown): LivePurchase {
  const read = readPurchaseBody(body, { strict: false });
  if (!read.ok) throw new Error(JSON.stringify({ errors: read.errors, body }));
  return livePurchase(read.value);
}

/** Reverses the order of properties, as a store may return them. */
function reordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reordered);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, child]) => [key, reordered(child)]),
  );
}

const answer = (purchase: LivePurchase): string => JSON.stringify(viewPurchase(purchase, 0n));

describe('the response for a purchase', () => {
  it(`does not depend on the property order of the state, and sending it back changes nothing (seed ${seed})`, () => {
    fc.assert(
      fc.property(arbitraryPurchaseBody, (body) => {
        const live = stored(body);
        const text = answer(live);
        expect(answer(reordered(JSON.parse(JSON.stringify(live))) as LivePurchase)).toBe(text);
        const again = readPurchaseBody(JSON.parse(text), { strict: false });
        if (!again.ok) throw new Error(JSON.stringify(again.errors));
        expect(diff(live, again.value, { at: '2026-02-01T00:00:00.000Z' })).toEqual([]);
        expect(answer(livePurchase(again.value))).toBe(text);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 200), seed },
    );
  });

  it(`holds, with the remainder, the whole state (seed ${seed})`, () => {
    fc.assert(
      fc.property(arbitraryPurchaseBody, (body) => {
        const live = stored(body);
        const restored = restorePurchase({
          document: JSON.stringify(viewPurchaseBase(live, 0n)),
          packages: JSON.stringify(viewPackages(live)),
          remainder: JSON.stringify(remainderOf(live)),
        });
        expect(restored).toEqual(live);
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 200), seed },
    );
  });
});
