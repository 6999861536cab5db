import { line, orderOf, pack } from '../../../test/builders';
import { decider } from './decider';
import { evolveAll } from './evolve';
import { occurredAt } from './occurred-at';
import type { Package, PackageType, Purchase } from './purchase';
import type { PurchaseState } from './state';

const call = '2026-03-10T12:00:00.000Z';
const day = (n: number): string => `2026-03-0${n}T00:00:00.000Z`;
const order = (packages: Package[], more: Partial<Purchase> = {}): Purchase =>
  orderOf(packages, { identifiers: { internal: 'E1' }, ...more });

/** The events of a PUT with their times, and the state after them. */
function put(sent: Purchase, before: PurchaseState = decider.initialState): { told: string[]; state: PurchaseState } {
  const decision = decider.decide({ type: 'PutPurchase', purchase: sent, at: call }, before);
  if (!decision.accepted) throw new Error(decision.refusal.code);
  const state = evolveAll(before, decision.events);
  const times = occurredAt(decision.events, before, state, call);
  return { told: decision.events.map(({ type }, index) => `${type} ${times[index]}`), state };
}
const then = (before: Purchase, after: Purchase): string[] => put(after, put(before).state).told;

const waiting = order([pack('processing', [line('MUG', 2)])]);
const updatedOn = (n: number, sent: Purchase): Purchase => ({ ...sent, dates: { ...sent.dates, updatedAt: day(n) } });

describe('the time of an event', () => {
  it('in the first PUT is the creation date, except for events with a date of their own', () => {
    const sent = order([pack('shipment', [line('MUG', 2)], { dates: { shippedAt: day(3), updatedAt: day(4) } })], {
      dates: { createdAt: day(1), updatedAt: day(5) },
    });
    expect(put(sent).told).toEqual([`PurchaseCreated ${day(1)}`, `PackageAdded ${day(1)}`, `PackageShipped ${day(3)}`]);
  });

  it('is the milestone of the package in which items arrive', () => {
    const sent = order([pack('shipment', [line('MUG', 2)], { dates: { shippedAt: day(3), updatedAt: day(4) } })]);
    expect(then(waiting, sent)).toEqual([`ItemsMovedToShipment ${day(3)}`, `PackageShipped ${day(3)}`]);
  });

  it('is the milestone of a package that becomes a shipment, a refund or a cancellation', () => {
    const named = (type: PackageType, dates: Package['dates'] = {}): Purchase =>
      order([pack(type, [line('MUG', 2)], { name: 'P-1', dates })]);
    const waits = named('processing');
    expect(then(waits, named('shipment', { shippedAt: day(3), updatedAt: day(4) }))).toEqual(
      expect.arrayContaining([`PackageTypeChanged ${day(3)}`, `PackageShipped ${day(3)}`]),
    );
    expect(then(waits, named('cancelled', { cancelledAt: day(5) }))[0]).toBe(`PackageTypeChanged ${day(5)}`);
    expect(then(waits, named('on_hold', { updatedAt: day(4) }))[0]).toBe(`PackageTypeChanged ${day(4)}`);
  });

  it('is else updated_at of the package, then of the purchase, the revision date, the time of the request', () => {
    const more = (dates: Package['dates']): Purchase => order([pack('processing', [line('MUG', 3)], { dates })]);
    const of = (sent: Purchase): string | undefined =>
      then(waiting, sent).find((told) => told.startsWith('ItemQuantityChanged'));
    expect(of(updatedOn(5, more({ updatedAt: day(4) })))).toBe(`ItemQuantityChanged ${day(4)}`);
    expect(of({ ...updatedOn(5, more({})), revisionDate: day(6) })).toBe(`ItemQuantityChanged ${day(5)}`);
    expect(of({ ...more({}), revisionDate: day(6) })).toBe(`ItemQuantityChanged ${day(6)}`);
    expect(of(more({}))).toBe(`ItemQuantityChanged ${call}`);
  });

  it('is not a time that an earlier PUT contained', () => {
    const more = updatedOn(5, order([pack('processing', [line('MUG', 3)])]));
    expect(then(updatedOn(5, waiting), more)).toEqual([`ItemQuantityChanged ${call}`]);
  });

  it('follows the same rule for a change of type, unless the body has a new placement date', () => {
    const quote = { ...waiting, type: 'quote' } as const;
    expect(then(quote, updatedOn(5, waiting))).toContain(`PurchaseSubmitted ${day(5)}`);
    expect(then(quote, { ...waiting, dates: { placedAt: day(2), updatedAt: day(5) } })).toContain(
      `PurchaseSubmitted ${day(2)}`,
    );
  });

  it('is never later than the request', () => {
    const sent = order([pack('shipment', [line('MUG', 2)], { dates: { shippedAt: '2026-04-01T00:00:00.000Z' } })]);
    expect(then(waiting, sent)).toEqual([`ItemsMovedToShipment ${call}`, `PackageShipped ${call}`]);
    expect(then(waiting, { ...waiting, revisionDate: '9999-01-01T00:00:00.000Z' })).toEqual([
      `SenderClocksChanged ${call}`,
    ]);
  });

  it('of a deletion, a message or a transaction is the time in the command', () => {
    const { state } = put(waiting);
    const decision = decider.decide({ type: 'DeletePurchase', at: day(7) }, state);
    const events = decision.accepted ? decision.events : [];
    expect(occurredAt(events, state, evolveAll(state, events), call)).toEqual([day(7)]);
    const paid = {
      type: 'PaymentRecorded',
      data: { transaction: { platformId: '1', type: 'payment', amount: 1, happenedAt: day(2) } },
    } as const;
    expect(occurredAt([paid], state, evolveAll(state, [paid]), call)).toEqual([day(2)]);
  });
});
