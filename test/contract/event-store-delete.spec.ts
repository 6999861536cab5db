import { ANY, type ExpectedRevision, NO_STREAM } from '@eventstore/db-client';
import { collected, describeEventStore, outcomeOf } from './servers';
import { numberOf, testEvent, testEvents } from './test-event';

const TOMBSTONE_REVISION = 9_223_372_036_854_775_807n;

describeEventStore('stream deletion', (tested) => {
  async function written(count = 3): Promise<string> {
    const stream = tested.fresh();
    await tested.store.append(stream, testEvents(count), 'no-stream');
    return stream;
  }
  const deleted = (stream: string, expectedRevision: ExpectedRevision = ANY): Promise<unknown> =>
    outcomeOf(tested.client.deleteStream(stream, { expectedRevision }).then(() => 'deleted'));
  const tombstoned = (stream: string, expectedRevision: ExpectedRevision = ANY): Promise<unknown> =>
    outcomeOf(tested.client.tombstoneStream(stream, { expectedRevision }).then(() => 'tombstoned'));

  it('makes the stream unreadable', async () => {
    const stream = await written();
    expect(await deleted(stream)).toBe('deleted');
    expect(await tested.store.readStream(stream)).toEqual({ exists: false, events: [] });
    expect(await tested.store.streamExists(stream)).toBe(false);
    expect(await tested.store.lastRevision(stream)).toBeUndefined();
  });

  it.each<[string, 'no-stream' | 'any' | bigint]>([
    ['no stream', 'no-stream'],
    ['any', 'any'],
    ['the last revision before the deletion', 2n],
  ])('ends with the next append, expecting %s, which continues the revisions', async (_words, expected) => {
    const stream = await written();
    await deleted(stream);
    expect((await tested.store.append(stream, [testEvent(3)], expected)).revision).toBe(3n);
    expect((await tested.store.readStream(stream)).events.map(numberOf)).toEqual([3]);
    expect((await tested.store.readStream(stream, { direction: 'backwards' })).events.map(numberOf)).toEqual([3]);
    expect((await tested.client.getStreamMetadata(stream)).metadata).toEqual({ truncateBefore: 3 });
  });

  it('succeeds when it expects the last revision', async () => {
    expect(await deleted(await written(), 2n)).toBe('deleted');
  });

  it('reports the actual revision when another is expected', async () => {
    const stream = await written();
    expect(await deleted(stream, 7n)).toEqual({
      error: 'wrong-expected-version',
      streamName: stream,
      expectedVersion: 7n,
      actualVersion: 2n,
    });
    expect(await tested.store.lastRevision(stream)).toBe(2n);
  });

  it('fails with a wrong expected version when the stream does not exist', async () => {
    const stream = tested.fresh();
    const wrong = { error: 'wrong-expected-version', streamName: stream, expectedVersion: -2n, actualVersion: -1n };
    expect(await deleted(stream)).toEqual(wrong);
  });

  it('succeeds when it is repeated', async () => {
    const stream = await written();
    expect([await deleted(stream), await deleted(stream)]).toEqual(['deleted', 'deleted']);
  });

  it('hides events appended since an earlier deletion', async () => {
    const stream = await written();
    await deleted(stream);
    await tested.store.append(stream, [testEvent(3)], 'any');
    await deleted(stream);
    expect(await tested.store.streamExists(stream)).toBe(false);
    expect((await tested.store.append(stream, [testEvent(4)], 'no-stream')).revision).toBe(4n);
  });

  it('appears in $all as stream metadata; the hidden events remain there', async () => {
    const from = await tested.store.lastPosition();
    const stream = await written(2);
    await deleted(stream);
    const all = await tested.store.readAll({ from, maxCount: 1_000 });
    const places = all
      .filter((event) => event.stream.endsWith(stream))
      .map((event) => `${event.stream}@${event.revision}`);
    expect(places).toEqual([`${stream}@0`, `${stream}@1`, `$$${stream}@0`]);
    expect(all.at(-1)).toMatchObject({ type: '$metadata' });
  });

  describe('with a tombstone', () => {
    it.each<[string, ExpectedRevision]>([
      ['any', ANY],
      ['the last revision', 2n],
    ])('expecting %s, prevents reads, appends and deletions', async (_words, expected) => {
      const stream = await written();
      expect(await tombstoned(stream, expected)).toBe('tombstoned');
      const gone = { error: 'stream-deleted', streamName: stream };
      expect(await outcomeOf(collected(tested.client.readStream(stream)))).toEqual(gone);
      expect(await deleted(stream)).toEqual(gone);
      expect(await tombstoned(stream)).toEqual(gone);
      expect(await tested.store.readStream(stream)).toEqual({ exists: false, events: [] });
      await expect(tested.store.append(stream, [testEvent(1)], 'any')).rejects.toMatchObject({
        reason: 'stream-deleted',
      });
    });

    it('reserves the name of a stream that does not exist', async () => {
      const stream = tested.fresh();
      expect(await tombstoned(stream, NO_STREAM)).toBe('tombstoned');
      await expect(tested.store.append(stream, [testEvent(1)], 'no-stream')).rejects.toMatchObject({
        reason: 'stream-deleted',
      });
    });

    it('reports the actual revision when another is expected', async () => {
      const stream = await written();
      expect(await tombstoned(stream, 7n)).toEqual({
        error: 'wrong-expected-version',
        streamName: stream,
        expectedVersion: 7n,
        actualVersion: 2n,
      });
      expect(await tested.store.lastRevision(stream)).toBe(2n);
    });

    it('appears in $all at the highest revision', async () => {
      const from = await tested.store.lastPosition();
      const stream = await written(1);
      await tombstoned(stream);
      const all = await tested.store.readAll({ from, maxCount: 1_000 });
      const mine = all.filter((event) => event.stream === stream).map(({ type, revision }) => ({ type, revision }));
      expect(mine).toEqual([
        { type: 'Tested', revision: 0n },
        { type: '$streamDeleted', revision: TOMBSTONE_REVISION },
      ]);
    });
  });
});
