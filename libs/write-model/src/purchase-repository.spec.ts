import { MemoryEventStore } from '../../../test/memory-event-store';
import { by, contextOf, order, written } from '../../../test/writing';
import { PurchaseCache } from './purchase-cache';
import { PurchaseWriter } from './purchase-writer';

const E1 = by('internal', 'E1');
const ID = '0190a5b2-0000-7000-8000-000000000001';

describe('a write whose cached purchase is outdated', () => {
  const writerOf = (store: MemoryEventStore, cache = new PurchaseCache(1e6)): PurchaseWriter =>
    new PurchaseWriter(store, { cache, newId: () => ID, sleep: async () => {} });
  const put = async (writer: PurchaseWriter, customerReference: string) =>
    written(await writer.put(E1, order({ customerReference }), contextOf()));

  it('is decided on the events since', async () => {
    const store = new MemoryEventStore();
    const [here, elsewhere] = [writerOf(store), writerOf(store)];
    await put(here, 'PO-1');
    await put(elsewhere, 'PO-2');
    await put(elsewhere, 'PO-3');
    const { events } = await put(here, 'PO-4');
    expect(events).toMatchObject([{ data: { before: 'PO-3', after: 'PO-4' } }]);
  });

  it('is decided on the whole stream when that has another event at the cached revision, as after the restore of a backup', async () => {
    const [lost, restored, cache] = [new MemoryEventStore(), new MemoryEventStore(), new PurchaseCache(1e6)];
    await put(writerOf(lost, cache), 'lost');
    await new PurchaseWriter(restored).put(by('internal', 'other'), order(), contextOf());
    for (const reference of ['PO-1', 'PO-2']) await put(writerOf(restored), reference);
    const { events } = await put(writerOf(restored, cache), 'PO-3');
    expect(events).toMatchObject([{ data: { before: 'PO-2', after: 'PO-3' } }]);
  });
});
