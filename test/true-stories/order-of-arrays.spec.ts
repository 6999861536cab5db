import fc from 'fast-check';
import { diff } from '@app/purchase/diff/diff';
import { evolve } from '@app/purchase/evolve';
import type { LineItem, Purchase } from '@app/purchase/purchase';
import { initialState, type LivePurchase } from '@app/purchase/state';
import { arbitraryPair } from '../arbitrary-purchase';
import { line, orderOf, pack } from '../builders';

const at = '2026-01-01T00:00:00.000Z';
const runs = Number(process.env.PROPERTY_RUNS ?? 200);
const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

type Permute = <T>(list: readonly T[]) => T[];

/** Permutes packages and lines. */
const permuted = ({ packages, ...rest }: Purchase, permute: Permute): Purchase => ({
  ...rest,
  packages: permute(packages).map((each) => ({ ...each, items: permute(each.items) })),
});
const reversed = (purchase: Purchase): Purchase => permuted(purchase, (list) => list.toReversed());
/** The first becomes the last. */
const rotated = (purchase: Purchase): Purchase => permuted(purchase, (list) => [...list.slice(1), ...list.slice(0, 1)]);

function live(purchase: Purchase): LivePurchase {
  const state = diff(undefined, purchase, { at }).reduce(evolve, initialState);
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}

// Equal lines that become different ones have no defined order, so the types are compared as a multiset.
const typesOfEvents = (before: LivePurchase, after: Purchase): string[] =>
  diff(before, after, { at })
    .map(({ type }) => type)
    .sort();

it(`the order of packages and lines in a body does not change the events (seed ${seed})`, () => {
  fc.assert(
    fc.property(arbitraryPair, ([a, b]) => {
      const before = live(a);
      const types = typesOfEvents(before, b);
      for (const permutation of [reversed(b), rotated(b)]) expect(typesOfEvents(before, permutation)).toEqual(types);
    }),
    { numRuns: runs, seed },
  );
});

it('rounding of amounts between the two versions is not a new price, in any order of lines', () => {
  const item = (name: string, quantity: number, gross: number, internal?: string): LineItem => ({
    ...line(name, quantity, 0, { sku: undefined, ...(internal !== undefined && { internal }) }),
    totals: { net: gross, tax: 0, gross },
  });
  const stored = pack('refund', [item('Lantern', 1, 0, 'i1'), item('Lantern', 1, 0), item('Lantern', 2, 67, 'i1')]);
  const sent = orderOf([
    pack('refund', [item('Renamed', 2, 67, 'i1'), item('Lantern', 1, 0), item('Lantern', 1, 1, 'i1')]),
    pack('refund', [
      item('Renamed', 1, 0),
      item('Lantern', 1, 34),
      item('Lantern', 1, 33),
      item('Lantern', 1, 1),
      item('Renamed', 1, 0, 'i1'),
    ]),
  ]);
  const before = live(orderOf([stored, stored]));
  expect(typesOfEvents(before, reversed(sent))).toEqual(typesOfEvents(before, sent));
});

it('of equal packages, the same one changes in any order of packages', () => {
  const described = line('Lantern', 1, 0, { customAttributes: [{ key: 'hue', value: 'red' }] });
  const [plain, other] = [line('Lantern', 1, 0), line('Lantern', 1, 0, { sku: 'B' })];
  const named = { identifiers: { platform: 'x' } };
  const stored = pack('incoming', [described, plain], named);
  const sent = orderOf([
    pack('incoming', [{ ...described, details: { ...described.details, sku: 'A' } }, plain], named),
    pack('incoming', [described, plain], named),
    pack('incoming', [described, other], named),
    pack('refund', [described, other]),
  ]);
  const before = live(orderOf([stored, stored]));
  expect(typesOfEvents(before, reversed(sent))).toEqual(typesOfEvents(before, sent));
});
