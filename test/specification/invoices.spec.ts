import { join } from 'node:path';
import { planFile } from '../../apps/cli/src/import/import-file';
import { bodiesOf } from '../../apps/cli/src/import/order-bodies';
import type { PlannedOrder } from '../../apps/cli/src/import/plan-import';
import { readPurchaseBody } from '../../apps/api/src/purchases/body/purchase-body';
import { decider } from '@app/purchase/decider';
import type { EventOf, MovedItem, PurchaseEvent } from '@app/purchase/events';
import { isSamePurchase } from '@app/purchase/plain';
import type { Purchase } from '@app/purchase/purchase';
import type { LivePurchase, PurchaseState } from '@app/purchase/state';
import { statusOf } from '@app/purchase/status';
import { totalsOf } from '@app/purchase/totals';

/** The sample, or the file named by INVOICES, for which the counts are printed. */
const file = process.env.INVOICES ?? join(__dirname, '../../data/online-retail-sample.csv.gz');
const at = '2026-01-01T00:00:00.000Z';

const read = (body: object): Purchase => {
  const result = readPurchaseBody(body, { strict: false });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value;
};

/** Quantity by article and unit price: "84406B at 275" → 8. */
type Pieces = Record<string, number>;

function count(pieces: Pieces, article: string, quantity: number): void {
  pieces[article] = (pieces[article] ?? 0) + quantity;
}

function ordered({ lines }: PlannedOrder): Pieces {
  const pieces: Pieces = {};
  for (const { stockCode, unitPrice, quantity } of lines) count(pieces, `${stockCode} at ${unitPrice}`, quantity);
  return pieces;
}

function credited({ lines, refunds }: PlannedOrder, note: number): Pieces {
  const pieces: Pieces = {};
  for (const { line, quantity } of refunds[note]?.credits ?? []) {
    const sold = lines[line];
    if (sold !== undefined) count(pieces, `${sold.stockCode} at ${sold.unitPrice}`, quantity);
  }
  return pieces;
}

/** The items that a move removed from its package, with their unit price. */
function moved(items: readonly MovedItem[]): Pieces {
  const pieces: Pieces = {};
  for (const { quantity, from } of items) {
    const amount = from.before.totals.net - (from.after?.totals.net ?? 0);
    count(pieces, `${from.line.sku} at ${amount / quantity}`, quantity);
  }
  return pieces;
}

type Move = EventOf<'ItemsMovedToShipment' | 'ItemsMovedToRefund'>;
const moveOf = (events: readonly PurchaseEvent[]): Move['data'] => {
  const [first] = events;
  if (first?.type !== 'ItemsMovedToShipment' && first?.type !== 'ItemsMovedToRefund') throw new Error('no move');
  return first.data;
};

/** The expected description of each step. @throws Error if the events differ from it */
function expectStep(order: PlannedOrder, step: number, events: readonly PurchaseEvent[], after: LivePurchase): void {
  const types = events.map(({ type }) => type).join();
  if (step === 0) return expect(types).toBe('PurchaseCreated,PackageAdded');
  const isShipment = step === 1;
  expect(types).toBe(
    isShipment
      ? 'ItemsMovedToShipment,PackageShipped,SenderClocksChanged'
      : 'ItemsMovedToRefund,PackageRefunded,SenderClocksChanged',
  );
  const move = moveOf(events);
  expect(moved(move.items)).toEqual(isShipment ? ordered(order) : credited(order, step - 2));
  expect(move.opened?.type).toBe(isShipment ? 'shipment' : 'refund');
  expect(move.to.name).toBe(isShipment ? `S-${order.invoice}` : order.refunds[step - 2]?.creditNote);
  expect(move.from.type).toBe(isShipment ? 'processing' : 'shipment');
  // The shipped package is empty; the credit note that refunds the last items closes the shipment.
  const isLeft = after.packages.some(({ key }) => key === move.from.key);
  expect(move.closed === undefined).toBe(isLeft);
  if (isShipment) expect(isLeft).toBe(false);
}

function payableAfter({ lines, refunds }: PlannedOrder, step: number): number {
  const sold = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice, 0);
  const back = refunds.slice(0, Math.max(0, step - 1)).flatMap(({ credits }) => credits);
  return sold - back.reduce((sum, { line, quantity }) => sum + quantity * (lines[line]?.unitPrice ?? 0), 0);
}

const STEPS = ['order', 'shipment', 'credit note'] as const;
type Counts = Record<string, Record<(typeof STEPS)[number] | 'events', number>>;

/** Applies the bodies of one order; returns the events of each step. */
function play(order: PlannedOrder): PurchaseEvent[][] {
  let state: PurchaseState = decider.initialState;
  return bodiesOf(order).map((body, step) => {
    const purchase = read(body);
    const decision = decider.decide({ type: 'PutPurchase', purchase, at }, state);
    if (!decision.accepted) throw new Error(decision.refusal.code);
    state = decision.events.reduce(decider.evolve, state);
    if (state.phase !== 'live') throw new Error(state.phase);
    const after = state.purchase;
    expectStep(order, step, decision.events, after);
    expect(isSamePurchase(after, purchase)).toBe(true);
    expect(totalsOf(after).payable).toBe(payableAfter(order, step));
    const isReturned = after.packages.every(({ type }) => type === 'refund');
    expect(statusOf(after.packages)).toBe(step === 0 ? 'processing' : isReturned ? 'returned' : 'shipped');
    return [...decision.events];
  });
}

function tally(counts: Counts, steps: readonly PurchaseEvent[][]): void {
  for (const [index, events] of steps.entries())
    for (const { type } of events) {
      const row = (counts[type] ??= { order: 0, shipment: 0, 'credit note': 0, events: 0 });
      row[STEPS[Math.min(index, 2)] ?? 'credit note'] += 1;
      row.events += 1;
    }
}

describe('every invoice of the file', () => {
  it('becomes an order, one complete shipment and one refund per credit note with exactly its items', async () => {
    const { orders } = await planFile(file, Infinity);
    const counts: Counts = {};
    for (const order of orders)
      try {
        tally(counts, play(order));
      } catch (error) {
        throw new Error(`invoice ${order.invoice}: ${String(error)}`, { cause: error });
      }
    const notes = orders.reduce((sum, { refunds }) => sum + refunds.length, 0);
    expect(counts.ItemsMovedToShipment).toMatchObject({ shipment: orders.length, events: orders.length });
    expect(counts.ItemsMovedToRefund).toMatchObject({ 'credit note': notes, events: notes });
    if (process.env.INVOICES === undefined) return;
    console.log(`${orders.length} orders with ${notes} credit notes`);
    console.table(counts);
  }, 1_800_000);
});
