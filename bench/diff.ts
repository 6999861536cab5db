import { diff } from '@app/purchase/diff/diff';
import type { PurchaseEvent } from '@app/purchase/events';
import { evolveAll } from '@app/purchase/evolve';
import type { LineItem, Package, PackageType, Purchase } from '@app/purchase/purchase';
import { initialState, type LivePurchase } from '@app/purchase/state';
import { allInWords } from '@app/purchase/words/words';
import { encode } from '@app/stored-events/codec';
import { printTable, type Row } from './table';

const at = '2026-01-01T00:00:00.000Z';
const SIZES = [1_000, 4_000, 10_000];

const line = (sku: string, quantity: number, price = 100, name = sku): LineItem => ({
  quantity,
  totals: { net: quantity * price, tax: 0, gross: quantity * price },
  details: { sku, nameParent: name, customAttributes: [], taxLines: [] },
});

const pack = (type: PackageType, items: LineItem[], visible?: string, more: Partial<Package> = {}): Package => ({
  type,
  identifiers: visible === undefined ? {} : { visible },
  dates: {},
  trackings: [],
  accountingFiles: [],
  items,
  ...more,
});

const order = (packages: Package[]): Purchase => ({
  type: 'order',
  currency: 'GBP',
  identifiers: {},
  customer: {},
  dates: {},
  accountingFiles: [],
  customFields: [],
  metadata: [],
  taxLines: [],
  packages,
});

const range = <T>(lines: number, make: (n: number) => T): T[] => Array.from({ length: lines }, (_, n) => make(n));

/** Packages of `size` lines each. */
const chunks = (items: LineItem[], size: number, make: (items: LineItem[], n: number) => Package): Package[] =>
  range(Math.ceil(items.length / size), (n) => make(items.slice(n * size, (n + 1) * size), n));

/** Lines rotated by `by` positions. */
const rotated = (lines: number, by: number, make: (n: number) => LineItem): LineItem[] =>
  range(lines, (n) => make((n + by) % lines));

const sku = (n: number): LineItem => line(`A${n}`, (n % 5) + 1);
const oneSku = (n: number): LineItem => line('A', (n % 7) + 1, 100 + n);

/** Pairs of purchases that are difficult for the diff, by name. */
const SHAPES: Record<string, (lines: number) => readonly [before: Package[], after: Package[]]> = {
  'one SKU at many prices over 5 packages': (lines) => [
    chunks(range(lines, oneSku), lines / 5, (items, n) => pack('processing', items, `P-${n}`)),
    chunks(rotated(lines, 7, oneSku), lines / 5, (items, n) => pack('shipment', items, `S-${n}`)),
  ],
  'packages of 5 lines regrouped, with identifiers': (lines) => [
    chunks(range(lines, sku), 5, (items, n) => pack('processing', items, `P-${n}`)),
    chunks(rotated(lines, 2, sku), 5, (items, n) => pack('shipment', items, `S-${n}`)),
  ],
  'packages of 5 lines regrouped, without identifiers': (lines) => [
    chunks(range(lines, sku), 5, (items) => pack('shipment', items)),
    chunks(rotated(lines, 2, sku), 5, (items) => pack('shipment', items)),
  ],
  'one-line packages, shipped': (lines) => [
    range(lines, (n) => pack('processing', [sku(n)], `P-${n}`)),
    range(lines, (n) => pack('shipment', [sku(n)], `S-${n}`)),
  ],
  'one-line packages of one SKU, shipped': (lines) => [
    range(lines, (n) => pack('processing', [line('A', (n % 9) + 1)], `P-${n}`)),
    range(lines, (n) => pack('shipment', [line('A', ((n * 7) % 9) + 1)], `S-${n}`)),
  ],
  'one package, shipped as one-line packages': (lines) => [
    [pack('processing', range(lines, sku))],
    range(lines, (n) => pack('shipment', [sku(n)], `S-${n}`)),
  ],
  'all trackings changed': (lines) =>
    [1, 2].map((version) => [
      pack('shipment', [sku(1)], 'S-1', {
        trackings: range(lines, (n) => ({
          carrier: 'DHL',
          trackingNumber: `${n}`,
          trackingUrl: `https://v${version}.example`,
        })),
      }),
    ]) as [Package[], Package[]],
  'all names and prices changed': (lines) => [
    [
      pack(
        'processing',
        range(lines, (n) => line(`A${n}`, 2, 100)),
      ),
    ],
    [
      pack(
        'processing',
        range(lines, (n) => line(`A${n}`, 2, 110, `New ${n}`)),
      ),
    ],
  ],
  'packages in another order': (lines) => {
    const packages = chunks(range(lines, sku), 5, (items) => pack('shipment', items));
    return [packages, packages.toReversed()];
  },
};

