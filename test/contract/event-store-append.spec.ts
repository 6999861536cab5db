import { ANY, type AppendExpectedRevision, jsonEvent, NO_STREAM, STREAM_EXISTS } from '@eventstore/db-client';
import { type ExpectedRevision, WrongExpectedRevision } from '@app/event-store/event-store';
import { describeEventStore, outcomeOf, type Tested } from './servers';
import { numberOf, testEvent, testEvents, upTo } from './test-event';

/** States of a stream before an append. A stream with events has two, so that its last revision is 1. */
const STATES: Record<string, (tested: Tested, stream: string) => Promise<unknown>> = {
  'does not exist': async () => {},
  'has two events': ({ store }, stream) => store.append(stream, testEvents(2), 'no-stream'),
  'is soft-deleted': async ({ store, client }, stream) => {
    await store.append(stream, testEvents(2), 'no-stream');
    await client.deleteStream(stream);
  },
  'has a tombstone': async ({ store, client }, stream) => {
    await store.append(stream, testEvents(2), 'no-stream');
    await client.tombstoneStream(stream);
  },
  'has only a tombstone': ({ client }, stream) => client.tombstoneStream(stream, { expectedRevision: NO_STREAM }),
  'has only metadata': ({ client }, stream) => client.setStreamMetadata(stream, { maxCount: 2 }),
  'has only hidden events': async ({ store, client }, stream) => {
    await store.append(stream, testEvents(2), 'no-stream');
    await client.setStreamMetadata(stream, { truncateBefore: 9 });
  },
};

/** Revision after the append; or the actual revision of a conflict, `no_stream`, or `stream-deleted`. */
type Answer = bigint | { actual: bigint | 'no_stream' } | 'stream-deleted';

const APPENDS: [keyof typeof STATES, AppendExpectedRevision, Answer][] = [
  ['does not exist', NO_STREAM, 0n],
  ['does not exist', ANY, 0n],
  ['does not exist', STREAM_EXISTS, { actual: 'no_stream' }],
  ['does not exist', 0n, { actual: 'no_stream' }],
  ['does not exist', 7n, { actual: 'no_stream' }],
  ['has two events', NO_STREAM, { actual: 1n }],
  ['has two events', ANY, 2n],
  ['has two events', STREAM_EXISTS, 2n],
  ['has two events', 0n, { actual: 1n }],
  ['has two events', 1n, 2n],
  ['has two events', 2n, { actual: 1n }],
  ['has two events', 4_294_967_296n, { actual: 1n }],
  ['has two events', 9_007_199_254_740_993n, { actual: 1n }],
  ['is soft-deleted', NO_STREAM, 2n],
  ['is soft-deleted', ANY, 2n],
  ['is soft-deleted', 1n, 2n],
  ['is soft-deleted', STREAM_EXISTS, 'stream-deleted'],
  ['has a tombstone', NO_STREAM, 'stream-deleted'],
  ['has a tombstone', ANY, 'stream-deleted'],
  ['has a tombstone', STREAM_EXISTS, 'stream-deleted'],
  ['has a tombstone', 1n, 'stream-deleted'],
  ['has only a tombstone', NO_STREAM, 'stream-deleted'],
  ['has only metadata', NO_STREAM, 0n],
  ['has only metadata', ANY, 0n],
  ['has only hidden events', ANY, 2n],
  ['has only hidden events', 1n, 2n],
];

