import { line, orderOf, pack } from '../../../test/builders';
import { type Decision, decider, type PurchaseCommand, type Refusal } from './decider';
import { MAX_AMOUNT } from './money/money';
import type { PurchaseEvent, Transaction, UsdRate } from './events';
import { evolve } from './evolve';
import { ERASED } from './personal-data';
import { PURCHASE_TYPES, type Package, type Purchase, type PurchaseType } from './purchase';
import type { HistoryEntry, PurchaseState } from './state';
import { occurredAt } from './occurred-at';
import { inWords } from './words/words';

const at = '2026-03-01T00:00:00.000Z';
const purchase = (packages: Package[], more: Partial<Purchase> = {}): Purchase =>
  orderOf(packages, { identifiers: { internal: 'E1' }, ...more });

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

describe('events of a PUT', () => {
  it('lists a new purchase with a shipment and a refund in business order', () => {
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
    expect(occurredAt(events, decider.initialState, after(decider.initialState, events), at)).toEqual([
      at,
      at,
      at,
      '2026-02-01T00:00:00.000Z',
      '2026-02-02T00:00:00.000Z',
      '2026-02-03T00:00:00.000Z',
    ]);
  });

  it('ships all items by one move that opens one package and closes the other', () => {
    const [move, ...rest] = then(
      purchase([pack('processing', [line('MUG', 3), line('CUP', 2)])]),
      purchase([pack('shipment', [line('CUP', 2), line('MUG', 3)])]),
    );
    expect(rest).toEqual([]);
    expect(move).toMatchObject({
      type: 'ItemsMovedToShipment',
      data: { opened: { type: 'shipment' }, closed: { type: 'processing' } },
    });
    expect(inWords(move!, { currency: 'GBP' })).toBe('3 × MUG, 2 × CUP moved from Processing to Shipment');
  });

  it('states the refunded and the remaining quantity', () => {
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

  it('moves one line to two packages by two moves whose amounts add up exactly', () => {
    const events = then(
      purchase([pack('processing', [line('MUG', 3, 100 / 3)])]),
      purchase([pack('shipment', [line('MUG', 1, 34)]), pack('cancelled', [line('MUG', 2, 33)])]),
    );
    expect(types(events)).toEqual(['ItemsMovedToShipment', 'ItemsMovedToCancelled']);
    expect(events[1]).toMatchObject({
      data: { closed: { type: 'processing' }, items: [{ quantity: 2, to: { after: { totals: { gross: 66 } } } }] },
    });
  });

  it('separates moved, added and removed items', () => {
    const events = then(
      purchase([pack('processing', [line('MUG', 3), line('CUP', 1)])]),
      purchase([pack('shipment', [line('MUG', 3), line('TEA', 1)])]),
    );
    expect(types(events)).toEqual(['ItemsAdded', 'ItemsMovedToShipment', 'PackageRemoved']);
  });

  it('has separate events for a corrected and a withdrawn date', () => {
    const shippedAt = (date?: string): Purchase =>
      purchase([pack('shipment', [line('MUG', 1)], { dates: date ? { shippedAt: date } : {} })]);
    const [first, second] = ['2026-02-01T00:00:00.000Z', '2026-02-02T00:00:00.000Z'];
    expect(types(then(shippedAt(), shippedAt(first)))).toEqual(['PackageShipped']);
    expect(types(then(shippedAt(first), shippedAt(second)))).toEqual(['PackageMilestoneCorrected']);
    expect(types(then(shippedAt(first), shippedAt()))).toEqual(['PackageMilestoneWithdrawn']);
  });

  const items = [pack('processing', [line('MUG', 1)])];

  it.each<[PurchaseType, PurchaseType, string]>([
    ['cart', 'quote', 'QuoteRequested'],
    ['cart', 'awaiting_approval', 'ApprovalRequested'],
    ['cart', 'order_unconfirmed', 'PurchaseSubmitted'],
    ['cart', 'order', 'PurchaseSubmitted'],
    ['quote', 'cart', 'TypeChanged'],
    ['quote', 'awaiting_approval', 'ApprovalRequested'],
    ['quote', 'order_unconfirmed', 'PurchaseSubmitted'],
    ['quote', 'order', 'PurchaseSubmitted'],
    ['awaiting_approval', 'cart', 'TypeChanged'],
    ['awaiting_approval', 'order_unconfirmed', 'PurchaseApproved'],
    ['awaiting_approval', 'order', 'PurchaseApproved'],
    ['order_unconfirmed', 'order', 'TypeConfirmed'],
  ])('for the change of a %s to a %s is %s', (before, after, event) => {
    expect(then(purchase(items, { type: before }), purchase(items, { type: after }))).toEqual([
      { type: event, data: { before, after, at } },
    ]);
  });

  it('has no type event if the type stays the same', () => {
    for (const type of PURCHASE_TYPES) expect(then(purchase(items, { type }), purchase(items, { type }))).toEqual([]);
  });
});

describe('refusals', () => {
  const items = [pack('processing', [line('MUG', 1)])];
  const id = '63428136-658f-48a6-beb7-7f333dfd9686';

  it.each<[PurchaseType, PurchaseType]>([
    ['awaiting_approval', 'quote'],
    ['order_unconfirmed', 'cart'],
    ['order_unconfirmed', 'quote'],
    ['order_unconfirmed', 'awaiting_approval'],
    ['order', 'cart'],
    ['order', 'quote'],
    ['order', 'awaiting_approval'],
    ['order', 'order_unconfirmed'],
  ])('refuses the change of a %s to a %s', (before, after) => {
    expect(refusal(given(purchase(items, { type: before })), purchase(items, { type: after }))).toEqual({
      code: 'type-change-refused',
      before,
      after,
    });
  });

  it('refuses another sparklayer id and keeps an omitted one', () => {
    const state = given(purchase(items, { identifiers: { sparklayer: id } }));
    const other = `7${id.slice(1)}`;
    expect(refusal(state, purchase(items, { identifiers: { sparklayer: other } }))).toEqual({
      code: 'sparklayer-id-is-immutable',
      stored: id,
      sent: other,
    });
    expect(types(decideOn(state, put(purchase(items, { identifiers: { visible: 'V' } }))))).toEqual([
      'IdentifierAssigned',
    ]);
  });

  it('refuses an older revision date, accepts an equal one, and keeps the guard if it is omitted', () => {
    const dated = (day: number | undefined): Purchase =>
      purchase(items, { revisionDate: day && `2026-01-0${day}T00:00:00.000Z` } as Partial<Purchase>);
    const state = given(dated(2), dated(undefined));
    expect(refusal(state, dated(1))).toEqual({
      code: 'stale-revision',
      stored: '2026-01-02T00:00:00.000Z',
      sent: '2026-01-01T00:00:00.000Z',
    });
    expect(refusal(given(dated(undefined)), dated(1))).toBeUndefined();
    expect(decideOn(state, put(dated(2)))).toEqual([]);
    expect(types(decideOn(state, put(dated(3))))).toEqual(['SenderClocksChanged']);
  });

  it('refuses changes of a purchase that does not exist', () => {
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

  it('are recorded once and changed by their platform id; a repeat has no event', () => {
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

  it('are found by a platform id that was stored before identifiers were normalised', () => {
    for (const platformId of ['Caf\u00e9 ', 'Cafe\u0301', '\ufeffCaf\u00e9']) {
      const on = given(purchase([pack('processing', [line('MUG', 1)])]));
      const stored: PurchaseEvent = { type: 'PaymentRecorded', data: { transaction: { ...payment, platformId } } };
      const sent = { ...payment, platformId: 'Caf\u00e9' };
      const events = decideOn(decider.evolve(on, stored), {
        type: 'RecordTransaction',
        transaction: sent,
        currency: 'GBP',
      });
      expect(events).toEqual([
        { type: 'TransactionChanged', data: { before: { ...payment, platformId }, after: sent } },
      ]);
    }
  });

  it('may add up to at most the largest amount', () => {
    const on = given(purchase([pack('processing', [line('MUG', 1)])]));
    const record = (state: PurchaseState, platformId: string, amount: number): Decision =>
      decider.decide(
        { type: 'RecordTransaction', transaction: { platformId, type: 'refund', amount }, currency: 'GBP' },
        state,
      );
    const full = decideOn(on, {
      type: 'RecordTransaction',
      transaction: { ...payment, amount: MAX_AMOUNT },
      currency: 'GBP',
    }).reduce(decider.evolve, on);
    expect(record(full, 't2', 1)).toEqual({
      accepted: false,
      refusal: { code: 'sum-too-large', currency: 'GBP' },
    });
    expect(record(full, 't1', MAX_AMOUNT)).toMatchObject({ accepted: true });
  });

  it('keep opaque data as sent, including the order within arrays', () => {
    const on = given(purchase([pack('processing', [line('MUG', 1)])]));
    const record = (state: PurchaseState, particulars: unknown): readonly PurchaseEvent[] =>
      decideOn(state, { type: 'RecordTransaction', transaction: { ...payment, particulars }, currency: 'GBP' });
    const after = record(on, { a: [1, 2] }).reduce(decider.evolve, on);
    expect(record(after, { a: [1, 2] })).toEqual([]);
    expect(types(record(after, { a: [2, 1] }))).toEqual(['TransactionChanged']);
    expect(types(record(after, { a: [1, 2], constructor: 1 }))).toEqual(['TransactionChanged']);
  });

  it('fix the currency of the purchase, which may change before the first of them', () => {
    const sent = purchase([pack('processing', [line('MUG', 1)])]);
    const state = given(sent);
    const toEuro = { type: 'PutPurchase', purchase: { ...sent, currency: 'EUR' }, at } as const;
    expect(decideOn(state, toEuro).map(({ type }) => type)).toEqual(['CurrencyChanged']);
    const paid = decideOn(state, { type: 'RecordTransaction', transaction: payment, currency: 'GBP' });
    expect(decider.decide(toEuro, paid.reduce(decider.evolve, state))).toEqual({
      accepted: false,
      refusal: { code: 'currency-change-refused', stored: 'GBP', sent: 'EUR' },
    });
  });
});

const itemsOf = (): Package[] => [pack('processing', [line('MUG', 1)])];
const after = (state: PurchaseState, events: readonly PurchaseEvent[]): PurchaseState => events.reduce(evolve, state);

describe('history entries', () => {
  const said = (data: Partial<HistoryEntry['data']> = {}, type: HistoryEntry['type'] = 'NoteAdded'): HistoryEntry => ({
    type,
    data: { body: 'Called back', at, ...data },
  });
  const add = (state: PurchaseState, entry: HistoryEntry) => decider.decide({ type: 'AddHistoryEntry', entry }, state);

  it('are kept in order, including repeats without a key', () => {
    const state = given(purchase(itemsOf()));
    const twice = after(state, [said(), said({}, 'EmailSent'), said()]);
    expect(twice).toMatchObject({ purchase: { history: [said(), said({}, 'EmailSent'), said()] } });
    expect(add(twice, said())).toEqual({ accepted: true, events: [said()] });
  });

  it('with the same idempotency key are added once, even if the repeat has a later time', () => {
    const state = after(given(purchase(itemsOf())), [said({ idempotencyKey: 'k' })]);
    const later = '2026-03-02T00:00:00.000Z';
    expect(add(state, said({ idempotencyKey: 'k', at: later }))).toEqual({ accepted: true, events: [] });
    expect(add(state, said({ idempotencyKey: 'l' }))).toMatchObject({ accepted: true, events: [{}] });
  });

  it.each([
    ['another body', said({ idempotencyKey: 'k', body: 'Else' })],
    ['another kind', said({ idempotencyKey: 'k' }, 'EmailSent')],
  ])('with a key that was used for %s are refused', (_, entry) => {
    const state = after(given(purchase(itemsOf())), [said({ idempotencyKey: 'k' })]);
    expect(add(state, entry)).toEqual({ accepted: false, refusal: { code: 'idempotency-key-reused' } });
  });
});

describe('the rate in US dollars', () => {
  const usdRate: UsdRate = { currency: 'GBP', day: '2026-03-01', rate: '1.25' };
  const putAt = (sent: Purchase, rate?: UsdRate): PurchaseCommand => ({
    type: 'PutPurchase',
    purchase: sent,
    at,
    usdRate: rate,
  });
  const fixed = (state: PurchaseState, sent: Purchase, rate?: UsdRate): boolean =>
    types(decideOn(state, putAt(sent, rate))).includes('UsdRateFixed');

  it('is fixed at the first submission and does not change', () => {
    const cart = purchase(itemsOf(), { type: 'cart' });
    expect(fixed(decider.initialState, cart, usdRate)).toBe(false);
    const state = given(cart);
    const events = decideOn(state, putAt(purchase(itemsOf()), usdRate));
    expect(events.at(-1)).toEqual({ type: 'UsdRateFixed', data: usdRate });
    const submitted = after(state, events);
    expect(submitted).toMatchObject({ purchase: { usdRate, submittedAt: at } });
    expect(fixed(submitted, purchase(itemsOf(), { customerReference: 'PO 2' }), usdRate)).toBe(false);
  });

  it('is fixed at the creation of a submitted purchase', () => {
    expect(fixed(decider.initialState, purchase(itemsOf()), usdRate)).toBe(true);
  });

  it('is not fixed without a rate for the currency', () => {
    expect(fixed(decider.initialState, purchase(itemsOf()))).toBe(false);
    expect(fixed(decider.initialState, purchase(itemsOf()), { ...usdRate, currency: 'EUR' })).toBe(false);
  });
});

describe('the time of submission', () => {
  const submittedAt = (state: PurchaseState): string | undefined =>
    state.phase === 'live' ? state.purchase.submittedAt : undefined;

  it('is the placement date, else the time of the first submission, and does not change', () => {
    const placedAt = '2026-02-01T00:00:00.000Z';
    expect(submittedAt(given(purchase(itemsOf(), { dates: { placedAt } })))).toBe(placedAt);
    expect(submittedAt(given(purchase(itemsOf())))).toBe(at);
    expect(submittedAt(given(purchase(itemsOf(), { type: 'quote' })))).toBeUndefined();
    const confirmed = given(
      purchase(itemsOf(), { type: 'order_unconfirmed', dates: { placedAt } }),
      purchase(itemsOf(), { dates: { placedAt } }),
    );
    expect(submittedAt(confirmed)).toBe(placedAt);
  });
});

describe('a deleted purchase', () => {
  const deleted = after(given(purchase(itemsOf())), [{ type: 'PurchaseDeleted', data: { at } }]);

  it('refuses all commands except a PUT, which creates another purchase', () => {
    expect(decideOn(given(purchase(itemsOf())), { type: 'DeletePurchase', at })).toEqual([
      { type: 'PurchaseDeleted', data: { at } },
    ]);
    expect(deleted).toEqual({ phase: 'deleted' });
    expect(decider.decide({ type: 'ErasePersonalData', at }, deleted)).toMatchObject({
      refusal: { code: 'purchase-not-found' },
    });
    expect(types(decideOn(deleted, put(purchase(itemsOf()))))).toEqual(['PurchaseCreated', 'PackageAdded']);
  });

  it('may be followed by another, which contains its id', () => {
    const events = decideOn(decider.initialState, {
      type: 'PutPurchase',
      purchase: purchase(itemsOf()),
      at,
      follows: 'p-1',
    });
    expect(after(decider.initialState, events)).toMatchObject({ purchase: { follows: 'p-1' } });
  });
});

describe('erasure', () => {
  const address = {
    name: 'Ann',
    company: 'Acme',
    addressLine1: '1 Street',
    city: 'Town',
    countryCode: 'GB',
    phone: '1',
  };
  const erased = { addressLine1: ERASED, city: ERASED, countryCode: 'GB' };
  const known = purchase([pack('processing', [line('MUG', 1)], { shippingAddress: address })], {
    customer: { sparklayer: 'c' },
    billingAddress: address,
    customerReference: 'PO 1',
    customFields: [{ name: 'f', value: 'Ann' }],
    metadata: [{ name: 'm', value: 'Ann' }],
  });
  const full = after(given(known), [
    {
      type: 'PaymentRecorded',
      data: { transaction: { platformId: 't', type: 'payment', amount: 5, particulars: 'Ann' } },
    },
    { type: 'MessagePosted', data: { body: 'I am Ann', at, createdBy: 'ann', idempotencyKey: 'k' } },
    { type: 'EmailSent', data: { body: 'Dear Ann', at } },
  ]);

  it('keeps items, dates, amounts and the country', () => {
    const events = decideOn(full, { type: 'ErasePersonalData', at });
    expect(events).toEqual([{ type: 'PersonalDataErased', data: { at } }]);
    const state = after(full, events);
    expect(JSON.stringify(state)).not.toMatch(/Ann|ann|Acme|Street|PO 1/);
    expect(state).toMatchObject({
      purchase: {
        customer: {},
        billingAddress: erased,
        customFields: [],
        metadata: [],
        packages: [{ shippingAddress: erased, items: [line('MUG', 1)] }],
        transactions: [{ platformId: 't', type: 'payment', amount: 5 }],
        history: [
          { type: 'MessagePosted', data: { body: ERASED, at, idempotencyKey: 'k' } },
          { type: 'EmailSent', data: { body: ERASED, at } },
        ],
      },
    });
  });

  it('has no event the second time, or without personal data', () => {
    const once = after(full, decideOn(full, { type: 'ErasePersonalData', at }));
    expect(decideOn(once, { type: 'ErasePersonalData', at })).toEqual([]);
    expect(decideOn(given(purchase(itemsOf())), { type: 'ErasePersonalData', at })).toEqual([]);
  });

  it('does not add an absent address', () => {
    const state = after(given(purchase(itemsOf(), { customer: { sparklayer: 'c' } })), [
      { type: 'PersonalDataErased', data: { at } },
    ]);
    expect(state).not.toHaveProperty('purchase.billingAddress');
    expect(state).not.toHaveProperty('purchase.packages.0.shippingAddress');
  });
});

describe('an invalid history', () => {
  const change: PurchaseEvent = { type: 'PurchaseDeleted', data: { at } };

  it('throws for an event that cannot follow', () => {
    expect(() => evolve(decider.initialState, change)).toThrow('PurchaseDeleted for a purchase that is absent');
    expect(() => evolve({ phase: 'deleted' }, change)).toThrow('PurchaseDeleted for a purchase that is deleted');
    const unknown = { type: 'FromTheFuture', data: {} } as unknown as PurchaseEvent;
    expect(() => evolve(given(purchase(itemsOf())), unknown)).toThrow(
      'no such event: {"type":"FromTheFuture","data":{}}',
    );
  });

  it('throws for units of a line that does not exist', () => {
    const [move] = then(purchase([pack('processing', [line('MUG', 1)])]), purchase([pack('refund', [line('MUG', 1)])]));
    if (move === undefined) throw new Error('no move');
    expect(() => evolve(given(purchase([pack('processing', [])])), move)).toThrow(
      'pieces of line 1, which its package does not have',
    );
  });

  it('ignores IdentifierForfeited in every state', () => {
    const forfeit: PurchaseEvent = { type: 'IdentifierForfeited', data: { kind: 'visible', value: 'V', to: 'p-2' } };
    for (const state of [decider.initialState, given(purchase(itemsOf())), { phase: 'deleted' } as const])
      expect(evolve(state, forfeit)).toBe(state);
  });
});
