import { encode } from '@app/stored-events/codec';
import { purchaseStream } from '@app/stored-events/streams';
import { MemoryEventStore } from '../../../../test/memory-event-store';
import { openReadModel, type TestReadModel } from '../../../../test/read-model';
import { contextOf } from '../../../../test/writing';
import { queryableOf } from '../database';
import { ReadModelStatus } from './read-model-status';

describe('the lag of the read model', () => {
  let readModel: TestReadModel;
  beforeAll(async () => {
    readModel = await openReadModel();
  });
  afterAll(() => readModel.close());

  const append = async (store: MemoryEventStore, stream: string, count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      const event = encode(
        { type: 'PurchaseDeleted', data: { at: '2026-01-01T00:00:00.000Z' } },
        crypto.randomUUID(),
        contextOf(),
      );
      await store.append(stream, [event], 'any');
    }
  };

  it.each([
    [0, 0],
    [0, 3],
    [250, 0],
    [250, 3],
    [2_500, 3],
  ])('after %d events of other streams is %d events', async (others, events) => {
    const store = new MemoryEventStore();
    await append(store, 'rates-of-a-site', others);
    await append(store, purchaseStream(crypto.randomUUID()), events);
    const { lagEvents, lagSeconds } = await new ReadModelStatus(queryableOf(readModel.dataSource), store).read();
    expect(lagEvents).toBe(events);
    expect(lagSeconds > 0).toBe(events > 0);
  });
});