function live(purchase: Purchase): LivePurchase {
  const state = evolveAll(initialState, diff(undefined, purchase, { at }));
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}

const ROUNDS = 11;

/**
 * CPU ms of a call of each size: the least of several rounds, because other programs and compilation only add to it. A round handles all sizes
 * in turn, and of each size equally many lines of different purchases, and keeps the results. So a larger size differs in the work of the call only,
 * not in the speed of the machine or in what the garbage collector and the processor's caches have to do.
 * @param calls the calls of each size
 */
function leastMilliseconds(calls: readonly (readonly (() => unknown)[])[]): number[] {
  const rounds = Array.from({ length: ROUNDS + 1 }, () =>
    calls.map((each) => {
      const started = process.cpuUsage();
      const results = each.map((call) => call());
      const { user, system } = process.cpuUsage(started);
      return (user + system) / 1e3 / results.length;
    }),
  );
  return calls.map((_, size) => Math.min(...rounds.slice(1).map((times) => times[size] ?? 0)));
}

const context = { site: 'bench', actor: 'bench', requestId: 'bench', at };

/** The steps of a write that depend on the number of lines, by name. */
const PARTS = {
  diff: ({ stored, sent }: Pair) => diff(stored, sent, { at }),
  evolve: ({ stored, events }: Pair) => evolveAll({ phase: 'live', purchase: stored }, events),
  words: ({ stored, events }: Pair) => allInWords(events, { phase: 'live', purchase: stored }),
  encode: ({ events }: Pair) => events.map((event) => JSON.stringify(encode(event, 'id', context))),
};

interface Pair {
  stored: LivePurchase;
  sent: Purchase;
  events: readonly PurchaseEvent[];
}

function pairOf(before: Package[], after: Package[]): Pair {
  const stored = live(order(before));
  const sent = order(after);
  return { stored, sent, events: diff(stored, sent, { at }) };
}

/** Measures diff, evolve, words and encode in ms by number of lines. Target: at most 12 × for 10 × the lines of a shape, all four together. */
export function benchDiff(sizes: readonly number[] = SIZES): void {
  const largest = Math.max(...sizes);
  const rows = Object.entries(SHAPES).flatMap(([title, shape]): Row[] => {
    const pairs = sizes.map((lines) => range(Math.ceil(largest / lines), () => pairOf(...shape(lines))));
    const times = Object.values(PARTS).map((run) =>
      leastMilliseconds(pairs.map((each) => each.map((pair) => () => run(pair)))),
    );
    const sums = sizes.map((_, size) => times.reduce((sum, each) => sum + (each[size] ?? 0), 0));
    return [...Object.keys(PARTS), 'all four'].map((part, index) => {
      const each = times[index] ?? sums;
      return {
        what: `${part}, ${title}`,
        ...Object.fromEntries(sizes.map((lines, size) => [`${lines} lines`, (each[size] ?? 0).toFixed(1)])),
        growth: `${((each.at(-1) ?? 0) / (each[0] ?? 1)).toFixed(1)} ×`,
      };
    });
  });
  printTable('Diff, evolve, words and encode, CPU ms', rows);
}
