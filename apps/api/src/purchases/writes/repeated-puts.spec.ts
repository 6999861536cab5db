import { PurchaseCache } from '@app/write-model/purchase-cache';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { MemoryEventStore } from '../../../../../test/memory-event-store';
import { orderBody } from '../../../../../bench/bodies';
import { ExecuteWrite, ExecuteWriteHandler } from './execute-write';
import type { Put, WriteAnswer } from './write';

const RATES = { find: () => Promise.resolve(undefined) } as never;

describe('a PUT that repeats a body', () => {
  let store: MemoryEventStore;
  let here: ExecuteWriteHandler;
  let elsewhere: ExecuteWriteHandler;
  let read: jest.SpyInstance;

  beforeEach(() => {
    store = new MemoryEventStore();
    const writer = new PurchaseWriter(store, { cache: new PurchaseCache(2 ** 20) });
    here = new ExecuteWriteHandler(writer, RATES);
    elsewhere = new ExecuteWriteHandler(new PurchaseWriter(store), RATES);
    read = jest.spyOn(writer, 'put');
  });

  const put = (process: ExecuteWriteHandler, reference: string, more: Partial<Put> = {}): Promise<WriteAnswer> =>
    process.execute(
      new ExecuteWrite({
        type: 'put',
        target: { lookupBy: 'internal', identifier: 'A-1' },
        body: { bytes: Buffer.from(JSON.stringify(orderBody(2, reference))) },
        guards: {},
        strict: false,
        dryRun: false,
        context: { site: 'demo', actor: 'erp', requestId: 'r', at: '2026-01-01T00:00:00.000Z' },
        ...more,
      }),
    );
  const changed = ({ headers }: WriteAnswer): string | undefined => headers['purchase-changed'];

  it('is answered without being read again, from its second repeat on', async () => {
    await put(here, 'PO 1');
    const events = store.all.length;
    const second = await put(here, 'PO 1');
    expect(read).toHaveBeenCalledTimes(2);
    expect(await put(here, 'PO 1')).toEqual(second);
    expect(changed(second)).toBe('false');
    expect(read).toHaveBeenCalledTimes(2);
    expect(store.all).toHaveLength(events);
  });

  it('changes the purchase again after another process has changed it', async () => {
    for (let n = 0; n < 3; n++) await put(here, 'PO 1');
    await put(elsewhere, 'PO 2');
    const again = await put(here, 'PO 1');
    expect(changed(again)).toBe('true');
    expect(JSON.parse(again.json ?? '')).toMatchObject({ customer_reference: 'PO 1' });
  });

  it('is executed when its bytes, site, path, preference, preconditions or dry run differ', async () => {
    for (let n = 0; n < 3; n++) await put(here, 'PO 1');
    const differing: [string, Partial<Put>][] = [
      ['PO 1', { strict: true }],
      ['PO 1', { guards: { mustExist: true } }],
      ['PO 1', { dryRun: true }],
      ['PO 1', { target: { lookupBy: 'internal', identifier: 'A-2' } }],
      ['PO 1', { context: { site: 'other', actor: 'erp', requestId: 'r', at: '2026-01-01T00:00:00.000Z' } }],
      ['PO 2', {}],
    ];
    for (const [reference, more] of differing) {
      read.mockClear();
      await put(here, reference, more);
      expect(read).toHaveBeenCalledTimes(1);
    }
  });

  it('fails while the event store is unavailable', async () => {
    for (let n = 0; n < 3; n++) await put(here, 'PO 1');
    jest.spyOn(store, 'append').mockRejectedValue(new Error('unavailable'));
    await expect(put(here, 'PO 1')).rejects.toThrow('unavailable');
  });
});
