import { ANY, binaryEvent, jsonEvent, type JSONType } from '@eventstore/db-client';
import { describeEventStore, outcomeOf } from './servers';
import { testEvent } from './test-event';

describeEventStore('stream names, event types and data', (tested) => {
  it.each([
    ['spaces', 'a b  c '],
    ['slashes and punctuation', 'a/b\\c?d#e%f&g'],
    ['non-ASCII letters', 'ünï-cøde-订单'],
    ['an emoji', 'order-🧾'],
    ['a line break and a tab', 'a\nb\tc'],
    ['an at sign', '0@a'],
    ['2,000 characters', 'x'.repeat(2_000)],
    ['only a digit after the prefix', '1'],
    ['quotes', `'"\``],
  ])('accepts a stream name with %s', async (_words, name) => {
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

  it('distinguishes stream names by case and by Unicode normalization form', async () => {
    const base = tested.fresh();
    const names = [`${base}-a`, `${base}-A`, `${base}-é`, `${base}-e\u0301`];
    for (const name of names) await tested.store.append(name, [testEvent(1)], 'no-stream');
    for (const name of names) expect(await tested.store.lastRevision(name)).toBe(0n);
  });

  it('rejects an empty stream name', async () => {
    const sent = jsonEvent({ type: 'Tested', data: {} });
    expect(await outcomeOf(tested.client.appendToStream('', sent))).toMatchObject({ error: 'unknown' });
  });

  it('rejects an empty event type', async () => {
    const credentials = { username: 'admin', password: 'changeit' };
    const sent = jsonEvent({ type: '', data: {} });
    // Credentials force a unary append: a second rejection of a batch append would crash the client process.
    const answer = tested.client.appendToStream(tested.fresh(), sent, { expectedRevision: ANY, credentials });
    expect(await outcomeOf(answer)).toMatchObject({ error: 'unknown' });
  });

  it.each(['Ünïcødé 🧾', 'with space', 'a'.repeat(500), '1', 'dotted.and-dashed_v2'])(
    'accepts the event type %s',
    async (type) => {
      const stream = tested.fresh();
      await tested.store.append(stream, [{ ...testEvent(1), type }], 'no-stream');
      expect((await tested.store.readStream(stream)).events[0]?.type).toBe(type);
    },
  );

  it.each<[string, JSONType]>([
    ['an empty object', {}],
    ['an empty list', []],
    ['an empty string', ''],
    ['a string with characters that JSON escapes', { s: 'a"b\\c\n\u0000\u2028' }],
    ['characters of every Unicode plane', { s: 'ünï 订单 🧾 \u{10ffff}' }],
    ['numbers', { a: 0, b: -1.5, c: 9_007_199_254_740_991, d: 1e-7, e: 1e21 }],
    ['booleans and null', { a: true, b: false, c: null }],
    ['deeply nested lists', JSON.parse('['.repeat(200) + ']'.repeat(200)) as JSONType],
    ['unusual keys', { '': 1, 'a b': 2, ü: 3, constructor: 4 }],
  ])('accepts %s as data', async (_words, data) => {
    const stream = tested.fresh();
    await tested.store.append(stream, [{ ...testEvent(1), data }], 'no-stream');
    expect((await tested.store.readStream(stream)).events[0]?.data).toEqual(data);
  });

  it('returns the event id as it was sent, upper-case ids included', async () => {
    const stream = tested.fresh();
    const id = 'ABCDEF01-2345-4789-8ABC-DEF012345678';
    await tested.store.append(stream, [testEvent(1, id)], 'no-stream');
    expect((await tested.store.readStream(stream)).events[0]?.id.toLowerCase()).toBe(id.toLowerCase());
  });

  it('returns the time at which an event was recorded', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, [testEvent(1), testEvent(2)], 'no-stream');
    const [first, second] = (await tested.store.readStream(stream)).events;
    expect(first!.recordedAt.getTime()).toBeLessThanOrEqual(second!.recordedAt.getTime());
  });

  it.each<[string, Buffer]>([
    ['bytes', Buffer.from([0, 255, 1, 254])],
    ['no bytes', Buffer.alloc(0)],
  ])('reads an event of another application with %s as data and without metadata', async (_words, data) => {
    const stream = tested.fresh();
    await tested.client.appendToStream(stream, binaryEvent({ type: 'Raw', data }));
    const [event] = (await tested.store.readStream(stream)).events;
    expect(Buffer.from(event?.data as Uint8Array)).toEqual(data);
    expect(event?.metadata).toEqual({});
  });

  it('reads events of another application with binary or list metadata', async () => {
    const stream = tested.fresh();
    const bytes = binaryEvent({ type: 'Raw', data: Buffer.from('{'), metadata: new Uint8Array([1, 2]) });
    const list = jsonEvent({ type: 'Raw', data: {}, metadata: [1] as unknown as Record<string, unknown> });
    await tested.client.appendToStream(stream, [bytes, list]);
    const { events } = await tested.store.readStream(stream);
    expect(events.map(({ metadata }) => metadata)).toEqual([{}, {}]);
  });
});
