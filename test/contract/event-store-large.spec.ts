import { randomBytes } from 'node:crypto';
import { type EventToAppend, type RecordedEvent, WrongExpectedRevision } from '@app/event-store/event-store';
import { collected, describeEventStore } from './servers';
import { testEvent, upTo } from './test-event';

/** Text that does not compress (base64 of random bytes). */
const noise = (bytes: number): string => randomBytes((bytes * 3) / 4).toString('base64');

const large = (count: number, bytes: number): EventToAppend[] =>
  upTo(count).map((n) => {
    const event = testEvent(n);
    const metadata = {
      ...event.metadata,
      ...(n < count - 1 && { continues: true as const }),
      schemaVersion: 1 + (n % 3),
    };
    return { ...event, type: n % 2 === 0 ? 'Even' : 'Odd', data: { n, text: noise(bytes) }, metadata };
  });

const contentOf = ({ id, type, data, metadata }: EventToAppend | RecordedEvent): object => ({
  id,
  type,
  data,
  metadata,
});

describeEventStore('an append that exceeds the limit of the server', (tested) => {
  /** One small event, followed by events of 3 MB that do not compress. */
  const write = async (stream: string): Promise<EventToAppend[]> => {
    const [first, events] = [testEvent(99), large(40, 75_000)];
    await tested.store.append(stream, [first], 'no-stream');
    expect((await tested.store.append(stream, events, 0n)).revision).toBe(40n);
    return [first, ...events];
  };

  it('is read back unchanged: whole, from the middle, backwards', async () => {
    const stream = tested.fresh();
    const all = (await write(stream)).map(contentOf);
    const { events } = await tested.store.readStream(stream);
    expect(events.map(contentOf)).toEqual(all);
    expect(events.map(({ revision }) => revision)).toEqual(upTo(41).map(BigInt));
    const middle = await tested.store.readStream(stream, { from: 7n, maxCount: 2 });
    expect(middle.events.map(contentOf)).toEqual(all.slice(7, 9));
    const last = await tested.store.readStream(stream, { direction: 'backwards', maxCount: 1 });
    expect(last.events.map(contentOf)).toEqual(all.slice(40));
    expect(await tested.store.lastRevision(stream)).toBe(40n);
  });

  it('is delivered unchanged by a subscription and by $all, each event once', async () => {
    const kind = tested.fresh('kind');
    const all = (await write(`${kind}-a`)).map(contentOf);
    const seen: RecordedEvent[] = [];
    for await (const { events, caughtUp } of tested.store.subscribe({
      from: undefined,
      streamPrefixes: [kind],
      maxBatch: 7,
    })) {
      seen.push(...events);
      if (caughtUp) break;
    }
    expect(seen.map(contentOf)).toEqual(all);
    const last = await tested.store.readAll({ direction: 'backwards', maxCount: 40 });
    expect([...last].reverse().map(contentOf)).toEqual(all.slice(1));
  });

  it('is atomic: on a wrong expected revision none of its events is in the stream', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, [testEvent(0)], 'no-stream');
    await expect(tested.store.append(stream, large(3, 500_000), 'no-stream')).rejects.toBeInstanceOf(
      WrongExpectedRevision,
    );
    expect((await tested.store.readStream(stream)).events).toHaveLength(1);
  });

  it('accepts as many events as one request body can cause', async () => {
    const stream = tested.fresh();
    const { metadata } = testEvent(0);
    const events = upTo(20_000).map((n) => ({ ...testEvent(n), data: { n }, metadata }));
    expect((await tested.store.append(stream, events, 'no-stream')).revision).toBe(19_999n);
    const last = await tested.store.readStream(stream, { direction: 'backwards', maxCount: 2 });
    expect(last.events.map(({ data }) => data)).toEqual([{ n: 19_999 }, { n: 19_998 }]);
  });

  it('is stored as placeholder events without data, with ids that name the payload stream', async () => {
    const stream = tested.fresh();
    await write(stream);
    const stored = await collected(tested.client.readStream(stream, { fromRevision: 1n }));
    const shapes = stored.map(({ event }) => [event?.type, event?.isJson, (event?.data as Uint8Array).length]);
    expect(shapes).toEqual(upTo(40).map(() => ['Large', false, 0]));
    const [first] = stored;
    const chunks = await collected(tested.client.readStream(`payload-${first!.event!.id.slice(0, 28)}`));
    expect(chunks.map(({ event }) => event?.type)).toEqual(['AppendPayload', 'AppendPayload', 'AppendPayload']);
  });
});
