import { BACKWARDS, END, FORWARDS, type ReadStreamOptions as ClientOptions, START } from '@eventstore/db-client';
import { type ReadStreamOptions, StreamTooLarge } from '@app/event-store/event-store';
import { collected, describeEventStore, outcomeOf } from './servers';
import { testEvent, testEvents, upTo } from './test-event';

describeEventStore('a read of a stream', (tested) => {
  const stream = (): string => five;
  let five: string;
  beforeAll(async () => {
    five = tested.fresh('five');
    await tested.store.append(five, testEvents(5), 'no-stream');
  });

  const READS: [ReadStreamOptions, number[]][] = [
    [{}, [0, 1, 2, 3, 4]],
    [{ direction: 'forwards' }, [0, 1, 2, 3, 4]],
    [{ from: 0n }, [0, 1, 2, 3, 4]],
    [{ from: 2n }, [2, 3, 4]],
    [{ from: 4n }, [4]],
    [{ from: 5n }, []],
    [{ from: 99n }, []],
    [{ maxCount: 1 }, [0]],
    [{ maxCount: 5 }, [0, 1, 2, 3, 4]],
    [{ maxCount: 6 }, [0, 1, 2, 3, 4]],
    [{ from: 1n, maxCount: 2 }, [1, 2]],
    [{ from: 4n, maxCount: 2 }, [4]],
    [{ direction: 'backwards' }, [4, 3, 2, 1, 0]],
    [{ direction: 'backwards', from: 2n }, [2, 1, 0]],
    [{ direction: 'backwards', from: 0n }, [0]],
    [{ direction: 'backwards', from: 99n }, [4, 3, 2, 1, 0]],
    [{ direction: 'backwards', maxCount: 1 }, [4]],
    [{ direction: 'backwards', from: 3n, maxCount: 2 }, [3, 2]],
    [{ direction: 'backwards', from: 1n, maxCount: 9 }, [1, 0]],
  ];
  it.each(READS.map(([options, revisions]) => [describeOptions(options), options, revisions] as const))(
    '%s',
    async (_words, options, revisions) => {
      const { exists, events } = await tested.store.readStream(stream(), options);
      expect(exists).toBe(true);
      expect(events.map(({ revision }) => Number(revision))).toEqual(revisions);
    },
  );

  it.each<[string, ClientOptions]>([
    ['forwards from the end', { direction: FORWARDS, fromRevision: END }],
    ['with a count of 0', { direction: BACKWARDS, fromRevision: END, maxCount: 0 }],
  ])('%s is rejected by the server', async (_case, options) => {
    const answer = await outcomeOf(collected(tested.client.readStream(stream(), options)));
    expect(answer).toMatchObject({ error: 'unknown' });
  });

  it('backwards from the start returns the first event', async () => {
    const all = await collected(tested.client.readStream(stream(), { direction: BACKWARDS, fromRevision: START }));
    expect(all.map(({ event }) => event?.revision)).toEqual([0n]);
  });

  it('that does not exist is reported as missing by every method', async () => {
    const never = tested.fresh();
    expect(await tested.store.readStream(never)).toEqual({ exists: false, events: [] });
    expect(await tested.store.readStream(never, { direction: 'backwards' })).toEqual({ exists: false, events: [] });
    expect(await tested.store.streamExists(never)).toBe(false);
    expect(await tested.store.lastRevision(never)).toBeUndefined();
  });

  it('that does not exist, or its metadata, fails with an error that names the stream', async () => {
    const never = tested.fresh();
    for (const name of [never, `$$${never}`]) {
      const notFound = { error: 'stream-not-found', streamName: name };
      expect(await outcomeOf(collected(tested.client.readStream(name)))).toEqual(notFound);
    }
  });

  it('that exists is reported to exist, with its last revision', async () => {
    expect(await tested.store.streamExists(stream())).toBe(true);
    expect(await tested.store.lastRevision(stream())).toBe(4n);
  });

  it('of many pages is complete in both directions', async () => {
    const long = tested.fresh('long');
    for (let n = 0; n < 2_500; n += 500)
      await tested.store.append(long, testEvents(500, n), n === 0 ? 'no-stream' : BigInt(n - 1));
    const revisions = async (options?: ReadStreamOptions): Promise<number[]> =>
      (await tested.store.readStream(long, options)).events.map(({ revision }) => Number(revision));
    expect(await revisions()).toEqual(upTo(2_500));
    expect(await revisions({ direction: 'backwards' })).toEqual(upTo(2_500).reverse());
    expect(await revisions({ from: 500n, maxCount: 1_500 })).toEqual(upTo(1_500).map((n) => n + 500));
    expect(await revisions({ direction: 'backwards', from: 2_000n, maxCount: 1_001 })).toEqual(
      upTo(1_001).map((n) => 2_000 - n),
    );
  });

  it('of pages that end by size is complete, and ends early at a limit in bytes', async () => {
    const heavy = tested.fresh('heavy');
    const events = testEvents(12).map((event) => ({ ...event, data: { n: 0, text: 'x'.repeat(900_000) } }));
    for (const [n, event] of events.entries())
      await tested.store.append(heavy, [event], n === 0 ? 'no-stream' : BigInt(n - 1));
    const read = async (options?: ReadStreamOptions): Promise<number[]> =>
      (await tested.store.readStream(heavy, options)).events.map(({ revision }) => Number(revision));
    expect(await read()).toEqual(upTo(12));
    expect(await read({ direction: 'backwards' })).toEqual(upTo(12).reverse());
    expect(await read({ maxBytes: 12_000_000 })).toEqual(upTo(12));
    expect(await read({ maxBytes: 2_000_000, maxCount: 2 })).toEqual([0, 1]);
    await expect(read({ maxBytes: 500_000 })).rejects.toThrow(StreamTooLarge);
    await expect(read({ maxBytes: 10_000_000 })).rejects.toThrow(StreamTooLarge);
  });

  it('returns events as soon as they are acknowledged', async () => {
    const written = tested.fresh();
    for (let n = 0; n < 100; n++) {
      await tested.store.append(written, [testEvent(n)], n === 0 ? 'no-stream' : BigInt(n - 1));
      expect(await tested.store.lastRevision(written)).toBe(BigInt(n));
    }
  });

  it('by 32 readers during writes returns a prefix without gaps', async () => {
    const growing = tested.fresh();
    await tested.store.append(growing, [testEvent(0)], 'no-stream');
    const writing = (async () => {
      for (let n = 1; n < 50; n++) await tested.store.append(growing, [testEvent(n)], BigInt(n - 1));
    })();
    const reads = await Promise.all(upTo(32).map(() => tested.store.readStream(growing)));
    for (const { events } of reads) expect(events.map(({ revision }) => Number(revision))).toEqual(upTo(events.length));
    await writing;
    expect(await tested.store.lastRevision(growing)).toBe(49n);
  });

  it('checks that the server accepts appends without storing anything', async () => {
    const last = await tested.store.lastPosition();
    await tested.store.checkWritable();
    expect(await tested.store.lastPosition()).toEqual(last);
    expect(await tested.store.streamExists('health-check')).toBe(false);
  });
});

function describeOptions({ direction = 'forwards', from, maxCount }: ReadStreamOptions): string {
  return [direction, from === undefined ? '' : `from ${from}`, maxCount === undefined ? '' : `at most ${maxCount}`]
    .filter(Boolean)
    .join(', ');
}
