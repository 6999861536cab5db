import type { Identifiers, Purchase } from '@app/purchase/purchase';
import { MemoryEventStore } from '../../../../test/memory-event-store';
import { by, contextOf, order, refusalOf, written } from '../../../../test/writing';
import { EventStoreUnavailable } from '@app/event-store/event-store';
import { PurchaseWriter } from '../purchase-writer';
import type { Target, WriteOutcome } from '../write-outcome';

const cartId = '63428136-658f-48a6-beb7-7f333dfd9686';
const otherId = '73428136-658f-48a6-beb7-7f333dfd9686';

describe('the identifiers of purchases', () => {
  let store: MemoryEventStore;
  let writer: PurchaseWriter;
  beforeEach(() => {
    store = new MemoryEventStore();
    writer = new PurchaseWriter(store, { sleep: async () => {} });
  });

  const put = (target: Target, identifiers: Identifiers = {}, more: Partial<Purchase> = {}): Promise<WriteOutcome> =>
    writer.put(target, order({ identifiers, ...more }), contextOf());
  const given = async (target: Target, identifiers: Identifiers = {}, more: Partial<Purchase> = {}): Promise<string> =>
    written(await put(target, identifiers, more)).purchaseId;
  const remove = (target: Target): Promise<WriteOutcome> => writer.delete(target, contextOf());
  /** The id of the purchase at a path, read through a writer with an empty cache; undefined: none. */
  const at = async (target: Target): Promise<string | undefined> => {
    const elsewhere = new PurchaseWriter(store, { cacheBytes: 0 });
    const outcome = await elsewhere.put(target, order(), contextOf(), {}, { dryRun: true });
    return outcome.kind === 'written' && !outcome.created ? outcome.purchaseId : undefined;
  };

  it('given a cart, when the ERP assigns its own number, then it is found by both', async () => {
    const cart = await given(by('sparklayer', cartId));
    const outcome = written(await put(by('sparklayer', cartId), { internal: 'E1' }));
    expect(outcome.events).toEqual([{ type: 'IdentifierAssigned', data: { kind: 'internal', value: 'E1' } }]);
    expect([await at(by('internal', 'E1')), await at(by('sparklayer', cartId))]).toEqual([cart, cart]);
  });

  it('given a cart, when it becomes an order with other identifiers, then it keeps the sparklayer id that the body omits', async () => {
    const cart = await given(by('sparklayer', cartId), {}, { type: 'cart' });
    await put(by('sparklayer', cartId), { platform: 'P1' });
    const outcome = written(await put(by('platform', 'P1'), { internal: 'E1', visible: 'V1' }));
    expect(outcome).toMatchObject({
      purchaseId: cart,
      purchase: { type: 'order', identifiers: { sparklayer: cartId, platform: 'P1', internal: 'E1', visible: 'V1' } },
    });
  });

  it('given an order, when it is renamed, then it is found by the new number and the old one is released', async () => {
    const first = await given(by('internal', 'E1'));
    const outcome = written(await put(by('internal', 'E1'), { internal: 'E2' }));
    expect(outcome.events).toEqual([
      { type: 'IdentifierChanged', data: { kind: 'internal', before: 'E1', after: 'E2' } },
    ]);
    expect([await at(by('internal', 'E2')), await at(by('internal', 'E1'))]).toEqual([first, undefined]);
    const second = written(await put(by('internal', 'E1')));
    expect(second).toMatchObject({ created: true });
    expect(second.purchase).not.toHaveProperty('follows');
  });

  it('given an order of two numbers, when one is omitted, then another purchase and later the same one can claim it', async () => {
    const first = await given(by('internal', 'E1'), { visible: 'V1' });
    await put(by('internal', 'E1'));
    const second = await given(by('internal', 'E2'), { visible: 'V1' });
    expect(await at(by('visible', 'V1'))).toBe(second);
    await put(by('internal', 'E2'));
    await put(by('internal', 'E1'), { visible: 'V1' });
    expect(await at(by('visible', 'V1'))).toBe(first);
  });

  it.each(['V1', 'a/b', '100%', 'Café ?&#', '日本'])(
    'given that another order has %s, when a purchase takes it, then it is told how to reach that one, and both stay as they are',
    async (value) => {
      const owner = await given(by('visible', value));
      const first = await given(by('internal', 'E1'));
      for (const target of [by('internal', 'E1'), by('internal', 'new')]) {
        const refusal = refusalOf(await put(target, { visible: value }));
        expect(refusal).toEqual({
          code: 'identifier-taken',
          kind: 'visible',
          value,
          reachableBy: by('visible', value),
        });
        expect(await at((refusal as { reachableBy: Target }).reachableBy)).toBe(owner);
      }
      expect([await at(by('internal', 'E1')), await at(by('internal', 'new'))]).toEqual([first, undefined]);
      await remove(by('visible', value));
      expect(written(await put(by('internal', 'E1'), { visible: value })).purchaseId).toBe(first);
    },
  );

  it('given two orders, when they take a number in turn, then each holds it in its turn', async () => {
    const [first, second] = [await given(by('internal', 'E1')), await given(by('internal', 'E2'))];
    await put(by('internal', 'E1'), { internal: 'E3' });
    await put(by('internal', 'E2'), { internal: 'E1' });
    await put(by('internal', 'E3'), { internal: 'E2' });
    expect([await at(by('internal', 'E1')), await at(by('internal', 'E2'))]).toEqual([second, first]);
  });

  it('given one number in two systems, then it names two purchases', async () => {
    const [first, second] = [await given(by('internal', '1')), await given(by('visible', '1'))];
    expect(first).not.toBe(second);
  });

  it('given a deleted order, when one of its numbers is written again, then a new purchase records the old one as its predecessor', async () => {
    const gone = await given(by('internal', 'E1'), { visible: 'V1' });
    await remove(by('visible', 'V1'));
    expect([await at(by('internal', 'E1')), await at(by('visible', 'V1'))]).toEqual([undefined, undefined]);
    expect(written(await put(by('visible', 'V1')))).toMatchObject({ created: true, purchase: { follows: gone } });
    expect(written(await put(by('internal', 'E1')))).toMatchObject({ created: true, purchase: { follows: gone } });
  });

  it('given an order whose deletion did not release its claims, when its number is written again, then the predecessor is recorded', async () => {
    const gone = await given(by('internal', 'E1'));
    const dies = store.through(async (step) => {
      if (step.startsWith('append identifier')) throw new EventStoreUnavailable('the process died');
    });
    expect(await new PurchaseWriter(dies).delete(by('internal', 'E1'), contextOf())).toMatchObject({ kind: 'deleted' });
    const before = store.all.length;
    expect(written(await put(by('internal', 'E1')))).toMatchObject({ created: true, purchase: { follows: gone } });
    expect(store.all.slice(before).map(({ type }) => type)).toEqual(['IdentifierClaimed', 'PurchaseCreated']);
  });

  it('given an order that is created and deleted during the fence delay, then the next one records it as its predecessor', async () => {
    let letGo = (): void => {};
    const gate = new Promise<void>((resolve) => (letGo = resolve));
    const slow = store.through(async (step) => {
      if (step.startsWith('append purchase')) await gate;
    });
    const dies = store.through(async (step) => {
      if (step.startsWith('append identifier')) throw new EventStoreUnavailable('the process died');
    });
    const creating = new PurchaseWriter(slow).put(by('internal', 'E1'), order(), contextOf());
    while (store.all.length === 0) await new Promise(setImmediate);
    let gone = '';
    const sleep = async (): Promise<void> => {
      if (gone !== '') return;
      letGo();
      gone = written(await creating).purchaseId;
      await new PurchaseWriter(dies).delete(by('internal', 'E1'), contextOf());
    };
    const next = await new PurchaseWriter(store, { sleep }).put(by('internal', 'E1'), order(), contextOf());
    expect(gone).not.toBe('');
    expect(written(next)).toMatchObject({ created: true, purchase: { follows: gone } });
  });

  it('given a number that a deleted order had dropped before, when it is written again, then no predecessor is recorded', async () => {
    await given(by('internal', 'E1'), { visible: 'V1' });
    await put(by('internal', 'E1'));
    await remove(by('internal', 'E1'));
    expect(written(await put(by('visible', 'V1'))).purchase).not.toHaveProperty('follows');
  });

  it('given a sparklayer id, when a different one is sent, then it is refused; after a deletion another purchase can take it', async () => {
    await given(by('internal', 'E1'));
    expect(written(await put(by('internal', 'E1'), { sparklayer: cartId })).changed).toBe(true);
    expect(refusalOf(await put(by('internal', 'E1'), { sparklayer: otherId }))).toEqual({
      ...{ code: 'sparklayer-id-is-immutable', stored: cartId, sent: otherId },
    });
    expect(refusalOf(await put(by('sparklayer', cartId), { sparklayer: otherId }))).toMatchObject({
      code: 'sparklayer-id-is-immutable',
    });
    expect(refusalOf(await put(by('internal', 'E2'), { sparklayer: cartId }))).toMatchObject({
      ...{ code: 'identifier-taken', kind: 'sparklayer', reachableBy: by('sparklayer', cartId) },
    });
    await remove(by('internal', 'E1'));
    expect(written(await put(by('internal', 'E2'), { sparklayer: cartId })).created).toBe(true);
  });

  it('given no purchase, when body and path have different numbers, then the write is refused and claims nothing', async () => {
    expect(refusalOf(await put(by('internal', 'E1'), { internal: 'E2' }))).toEqual({
      ...{ code: 'identifier-mismatch', kind: 'internal', inPath: 'E1', inBody: 'E2' },
    });
    expect(store.all).toEqual([]);
  });
});
