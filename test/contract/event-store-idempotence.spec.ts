import { type AppendExpectedRevision, ANY, jsonEvent, STREAM_EXISTS } from '@eventstore/db-client';
import { describeEventStore, outcomeOf } from './servers';
import { testEvent, testEvents } from './test-event';

describeEventStore('idempotent appends', (tested) => {
  it('a repeated append at the same revision returns the original revision and position and is stored once', async () => {
    const stream = tested.fresh();
    const events = testEvents(2);
    const first = await tested.store.append(stream, events, 'no-stream');
    expect(await tested.store.append(stream, events, 'no-stream')).toEqual(first);
    expect((await tested.store.readStream(stream)).events).toHaveLength(2);
  });

  it('a repeated later append at an exact revision is stored once', async () => {
    const stream = tested.fresh();
    const events = testEvents(2);
    await tested.store.append(stream, testEvents(3), 'no-stream');
    const first = await tested.store.append(stream, events, 2n);
    expect(await tested.store.append(stream, events, 2n)).toEqual(first);
    expect(await tested.store.lastRevision(stream)).toBe(4n);
  });

  it('a repeated append succeeds after later events', async () => {
    const stream = tested.fresh();
    const events = testEvents(2);
    await tested.store.append(stream, events, 'no-stream');
    await tested.store.append(stream, testEvents(3), 1n);
    expect((await tested.store.append(stream, events, 'no-stream')).revision).toBe(1n);
    expect((await tested.store.readStream(stream)).events).toHaveLength(5);
  });

  it.each([1, 2])(
    'the first %i events of an earlier append succeed with the revision of the last of them',
    async (count) => {
      const stream = tested.fresh();
      const events = testEvents(3);
      await tested.store.append(stream, events, 'no-stream');
      expect((await tested.store.append(stream, events.slice(0, count), 'no-stream')).revision).toBe(BigInt(count - 1));
      expect((await tested.store.readStream(stream)).events).toHaveLength(3);
    },
  );

  it('an earlier append with an additional event conflicts', async () => {
    const stream = tested.fresh();
    const events = testEvents(2);
    await tested.store.append(stream, events, 'no-stream');
    const more = [...events, testEvent(2)];
    await expect(tested.store.append(stream, more, 'no-stream')).rejects.toMatchObject({ actual: 1n });
    await expect(tested.store.append(stream, more, 'any')).rejects.toMatchObject({ actual: 1n });
    expect((await tested.store.readStream(stream)).events).toHaveLength(2);
  });

  it('the same ids in another order conflict', async () => {
    const stream = tested.fresh();
    const events = testEvents(2);
    await tested.store.append(stream, events, 'no-stream');
    await expect(tested.store.append(stream, [...events].reverse(), 'no-stream')).rejects.toMatchObject({ actual: 1n });
  });

  it('the second event of an earlier append alone conflicts', async () => {
    const stream = tested.fresh();
    const events = testEvents(2);
    await tested.store.append(stream, events, 'no-stream');
    await expect(tested.store.append(stream, events.slice(1), 'no-stream')).rejects.toMatchObject({ actual: 1n });
  });

  it('an id used twice in one append is stored twice', async () => {
    const stream = tested.fresh();
    const event = testEvent(1);
    expect((await tested.store.append(stream, [event, event], 'no-stream')).revision).toBe(1n);
    expect((await tested.store.readStream(stream)).events).toHaveLength(2);
  });

  it('an id used in another stream is stored', async () => {
    const [one, other] = [tested.fresh(), tested.fresh()];
    await tested.store.append(one, [testEvent(1, '00000000-0000-4000-8000-000000000001')], 'no-stream');
    await tested.store.append(other, [testEvent(1, '00000000-0000-4000-8000-000000000001')], 'no-stream');
    expect(await tested.store.lastRevision(other)).toBe(0n);
  });

  it('an id used at the next revision is stored again', async () => {
    const stream = tested.fresh();
    const event = testEvent(1);
    await tested.store.append(stream, [event], 'no-stream');
    expect((await tested.store.append(stream, [event], 0n)).revision).toBe(1n);
    expect((await tested.store.readStream(stream)).events).toHaveLength(2);
  });

  it('an id repeated with other data returns the original event', async () => {
    const stream = tested.fresh();
    const event = testEvent(1);
    await tested.store.append(stream, [event], 'no-stream');
    await tested.store.append(stream, [{ ...event, type: 'Other', data: { other: true } }], 'no-stream');
    expect((await tested.store.readStream(stream)).events).toEqual([expect.objectContaining({ ...event })]);
  });

  it.each<[string, AppendExpectedRevision]>([
    ['any', ANY],
    ['stream_exists', STREAM_EXISTS],
  ])(
    'with %s a repeated append is stored once until the server restarts, also after later events',
    async (_name, expectedRevision) => {
      const stream = tested.fresh();
      const event = jsonEvent({ type: 'Tested', data: { n: 1 } });
      await tested.client.appendToStream(stream, event, { expectedRevision: ANY });
      await tested.store.append(stream, [testEvent(2)], 'any');
      const again = await outcomeOf(tested.client.appendToStream(stream, event, { expectedRevision }));
      expect(again).toMatchObject({ success: true, nextExpectedRevision: 0n });
      expect((await tested.store.readStream(stream)).events).toHaveLength(2);
    },
  );

  it('ten concurrent copies of an append are stored once', async () => {
    const stream = tested.fresh();
    const events = testEvents(3);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => tested.store.append(stream, events, 'no-stream')),
    );
    expect(new Set(answers.map(({ revision }) => revision))).toEqual(new Set([2n]));
    expect((await tested.store.readStream(stream)).events).toHaveLength(3);
  });
});