describeEventStore('an append', (tested) => {
  it.each(APPENDS)('to a stream that %s, expecting %s, answers %j', async (state, expectedRevision, answer) => {
    const stream = tested.fresh();
    await STATES[state]?.(tested, stream);
    const sent = jsonEvent({ type: 'Tested', data: { n: 9 } });
    const got = await outcomeOf(tested.client.appendToStream(stream, sent, { expectedRevision }));
    if (typeof answer === 'bigint') expect(got).toMatchObject({ success: true, nextExpectedRevision: answer });
    else if (answer === 'stream-deleted') expect(got).toEqual({ error: 'stream-deleted', streamName: stream });
    else
      expect(got).toEqual({
        error: 'wrong-expected-version',
        streamName: stream,
        expectedVersion: expectedRevision,
        actualVersion: answer.actual,
      });
  });

  it.each<[string, ExpectedRevision, bigint | undefined]>([
    ['does not exist', 3n, undefined],
    ['has two events', 'no-stream', 1n],
    ['has two events', 0n, 1n],
  ])(
    'to a stream that %s, expecting %s, throws WrongExpectedRevision from the port',
    async (state, expected, actual) => {
      const stream = tested.fresh();
      await STATES[state]?.(tested, stream);
      const conflict = { name: 'WrongExpectedRevision', stream, expected, actual };
      await expect(tested.store.append(stream, [testEvent(1)], expected)).rejects.toMatchObject(conflict);
    },
  );

  it('to a stream with a tombstone throws EventStoreRefused from the port', async () => {
    const stream = tested.fresh();
    await STATES['has a tombstone']?.(tested, stream);
    const refused = { name: 'EventStoreRefused', reason: 'stream-deleted' };
    await expect(tested.store.append(stream, [testEvent(1)], 'any')).rejects.toMatchObject(refused);
  });

  it('stores the events in order and returns the last revision and its position', async () => {
    const stream = tested.fresh();
    const sent = testEvents(3);
    const { revision, position } = await tested.store.append(stream, sent, 'no-stream');
    expect(revision).toBe(2n);
    const { exists, events } = await tested.store.readStream(stream);
    expect(exists).toBe(true);
    expect(events).toEqual(sent.map((event, n) => expect.objectContaining({ ...event, stream, revision: BigInt(n) })));
    expect(events[2]?.position).toEqual(position);
    expect(Math.abs(Date.now() - (events[0]?.recordedAt.getTime() ?? 0))).toBeLessThan(60_000);
  });

  it('without events succeeds and creates no stream', async () => {
    const stream = tested.fresh();
    expect((await tested.store.append(stream, [], 'no-stream')).revision).toBe(0n);
    expect(await tested.store.streamExists(stream)).toBe(false);
  });

  it('without events checks the expected revision', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, [testEvent(0)], 'no-stream');
    expect((await tested.store.append(stream, [], 'any')).revision).toBe(0n);
    await expect(tested.store.append(stream, [], 7n)).rejects.toMatchObject({ actual: 0n });
  });

  it.each([2, 32, 64])('by %i concurrent writers to a new stream succeeds exactly once', async (writers) => {
    const stream = tested.fresh();
    const all = upTo(writers).map((n) => tested.store.append(stream, [testEvent(n)], 'no-stream'));
    const results = await Promise.allSettled(all);
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    for (const [index, result] of results.entries())
      if (index !== winner) expect(result).toMatchObject({ reason: expect.any(WrongExpectedRevision) });
    expect((await tested.store.readStream(stream)).events.map(numberOf)).toEqual([winner]);
  });

  it('by writers that race at every revision keeps every acknowledged event', async () => {
    const stream = tested.fresh();
    const won: number[] = [];
    await tested.store.append(stream, [testEvent(0)], 'no-stream');
    for (let revision = 0n; revision < 10n; revision++) {
      const all = upTo(8).map((n) => tested.store.append(stream, [testEvent(n)], revision).then(() => won.push(n)));
      const results = await Promise.allSettled(all);
      expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    }
    expect((await tested.store.readStream(stream, { from: 1n })).events.map(numberOf)).toEqual(won);
  });

  it('of 5,000 events is atomic and keeps their order', async () => {
    const stream = tested.fresh();
    const many = upTo(5_000).map((n) => ({ ...testEvent(n), data: { n } }));
    expect((await tested.store.append(stream, many, 'no-stream')).revision).toBe(4_999n);
    expect((await tested.store.readStream(stream)).events.map(numberOf)).toEqual(upTo(5_000));
    await expect(tested.store.append(stream, many.slice(0, 10), 3n)).rejects.toBeInstanceOf(WrongExpectedRevision);
  });

  it('of almost 1 MiB succeeds and is read back unchanged', async () => {
    const stream = tested.fresh();
    const text = 'x'.repeat(1_040_000);
    await tested.store.append(stream, [{ ...testEvent(1), data: { text } }], 'no-stream');
    expect((await tested.store.readStream(stream)).events[0]?.data).toEqual({ text });
  });

  it.each<[string, number, number]>([
    ['one event of 1.2 MB', 1, 1_200_000],
    ['forty events of 30 kB', 40, 30_000],
  ])(
    'of %s exceeds the limit of the server, and succeeds through the port (event-store-large.spec.ts)',
    async (_case, count, size) => {
      const stream = tested.fresh();
      const events = testEvents(count).map((event) => ({ ...event, data: { text: 'y'.repeat(size) } }));
      const raw = events.map(({ id, type, data }) => jsonEvent({ id, type, data }));
      const tooLarge = { error: 'maximum-append-size-exceeded', maxAppendSize: 1_048_576 };
      expect(await outcomeOf(tested.client.appendToStream(stream, raw))).toEqual(tooLarge);
      expect((await tested.store.append(stream, events, 'no-stream')).revision).toBe(BigInt(count - 1));
    },
  );
});
