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

  it('returns the purchase when the read model does not have it yet', async () => {
    const { purchaseId, revision } = await put({ identifiers: { visible: 'V1' } });
    for (const name of [E1, V1])
      expect(await own.newerThan('demo', name, undefined)).toMatchObject({
        kind: 'newer',
        purchase: { id: purchaseId, revision },
      });
    expect(await own.newerThan('other', E1, undefined)).toEqual({ kind: 'current' });
    expect(await own.newerThan('demo', { kind: 'internal', value: 'E2' }, undefined)).toEqual({ kind: 'current' });
  });

  it('has the position of a write for its own site only', async () => {
    const { purchaseId } = await put();
    expect([own.positionOf('demo', purchaseId), own.positionOf('other', purchaseId)]).toEqual([
      expect.anything(),
      undefined,
    ]);
  });

  it('has the position of a write until the read model has returned it', async () => {
    const first = await put();
    await own.newerThan('demo', E1, first);
    expect(own.positionOf('demo', first.purchaseId)).toBeUndefined();
    const second = await put({ customerReference: 'PO 2' });
    await own.newerThan('demo', E1, first);
    expect(own.positionOf('demo', first.purchaseId)).toEqual(expect.anything());
    await own.newerThan('demo', E1, second);
    expect(own.positionOf('demo', first.purchaseId)).toBeUndefined();
  });

  it('returns a newer revision, and `current` for the same or a later one', async () => {
    const first = await put();
    const second = await put({ customerReference: 'PO 2' });
    expect(await own.newerThan('demo', E1, first)).toMatchObject({
      kind: 'newer',
      purchase: { revision: second.revision, state: { purchase: { customerReference: 'PO 2' } } },
    });
    expect(await own.newerThan('demo', E1, second)).toEqual({ kind: 'current' });
    const later = await put({ customerReference: 'PO 3' }, otherProcess);
    expect(await own.newerThan('demo', E1, later)).toEqual({ kind: 'current' });
  });

  it('returns `gone` when the purchase was deleted or no longer holds the name', async () => {
    const named = await put({ identifiers: { visible: 'V1' } });
    await put({ identifiers: { visible: 'V2' } });
    expect(await own.newerThan('demo', V1, named)).toEqual({ kind: 'gone' });
    await writer.delete(by('internal', 'E1'), context());
    expect(await own.newerThan('demo', E1, named)).toEqual({ kind: 'gone' });
    expect(await own.newerThan('demo', E1, undefined)).toEqual({ kind: 'current' });
  });

  it('returns the purchase that now holds a name moved from another', async () => {
    const old = await put();
    await writer.delete(by('internal', 'E1'), context());
    const next = await put();
    expect(next.purchaseId).not.toBe(old.purchaseId);
    expect(await own.newerThan('demo', E1, old)).toMatchObject({ kind: 'newer', purchase: { id: next.purchaseId } });
  });

  it('does not return a purchase that another process has deleted', async () => {
    await put();
    await otherProcess.delete(by('internal', 'E1'), context());
    expect(await own.newerThan('demo', E1, undefined)).toEqual({ kind: 'current' });
    const next = await put({}, otherProcess);
    expect(await own.newerThan('demo', E1, next)).toEqual({ kind: 'current' });
  });
});

it('own writes are returned from the cache while the event store is unavailable', async () => {
  const store = new MemoryEventStore();
  const cache = new PurchaseCache(1e6);
  await new PurchaseWriter(store, { cache }).put(by('internal', 'E1'), order(), context());
  const down = Object.assign(Object.create(store) as MemoryEventStore, {
    lastRevision: () => Promise.reject(new EventStoreUnavailable('down')),
  });
  expect(await new OwnWrites(down, cache).newerThan('demo', E1, undefined)).toMatchObject({ kind: 'newer' });
});
