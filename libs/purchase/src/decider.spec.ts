import { decider, type PurchaseCommand, type Refusal } from './decider';
import type { PurchaseEvent, Transaction } from './events';
import type { LineItem, Package, PackageType, Purchase, PurchaseType } from './purchase';
import type { PurchaseState } from './state';
import { happenedAt, inWords } from './words';

const at = '2026-03-01T00:00:00.000Z';
const line = (name: string, quantity: number, net = quantity * 100): LineItem => ({
  quantity,
  totals: { net, tax: 0, gross: net },
  details: { sku: name, nameParent: name, customAttributes: [], taxLines: [] },
});
const pack = (type: PackageType, items: LineItem[], more: Partial<Package> = {}): Package => ({
  type,
  identifiers: {},
  dates: {},
  trackings: [],
  accountingFiles: [],
  items,
  ...more,
});
const purchase = (packages: Package[], more: Partial<Purchase> = {}): Purchase => ({
  type: 'order',
  currency: 'GBP',
  identifiers: { internal: 'E1' },
  customer: {},
  dates: {},
  accountingFiles: [],
  customFields: [],
  metadata: [],
  taxLines: [],
  packages,
  ...more,
});

const decideOn = (state: PurchaseState, command: PurchaseCommand): readonly PurchaseEvent[] => {
  const decision = decider.decide(command, state);
  if (!decision.accepted) throw new Error(decision.refusal.code);
  return decision.events;
};
const put = (sent: Purchase): PurchaseCommand => ({ type: 'PutPurchase', purchase: sent, at });
const given = (...history: Purchase[]): PurchaseState =>
  history.reduce((state, each) => decideOn(state, put(each)).reduce(decider.evolve, state), decider.initialState);
const types = (events: readonly PurchaseEvent[]): string[] => events.map(({ type }) => type);
const then = (before: Purchase, after: Purchase): readonly PurchaseEvent[] => decideOn(given(before), put(after));
const refusal = (state: PurchaseState, sent: Purchase): Refusal | undefined => {
  const decision = decider.decide(put(sent), state);
  return decision.accepted ? undefined : decision.refusal;
};

describe('what happened', () => {
  it('when a purchase is first seen already shipped and partly refunded, is told in business order', () => {
    const seen = purchase([
      pack('refund', [line('MUG', 1)], { dates: { refundedAt: '2026-02-03T00:00:00.000Z' } }),
      pack('shipment', [line('MUG', 3)], {
        dates: { deliveredAt: '2026-02-02T00:00:00.000Z', shippedAt: '2026-02-01T00:00:00.000Z' },
      }),
    ]);
    const events = decideOn(decider.initialState, put(seen));
    expect(types(events)).toEqual([
      'PurchaseCreated',
      'PackageAdded',
      'PackageAdded',
      'PackageShipped',
      'PackageDelivered',
      'PackageRefunded',
    ]);
    expect(events.map(happenedAt)).toEqual([
      at,
      undefined,
      undefined,
      '2026-02-01T00:00:00.000Z',
      '2026-02-02T00:00:00.000Z',
      '2026-02-03T00:00:00.000Z',
    ]);
  });

  it('when all items are shipped, is one move that opens one package and closes the other', () => {
    const [move, ...rest] = then(
      purchase([pack('processing', [line('MUG', 3), line('CUP', 2)])]),
      purchase([pack('shipment', [line('CUP', 2), line('MUG', 3)])]),
    );
    expect(rest).toEqual([]);
    expect(move).toMatchObject({
      type: 'ItemsMovedToShipment',
      data: { opened: { type: 'shipment' }, closed: { type: 'processing' } },
    });
    expect(inWords(move!, 'GBP')).toBe('3 × MUG, 2 × CUP moved from Processing to Shipment');
  });

  it('when some items are refunded, says how many, and what is left', () => {
    const [move] = then(
      purchase([pack('shipment', [line('MUG', 3)])]),
      purchase([
        pack('shipment', [line('MUG', 2)]),
        pack('refund', [line('MUG', 1)], { identifiers: { visible: 'R-1' } }),
      ]),
    );
    expect(move).toMatchObject({
      type: 'ItemsMovedToRefund',
      data: {
        items: [
          { quantity: 1, from: { before: { quantity: 3 }, after: { quantity: 2 } }, to: { after: { quantity: 1 } } },
        ],
      },
    });
    expect(move).not.toHaveProperty('data.closed');
  });

  it('when one line goes to two packages, is two moves that add up to the penny', () => {
    const events = then(
      purchase([pack('processing', [line('MUG', 3, 100)])]),
      purchase([pack('shipment', [line('MUG', 1, 34)]), pack('cancelled', [line('MUG', 2, 66)])]),
    );
    expect(types(events)).toEqual(['ItemsMovedToShipment', 'ItemsMovedToCancelled']);
    expect(events[1]).toMatchObject({
      data: { closed: { type: 'processing' }, items: [{ quantity: 2, to: { after: { totals: { gross: 66 } } } }] },
    });
  });

  it('when items move and others come and go, tells each apart', () => {
    const events = then(
      purchase([pack('processing', [line('MUG', 3), line('CUP', 1)])]),
      purchase([pack('shipment', [line('MUG', 3), line('TEA', 1)])]),
    );
    expect(types(events)).toEqual(['PackageAdded', 'ItemsMovedToShipment', 'PackageRemoved']);
  });

  it('when a date is corrected or withdrawn, has events of its own', () => {
    const shippedAt = (date?: string): Purchase =>
      purchase([pack('shipment', [line('MUG', 1)], { dates: date ? { shippedAt: date } : {} })]);
    const [first, second] = ['2026-02-01T00:00:00.000Z', '2026-02-02T00:00:00.000Z'];
    expect(types(then(shippedAt(), shippedAt(first)))).toEqual(['PackageShipped']);
    expect(types(then(shippedAt(first), shippedAt(second)))).toEqual(['PackageMilestoneCorrected']);
    expect(types(then(shippedAt(first), shippedAt()))).toEqual(['PackageMilestoneWithdrawn']);
  });

  it.each<[PurchaseType, PurchaseType, string]>([
    ['cart', 'quote', 'QuoteRequested'],
    ['cart', 'awaiting_approval', 'ApprovalRequested'],
    ['quote', 'awaiting_approval', 'ApprovalRequested'],
    ['cart', 'order_unconfirmed', 'PurchaseSubmitted'],
    ['quote', 'order', 'PurchaseSubmitted'],
    ['quote', 'cart', 'TypeChanged'],
    ['awaiting_approval', 'cart', 'TypeChanged'],
    ['awaiting_approval', 'order', 'PurchaseApproved'],
    ['awaiting_approval', 'order_unconfirmed', 'PurchaseApproved'],
    ['order_unconfirmed', 'order', 'TypeConfirmed'],
  ])('when a %s becomes a %s, is %s', (before, after, event) => {
    const items = [pack('processing', [line('MUG', 1)])];
    expect(types(then(purchase(items, { type: before }), purchase(items, { type: after })))).toEqual([event]);
  });
});

