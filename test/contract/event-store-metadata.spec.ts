import { BACKWARDS, END, jsonEvent, NO_STREAM, type StreamMetadata } from '@eventstore/db-client';
import type { ReadStreamOptions } from '@app/event-store/event-store';
import { collected, describeEventStore, outcomeOf } from './servers';
import { testEvent, testEvents } from './test-event';

describeEventStore('stream metadata', (tested) => {
  async function written(metadata?: StreamMetadata, count = 5): Promise<string> {
    const stream = tested.fresh();
    await tested.store.append(stream, testEvents(count), 'no-stream');
    if (metadata !== undefined) await tested.client.setStreamMetadata(stream, metadata);
    return stream;
  }
  const revisions = async (stream: string, options?: ReadStreamOptions): Promise<number[]> =>
    (await tested.store.readStream(stream, options)).events.map(({ revision }) => Number(revision));

  it('is absent by default', async () => {
    expect((await tested.client.getStreamMetadata(await written())).metadata).toBeUndefined();
  });

  it('is returned as it was set, at the expected revision', async () => {
    const stream = await written();
    const set = (maxCount: number, expectedRevision: typeof NO_STREAM | bigint): Promise<unknown> =>
      outcomeOf(tested.client.setStreamMetadata(stream, { maxCount, custom: 'x' }, { expectedRevision }));
    expect(await set(3, NO_STREAM)).toMatchObject({ success: true, nextExpectedRevision: 0n });
    expect(await set(4, NO_STREAM)).toMatchObject({
      error: 'wrong-expected-version',
      streamName: `$$${stream}`,
      actualVersion: 0n,
    });
    expect(await set(4, 0n)).toMatchObject({ success: true, nextExpectedRevision: 1n });
    expect((await tested.client.getStreamMetadata(stream)).metadata).toEqual({ maxCount: 4, custom: 'x' });
  });

  it.each<[string, StreamMetadata, number[]]>([
    ['maxCount 2', { maxCount: 2 }, [3, 4]],
    ['maxCount 9', { maxCount: 9 }, [0, 1, 2, 3, 4]],
    ['truncateBefore 3', { truncateBefore: 3 }, [3, 4]],
    ['truncateBefore past the end', { truncateBefore: 9 }, []],
    ['truncateBefore and maxCount, the stricter limit', { truncateBefore: 2, maxCount: 4 }, [2, 3, 4]],
  ])('%s hides the other events from every read', async (_words, metadata, shown) => {
    const stream = await written(metadata);
    expect(await revisions(stream)).toEqual(shown);
    expect(await revisions(stream, { direction: 'backwards' })).toEqual([...shown].reverse());
    expect(await revisions(stream, { from: 0n, maxCount: 2 })).toEqual(shown.slice(0, 2));
    expect(await tested.store.streamExists(stream)).toBe(true);
  });

  it('maxCount applies after every append', async () => {
    const stream = await written({ maxCount: 2 });
    expect((await tested.store.append(stream, [testEvent(5)], 4n)).revision).toBe(5n);
    expect(await revisions(stream)).toEqual([4, 5]);
  });

  it('maxAge hides older events', async () => {
    const stream = await written({ maxAge: 1 });
    for (let shown = [0]; shown.length > 0; shown = await revisions(stream))
      await new Promise((resolve) => setTimeout(resolve, 200));
    expect(await tested.store.streamExists(stream)).toBe(true);
    await tested.store.append(stream, [testEvent(5)], 4n);
    expect(await tested.store.lastRevision(stream)).toBe(5n);
  });

  it('can be set before the stream exists, whose first event is at revision 0', async () => {
    const stream = tested.fresh();
    await tested.client.setStreamMetadata(stream, { maxCount: 2 });
    expect(await tested.store.streamExists(stream)).toBe(false);
    expect((await tested.store.append(stream, testEvents(3), 'no-stream')).revision).toBe(2n);
    expect(await revisions(stream)).toEqual([1, 2]);
  });

  it('does not hide events from $all', async () => {
    const from = await tested.store.lastPosition();
    const stream = await written({ truncateBefore: 3 });
    const all = await tested.store.readAll({ from, maxCount: 1_000 });
    expect(all.filter((event) => event.stream === stream).map(({ revision }) => revision)).toEqual([
      0n,
      1n,
      2n,
      3n,
      4n,
    ]);
  });

  it('can be read as a stream', async () => {
    const stream = await written({ maxCount: 2 });
    const { events } = await tested.store.readStream(`$$${stream}`);
    expect(events.map(({ type, data }) => ({ type, data }))).toEqual([{ type: '$metadata', data: { $maxCount: 2 } }]);
  });
});

describeEventStore('a link to an event', (tested) => {
  const link = (to: string): ReturnType<typeof jsonEvent> =>
    Object.assign(jsonEvent({ type: '$>', data: {} }), {
      contentType: 'application/octet-stream',
      data: Buffer.from(to),
    });

  it('is read as the link or as its target', async () => {
    const [stream, links] = [tested.fresh(), tested.fresh('links')];
    await tested.store.append(stream, testEvents(2), 'no-stream');
    await tested.client.appendToStream(links, link(`1@${stream}`));
    const [plain] = await collected(tested.client.readStream(links));
    expect(plain?.event).toMatchObject({ type: '$>', streamId: links });
    const [resolved] = await collected(tested.client.readStream(links, { resolveLinkTos: true }));
    expect(resolved?.event).toMatchObject({ type: 'Tested', streamId: stream, revision: 1n });
    expect(resolved?.link).toMatchObject({ type: '$>', streamId: links, revision: 0n });
  });

  it('without a target is read as the link only', async () => {
    const [stream, links] = [tested.fresh(), tested.fresh('links')];
    await tested.store.append(stream, testEvents(1), 'no-stream');
    await tested.client.appendToStream(links, link(`0@${stream}`));
    await tested.client.tombstoneStream(stream);
    const options = { resolveLinkTos: true, direction: BACKWARDS, fromRevision: END } as const;
    const [resolved] = await collected(tested.client.readStream(links, options));
    expect([resolved?.event, resolved?.link?.type]).toEqual([undefined, '$>']);
  });

  it('is returned as an event with binary data by the port', async () => {
    const links = tested.fresh('links');
    await tested.client.appendToStream(links, link('0@nowhere'));
    const [event] = (await tested.store.readStream(links)).events;
    expect(event).toMatchObject({ type: '$>', metadata: {} });
    expect(Buffer.from(event?.data as Uint8Array).toString()).toBe('0@nowhere');
  });
});
