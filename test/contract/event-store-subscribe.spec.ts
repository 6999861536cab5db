import type { EventBatch, FromPosition } from '@app/event-store/event-store';
import { describeEventStore } from './servers';
import { numbersOf, testEvent, testEvents, upTo, withoutSize } from './test-event';

describeEventStore('a subscription', (tested) => {
  /** Reads batches until one satisfies the predicate; returns all of them. */
  async function follow(
    kind: string,
    enough: (seen: number[], batch: EventBatch) => boolean | Promise<boolean>,
    options: { from?: FromPosition; maxBatch?: number } = {},
  ): Promise<number[]> {
    const seen: number[] = [];
    const batches = tested.store.subscribe({ from: undefined, streamPrefixes: [kind], ...options });
    for await (const batch of batches) {
      seen.push(...numbersOf(batch));
      if (await enough(seen, batch)) break;
    }
    return seen;
  }

  it('receives stored events from the start, of matching streams only', async () => {
    const kind = tested.fresh('kind');
    await tested.store.append(`${kind}-a`, testEvents(2), 'no-stream');
    await tested.store.append(tested.fresh('other'), [testEvent(99)], 'no-stream');
    await tested.store.append(`${kind}-b`, testEvents(2, 2), 'no-stream');
    expect(await follow(kind, (_seen, { caughtUp }) => caughtUp)).toEqual(upTo(4));
  });

  it('receives each event once and in order across the switch to live', async () => {
    const kind = tested.fresh('kind');
    await tested.store.append(`${kind}-a`, testEvents(2), 'no-stream');
    let live = false;
    const seen = await follow(kind, async (all, { caughtUp }) => {
      if (caughtUp && !live) {
        live = true;
        for (let n = 2; n < 200; n++) await tested.store.append(`${kind}-${n % 7}`, [testEvent(n)], 'any');
      }
      return all.length >= 200;
    });
    expect(seen).toEqual(upTo(200));
  });

  it('receives each event once when it starts during writes by 8 writers', async () => {
    const kind = tested.fresh('kind');
    const writing = upTo(8).map(async (writer) => {
      for (let n = 0; n < 40; n++)
        await tested.store.append(`${kind}-${writer}`, [testEvent(n)], n === 0 ? 'no-stream' : BigInt(n - 1));
    });
    const ids: string[] = [];
    const positions: bigint[] = [];
    for await (const { events } of tested.store.subscribe({ from: undefined, streamPrefixes: [kind] })) {
      ids.push(...events.map(({ id }) => id));
      positions.push(...events.map(({ position }) => position.commit));
      if (ids.length >= 320) break;
    }
    await Promise.all(writing);
    expect(new Set(ids).size).toBe(320);
    expect(positions.every((at, n) => n === 0 || at > positions[n - 1]!)).toBe(true);
  });

  it('excludes the event at its start position', async () => {
    const kind = tested.fresh('kind');
    const { position } = await tested.store.append(kind, testEvents(2), 'no-stream');
    await tested.store.append(kind, [testEvent(2)], 1n);
    expect(await follow(kind, (seen) => seen.length > 0, { from: position })).toEqual([2]);
  });

  it('resumes with the next event from every position', async () => {
    const kind = tested.fresh('kind');
    await tested.store.append(kind, testEvents(5), 'no-stream');
    const { events } = await tested.store.readStream(kind);
    for (const [n, { position }] of events.slice(0, 4).entries())
      expect((await follow(kind, (seen) => seen.length >= 4 - n, { from: position }))[0]).toBe(n + 1);
  });

  it('receives only new events when it starts at the end', async () => {
    const kind = tested.fresh('kind');
    await tested.store.append(kind, testEvents(3), 'no-stream');
    const from = await tested.store.lastPosition();
    let written = false;
    const seen = await follow(
      kind,
      async (all, { caughtUp }) => {
        if (caughtUp && !written) {
          written = true;
          await tested.store.append(kind, [testEvent(3)], 2n);
        }
        return all.length > 0;
      },
      { from },
    );
    expect(seen).toEqual([3]);
  });

  it('waits for streams that do not exist', async () => {
    const kind = tested.fresh('kind');
    let written = false;
    const seen = await follow(kind, async (all) => {
      if (!written) await tested.store.append(kind, [testEvent(0)], 'no-stream');
      written = true;
      return all.length > 0;
    });
    expect(seen).toEqual([0]);
  });

  it('accepts several prefixes', async () => {
    const [one, other] = [tested.fresh('one'), tested.fresh('other')];
    await tested.store.append(one, [testEvent(0)], 'no-stream');
    await tested.store.append(tested.fresh('none'), [testEvent(9)], 'no-stream');
    await tested.store.append(other, [testEvent(1)], 'no-stream');
    const seen: number[] = [];
    for await (const batch of tested.store.subscribe({ from: undefined, streamPrefixes: [one, other] })) {
      seen.push(...numbersOf(batch));
      if (batch.caughtUp) break;
    }
    expect(seen).toEqual([0, 1]);
  });

  it('limits the batch size, and reports caught-up with the last batch only', async () => {
    const kind = tested.fresh('kind');
    await tested.store.append(kind, testEvents(25), 'no-stream');
    const sizes: number[] = [];
    await follow(
      kind,
      (seen, { events, caughtUp }) => {
        sizes.push(events.length);
        if (caughtUp) expect(seen).toHaveLength(25);
        return caughtUp;
      },
      { maxBatch: 10 },
    );
    expect(Math.max(...sizes)).toBeLessThanOrEqual(10);
  });

  it('advances its position past events that do not match, and can resume from there', async () => {
    const kind = tested.fresh('kind');
    await tested.store.append(kind, [testEvent(0)], 'no-stream');
    const { position: behind } = await tested.store.append(tested.fresh('other'), testEvents(50), 'no-stream');
    let last: FromPosition;
    await follow(kind, (_seen, { position }) => (last = position).commit >= behind!.commit);
    await tested.store.append(kind, [testEvent(1)], 0n);
    expect(await follow(kind, (seen) => seen.length > 0, { from: last })).toEqual([1]);
  });

  it('delivers every event of a burst to a slow consumer', async () => {
    const kind = tested.fresh('kind');
    let written = false;
    const seen = await follow(
      kind,
      async (all, { caughtUp }) => {
        if (caughtUp && !written) {
          written = true;
          void tested.store.append(kind, testEvents(600), 'no-stream');
        }
        await new Promise((resolve) => setTimeout(resolve, 5));
        return all.length >= 600;
      },
      { maxBatch: 5 },
    );
    expect(seen).toEqual(upTo(600));
  });

  it('delivers all events to each of ten subscribers', async () => {
    const kind = tested.fresh('kind');
    await tested.store.append(kind, testEvents(100), 'no-stream');
    const all = await Promise.all(upTo(10).map(() => follow(kind, (seen) => seen.length >= 100)));
    for (const seen of all) expect(seen).toEqual(upTo(100));
  });

  it('delivers the same data, metadata and positions as a read', async () => {
    const kind = tested.fresh('kind');
    await tested.store.append(kind, testEvents(3), 'no-stream');
    const followed = [];
    for await (const { events, caughtUp } of tested.store.subscribe({ from: undefined, streamPrefixes: [kind] })) {
      followed.push(...events);
      if (caughtUp) break;
    }
    expect(followed.map(withoutSize)).toEqual((await tested.store.readStream(kind)).events.map(withoutSize));
    for (const { data, metadata, bytes } of followed)
      expect(bytes).toBeGreaterThanOrEqual(Buffer.byteLength(JSON.stringify(data) + JSON.stringify(metadata)));
  });

  it('ends when its signal is aborted', async () => {
    const end = new AbortController();
    const batches = tested.store.subscribe({ from: undefined, streamPrefixes: ['none-'], signal: end.signal });
    for await (const { caughtUp } of batches) if (caughtUp) end.abort();
    const ended = tested.store.subscribe({ from: undefined, streamPrefixes: ['none-'], signal: end.signal });
    for await (const batch of ended) throw new Error(`the subscription continues at ${batch.position.commit}`);
  });

  it('throws a TypeError without a prefix', () => {
    expect(() => tested.store.subscribe({ from: undefined, streamPrefixes: [] })).toThrow(TypeError);
  });
});
