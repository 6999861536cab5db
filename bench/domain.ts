import { diff } from '@app/purchase/diff/diff';
import { evolve } from '@app/purchase/evolve';
import type { Purchase } from '@app/purchase/purchase';
import { initialState, type LivePurchase } from '@app/purchase/state';
import { readPurchaseBody } from '../apps/api/src/purchases/body/purchase-body';
import { DIFFICULT_BODIES, orderBody } from './bodies';
import { microseconds, printTable, type Row } from './table';

const at = '2026-01-01T00:00:00.000Z';

function read(body: unknown): Purchase {
  const result = readPurchaseBody(body, { strict: false });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value;
}

function live(purchase: Purchase): LivePurchase {
  const state = diff(undefined, purchase, { at }).reduce(evolve, initialState);
  if (state.phase !== 'live') throw new Error(state.phase);
  return state.purchase;
}

const SIZES = [10, 100, 1_000];

/** Ratio of the time for the largest size to that for the smallest; below 150 when nearly linear. */
const growth = (times: readonly number[]): string => `${((times.at(-1) ?? 0) / (times[0] ?? 1)).toFixed(0)} ×`;

function row(what: string, timeOf: (lines: number) => number): Row {
  const times = SIZES.map(timeOf);
  return {
    what,
    ...Object.fromEntries(SIZES.map((lines, index) => [`${lines} lines`, (times[index] ?? 0).toFixed(0)])),
    growth: growth(times),
  };
}

/** A body as the API receives it. */
const parsed = (body: object): unknown => JSON.parse(JSON.stringify(body));

/** Measures the steps of a write in µs by number of lines. */
export function benchDomain(): void {
  const rows = [
    row('read and validate the body', (lines) => {
      const body = parsed(orderBody(lines, 'PO 1'));
      return microseconds(() => void read(body));
    }),
  ];
  const pairs: Record<string, (lines: number) => readonly [object, object]> = {
    'no change': (lines) => [orderBody(lines, 'PO 1'), orderBody(lines, 'PO 1')],
    'all shipped': (lines) => [orderBody(lines, 'PO 1'), orderBody(lines, 'PO 1', 'shipment')],
    ...DIFFICULT_BODIES,
  };
  for (const [title, pair] of Object.entries(pairs)) {
    const purchases = (lines: number): [LivePurchase, Purchase] => {
      const [before, after] = pair(lines);
      return [live(read(parsed(before))), read(parsed(after))];
    };
    rows.push(
      row(`diff, ${title}`, (lines) => {
        const [before, after] = purchases(lines);
        return microseconds(() => void diff(before, after, { at }));
      }),
      row(`evolve, ${title}`, (lines) => {
        const [before, after] = purchases(lines);
        const events = diff(before, after, { at });
        return microseconds(() => void events.reduce(evolve, { phase: 'live', purchase: before }));
      }),
    );
  }
  printTable('Domain, µs', rows);
}
