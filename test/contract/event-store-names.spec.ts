import { ANY, binaryEvent, jsonEvent, type JSONType } from '@eventstore/db-client';
import { describeEventStore, outcomeOf } from './servers';
import { testEvent } from './test-event';

describeEventStore('names and data', (tested) => {
  it.each([
    ['spaces', 'a b  c '],
    ['slashes and marks', 'a/b\\c?d#e%f&g'],
    ['letters beyond ASCII', 'ünï-cøde-订单'],
    ['an emoji', 'order-🧾'],
    ['a line break and a tab', 'a\nb\tc'],
    ['an at sign', '0@a'],
    ['2,000 characters', 'x'.repeat(2_000)],
    ['a name that begins with a digit', '1'],
    ['quotes', `'"\``],
  ])('a stream may be called with %s', async (_words, name) => {
    const stream = `${tested.fresh()}${name}`;
    await tested.store.append(stream, [testEvent(1)], 'no-stream');
    const { events } = await tested.store.readStream(stream);
    expect(events).toEqual([expect.objectContaining({ stream })]);
    for await (const batch of tested.store.subscribe({ from: undefined, streamPrefixes: [stream] })) {
      if (batch.events.length === 0) continue;
      expect(batch.events[0]?.stream).toBe(stream);
      break;
    }
    await expect(tested.store.append(stream, [testEvent(2)], 7n)).rejects.toMatchObject({ stream, actual: 0n });
  });

  it('names that differ in case, or in composition of a letter, are of different streams', async () => {
    const base = tested.fresh();
    const names = [`${base}-a`, `${base}-A`, `${base}-é`, `${base}-e\u0301`];
    for (const name of names) await tested.store.append(name, [testEvent(1)], 'no-stream');
    for (const name of names) expect(await tested.store.lastRevision(name)).toBe(0n);
  });

  it('an empty name is refused by the server', async () => {
    const sent = jsonEvent({ type: 'Tested', data: {} });
    expect(await outcomeOf(tested.client.appendToStream('', sent))).toMatchObject({ error: 'unknown' });
  });

  it('an empty type is refused by the server', async () => {
    const credentials = { username: 'admin', password: 'changeit' };
    const sent = jsonEvent({ type: '', data: {} });
    // By the unary call: on the other one the second refusal would end this process.
    const answer = tested.client.appendToStream(tested.fresh(), sent, { expectedRevision: ANY, credentials });
    expect(await outcomeOf(answer)).toMatchObject({ error: 'unknown' });
  });

  it.each(['Ünïcødé 🧾', 'with space', 'a'.repeat(500), '1', 'dotted.and-dashed_v2'])(
    'a type may be %s',
    async (type) => {
      const stream = tested.fresh();
      await tested.store.append(stream, [{ ...testEvent(1), type }], 'no-stream');
      expect((await tested.store.readStream(stream)).events[0]?.type).toBe(type);
    },
  );

  it.each<[string, JSONType]>([
    ['an empty object', {}],
    ['an empty list', []],
    ['an empty text', ''],
    ['text with what JSON escapes', { s: 'a"b\\c\n\u0000\u2028' }],
    ['letters of every plane', { s: 'ünï 订单 🧾 \u{10ffff}' }],
    ['numbers', { a: 0, b: -1.5, c: 9_007_199_254_740_991, d: 1e-7, e: 1e21 }],
    ['truth and nothing', { a: true, b: false, c: null }],
    ['what is nested deeply', JSON.parse('['.repeat(200) + ']'.repeat(200)) as JSONType],
    ['keys of every kind', { '': 1, 'a b': 2, ü: 3, constructor: 4 }],
  ])('data may be %s', async (_words, data) => {
    const stream = tested.fresh();
    await tested.store.append(stream, [{ ...testEvent(1), data }], 'no-stream');
    expect((await tested.store.readStream(stream)).events[0]?.data).toEqual(data);
  });

  it('the id comes back as it was sent, also when it was sent in capitals', async () => {
    const stream = tested.fresh();
    const id = 'ABCDEF01-2345-4789-8ABC-DEF012345678';
    await tested.store.append(stream, [testEvent(1, id)], 'no-stream');
    expect((await tested.store.readStream(stream)).events[0]?.id.toLowerCase()).toBe(id.toLowerCase());
  });

  it('the server says when an event was recorded', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, [testEvent(1), testEvent(2)], 'no-stream');
    const [first, second] = (await tested.store.readStream(stream)).events;
    expect(first!.recordedAt.getTime()).toBeLessThanOrEqual(second!.recordedAt.getTime());
  });

  it.each<[string, Buffer]>([
    ['bytes', Buffer.from([0, 255, 1, 254])],
    ['no bytes at all', Buffer.alloc(0)],
  ])('an event of others may have %s, and no metadata', async (_words, data) => {
    const stream = tested.fresh();
    await tested.client.appendToStream(stream, binaryEvent({ type: 'Raw', data }));
    const [event] = (await tested.store.readStream(stream)).events;
    expect(Buffer.from(event?.data as Uint8Array)).toEqual(data);
    expect(event?.metadata).toEqual({});
  });

  it('an event of others may have bytes for metadata, or a list', async () => {
    const stream = tested.fresh();
    const bytes = binaryEvent({ type: 'Raw', data: Buffer.from('{'), metadata: new Uint8Array([1, 2]) });
    const list = jsonEvent({ type: 'Raw', data: {}, metadata: [1] as unknown as Record<string, unknown> });
    await tested.client.appendToStream(stream, [bytes, list]);
    const { events } = await tested.store.readStream(stream);
    expect(events.map(({ metadata }) => metadata)).toEqual([{}, {}]);
  });
});