describe('what is refused', () => {
  const items = [pack('processing', [line('MUG', 1)])];
  const id = '63428136-658f-48a6-beb7-7f333dfd9686';

  it.each<[PurchaseType, PurchaseType]>([
    ['order', 'cart'],
    ['order', 'order_unconfirmed'],
    ['order_unconfirmed', 'cart'],
    ['order_unconfirmed', 'quote'],
    ['awaiting_approval', 'quote'],
  ])('is that a %s becomes a %s', (before, after) => {
    expect(refusal(given(purchase(items, { type: before })), purchase(items, { type: after }))).toEqual({
      code: 'type-change-refused',
      before,
      after,
    });
  });

  it('is another sparklayer id; leaving it out keeps it', () => {
    const state = given(purchase(items, { identifiers: { sparklayer: id } }));
    expect(refusal(state, purchase(items, { identifiers: { sparklayer: `7${id.slice(1)}` } }))?.code).toBe(
      'sparklayer-id-is-immutable',
    );
    expect(types(decideOn(state, put(purchase(items, { identifiers: { visible: 'V' } }))))).toEqual([
      'IdentifierAssigned',
    ]);
  });

  it('is an older revision date; the same one is accepted, and none disarms nothing', () => {
    const dated = (day: number | undefined): Purchase =>
      purchase(items, { revisionDate: day && `2026-01-0${day}T00:00:00.000Z` } as Partial<Purchase>);
    const state = given(dated(2), dated(undefined));
    expect(refusal(state, dated(1))).toMatchObject({ code: 'stale-revision' });
    expect(decideOn(state, put(dated(2)))).toEqual([]);
    expect(types(decideOn(state, put(dated(3))))).toEqual(['RevisionDateChanged']);
  });

  it('is any change of what is not there', () => {
    for (const command of [
      { type: 'DeletePurchase', at },
      { type: 'RecordTransaction', transaction: { platformId: 't1', type: 'payment', amount: 1 }, currency: 'GBP' },
    ] as const)
      expect(decider.decide(command, decider.initialState)).toEqual({
        accepted: false,
        refusal: { code: 'purchase-not-found' },
      });
  });
});

describe('transactions', () => {
  const payment = { platformId: 't1', type: 'payment', amount: 100 } as const;

  it('are recorded once, changed by their platform id, and silent the second time', () => {
    const state = given(purchase([pack('processing', [line('MUG', 1)])]));
    const record = (on: PurchaseState, transaction: Transaction): readonly PurchaseEvent[] =>
      decideOn(on, { type: 'RecordTransaction', transaction, currency: 'GBP' });
    const recorded = record(state, payment);
    expect(types(recorded)).toEqual(['PaymentRecorded']);
    expect(types(record(state, { ...payment, type: 'refund' }))).toEqual(['RefundRecorded']);
    const after = recorded.reduce(decider.evolve, state);
    expect(record(after, payment)).toEqual([]);
    expect(types(record(after, { ...payment, amount: 50 }))).toEqual(['TransactionChanged']);
    expect(types(record(after, { ...payment, platformId: 't2' }))).toEqual(['PaymentRecorded']);
    expect(decider.decide({ type: 'RecordTransaction', transaction: payment, currency: 'EUR' }, state)).toEqual({
      accepted: false,
      refusal: { code: 'currency-mismatch', stored: 'GBP', sent: 'EUR' },
    });
  });
});
