import { randomBytes } from 'node:crypto';
import { jsonEvent, binaryEvent } from '@eventstore/db-client';
import type { RecordedEvent } from '@app/event-store/event-store';
import { canBulkRead } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { SerializedEvent } from '@app/event-store/eventstoredb/serialized-event';
import { describeEventStore } from './servers';
import { testEvents, withoutSize } from './test-event';

describeEventStore('a bulk read', (tested) => {
  const bulk = async (prefix: string, from?: RecordedEvent['position']): Promise<RecordedEvent[]> => {
    const { store } = tested;
    if (!canBulkRead(store)) throw new Error('the store has no bulk read');
    const to = (await store.lastPosition())!;
    const events: RecordedEvent[] = [];
    const { signal } = new AbortController();
    for await (const batch of store.bulkRead({ from, to, streamPrefixes: [prefix], signal })) {
      events.push(...batch.events.map((event) => (event instanceof SerializedEvent ? event.decode() : event)));
      if (batch.events.length > 0)
        expect(batch.position!.commit).toBeGreaterThanOrEqual(events.at(-1)!.position.commit);
    }
    return events;
  };

  const subscribed = async (prefix: string): Promise<RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for await (const batch of tested.store.subscribe({ from: undefined, streamPrefixes: [prefix] })) {
      events.push(...batch.events);
      if (batch.caughtUp) break;
    }
    return events;
  };

  /** The events as the official client decodes them, without those of large appends. */
  const ofClient = async (prefix: string): Promise<RecordedEvent[]> => {
    const events: RecordedEvent[] = [];
    for await (const { event } of tested.client.readAll()) {
      if (event?.streamId.startsWith(prefix) !== true || event.type === 'Large') continue;
      const { id, streamId: stream, revision, position, type, created: recordedAt } = event;
      const data = event.data instanceof Uint8Array ? Uint8Array.from(event.data) : event.data;
      const isObject = typeof event.metadata === 'object' && !(event.metadata instanceof Uint8Array);
      const metadata = isObject ? (event.metadata as RecordedEvent['metadata']) : {};
      events.push({ id, stream, revision, position, type, data, metadata, recordedAt });
    }
    return events;
  };

  it('and a subscription and a read return the events of the official client, of any content; it continues after a position', async () => {
    const prefix = tested.fresh('bulk');
    await tested.store.append(`${prefix}-a`, testEvents(1_200), 'no-stream');
    await tested.store.append(`${tested.fresh('other')}-a`, testEvents(10), 'no-stream');
    await tested.client.appendToStream(`${prefix}-ü`, [
      jsonEvent({ type: 'Foreign', data: { a: null }, metadata: { n: 1 } }),
      jsonEvent({ type: 'Bare', data: {} }),
      binaryEvent({ type: 'Bytes', data: randomBytes(20), metadata: randomBytes(5) }),
      binaryEvent({ type: 'Nothing', data: new Uint8Array() }),
    ]);
    const text = randomBytes(300_000).toString('base64');
    const large = testEvents(4).map((event) => ({ ...event, data: { text } }));
    await tested.store.append(`${prefix}-large`, large, 'no-stream');

    const all = await bulk(prefix);
    expect(all).toHaveLength(1_208);
    expect(all.slice(0, 1_204).map(withoutSize)).toEqual(await ofClient(prefix));
    expect(all.slice(1_204)).toMatchObject(large);
    const stored = await tested.store.readAll({ maxCount: Infinity });
    expect(stored.filter(({ stream }) => stream.startsWith(prefix))).toEqual(all);
    expect(await subscribed(prefix)).toEqual(all);
    const rest = await bulk(prefix, all[1_000]!.position);
    expect(rest.map(({ id }) => id)).toEqual(all.slice(1_001).map(({ id }) => id));
  });

  it('ends at once for a store without matching events', async () => {
    expect(await bulk(tested.fresh('none'))).toEqual([]);
  });

  it('ends when it is stopped', async () => {
    const { store } = tested;
    if (!canBulkRead(store)) throw new Error('the store has no bulk read');
    const prefix = tested.fresh('bulk');
    await store.append(`${prefix}-a`, testEvents(100), 'no-stream');
    const stop = new AbortController();
    const to = (await store.lastPosition())!;
    stop.abort();
    for await (const _ of store.bulkRead({ from: undefined, to, streamPrefixes: [prefix], signal: stop.signal }))
      throw new Error('a batch after the stop');
  });
});
