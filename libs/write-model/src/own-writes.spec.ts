import { MemoryEventStore } from '../../../test/memory-event-store';
import { by, contextOf as context, order, written } from '../../../test/writing';
import { EventStoreUnavailable } from '@app/event-store/event-store';
import type { Name } from './identity/names';
import { OwnWrites } from './own-writes';
import { PurchaseCache } from './purchase-cache';
import { PurchaseWriter } from './purchase-writer';

const E1: Name = { kind: 'internal', value: 'E1' };
const V1: Name = { kind: 'visible', value: 'V1' };

describe.each([
  ['with a cache', 1e6],
  ['without a cache', 0],
])('own writes %s', (_name, cacheBytes) => {
  let store: MemoryEventStore;
  let writer: PurchaseWriter;
  let otherProcess: PurchaseWriter;
  let own: OwnWrites;
  beforeEach(() => {
    store = new MemoryEventStore();
    const cache = new PurchaseCache(cacheBytes);
    writer = new PurchaseWriter(store, { cache });
    otherProcess = new PurchaseWriter(store);
    own = new OwnWrites(store, cache);
  });

  const put = async (more: object = {}, by_ = writer): Promise<{ purchaseId: string; revision: bigint }> => {
    const { purchaseId, revision } = written(await by_.put(by('internal', 'E1'), order(more), context()));
    return { purchaseId, revision };
  };

  it('are newer than a read model that does not know the purchase yet', async () => {
    const { purchaseId, revision } = await put({ identifiers: { visible: 'V1' } });
    for (const name of [E1, V1])
      expect(await own.beyond('demo', name, undefined)).toMatchObject({
        kind: 'newer',
        purchase: { id: purchaseId, revision },
      });
    expect(await own.beyond('other', E1, undefined)).toEqual({ kind: 'as-seen' });
    expect(await own.beyond('demo', { kind: 'internal', value: 'E2' }, undefined)).toEqual({ kind: 'as-seen' });
  });

  it('are newer than an earlier revision, and nothing beyond the same or a later one', async () => {
    const first = await put();
    const second = await put({ customerReference: 'PO 2' });
    expect(await own.beyond('demo', E1, first)).toMatchObject({
      kind: 'newer',
      purchase: { revision: second.revision, state: { purchase: { customerReference: 'PO 2' } } },
    });
    expect(await own.beyond('demo', E1, second)).toEqual({ kind: 'as-seen' });
    const later = await put({ customerReference: 'PO 3' }, otherProcess);
    expect(await own.beyond('demo', E1, later)).toEqual({ kind: 'as-seen' });
  });

  it('say that a purchase that the read model still shows is deleted, or has lost the name', async () => {
    const named = await put({ identifiers: { visible: 'V1' } });
    await put({ identifiers: { visible: 'V2' } });
    expect(await own.beyond('demo', V1, named)).toEqual({ kind: 'gone' });
    await writer.delete(by('internal', 'E1'), context());
    expect(await own.beyond('demo', E1, named)).toEqual({ kind: 'gone' });
    expect(await own.beyond('demo', E1, undefined)).toEqual({ kind: 'as-seen' });
  });

  it('follow a name from one purchase to another', async () => {
    const old = await put();
    await writer.delete(by('internal', 'E1'), context());
    const next = await put();
    expect(next.purchaseId).not.toBe(old.purchaseId);
    expect(await own.beyond('demo', E1, old)).toMatchObject({ kind: 'newer', purchase: { id: next.purchaseId } });
  });

  it('do not bring back what another process has deleted since', async () => {
    await put();
    await otherProcess.delete(by('internal', 'E1'), context());
    expect(await own.beyond('demo', E1, undefined)).toEqual({ kind: 'as-seen' });
    const next = await put({}, otherProcess);
    expect(await own.beyond('demo', E1, next)).toEqual({ kind: 'as-seen' });
  });
});

it('own writes are answered from the cache while the event store does not answer', async () => {
  const store = new MemoryEventStore();
  const cache = new PurchaseCache(1e6);
  await new PurchaseWriter(store, { cache }).put(by('internal', 'E1'), order(), context());
  const down = Object.assign(Object.create(store) as MemoryEventStore, {
    lastRevision: () => Promise.reject(new EventStoreUnavailable('down')),
  });
  expect(await new OwnWrites(down, cache).beyond('demo', E1, undefined)).toMatchObject({ kind: 'newer' });
});
