import {
  type AllStreamSubscription,
  END,
  eventTypeFilter,
  excludeSystemEvents,
  type Filter,
  jsonEvent,
  type Position,
  START,
  streamNameFilter,
  type StreamSubscription,
} from '@eventstore/db-client';
import { describeEventStore, outcomeOf } from './servers';
import { testEvent, testEvents, upTo } from './test-event';

/** Waits until a condition holds, at most until the test times out. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

interface Received {
  places: string[];
  confirmed: number;
  caughtUp: number;
  error?: unknown;
}

function record(subscription: AllStreamSubscription | StreamSubscription): Received {
  const received: Received = { places: [], confirmed: 0, caughtUp: 0 };
  subscription
    .on('confirmation', () => (received.confirmed += 1))
    .on('caughtUp', () => (received.caughtUp += 1))
    .on('data', ({ event }) => received.places.push(`${event?.streamId}@${event?.revision}`))
    .on('error', (error) => (received.error = error));
  return received;
}

describeEventStore('a subscription of the official client', (tested) => {
  const open: { unsubscribe: () => Promise<void> }[] = [];
  function followAll(filter: Filter | undefined, fromPosition: typeof START | typeof END | Position = START): Received {
    const subscription = tested.client.subscribeToAll({ fromPosition, filter });
    open.push(subscription);
    return record(subscription);
  }
  function followStream(stream: string, fromRevision: typeof START | typeof END | bigint = START): Received {
    const subscription = tested.client.subscribeToStream(stream, { fromRevision });
    open.push(subscription);
    return record(subscription);
  }
  afterEach(async () => {
    for (const subscription of open.splice(0)) await subscription.unsubscribe();
  });
  const write = (stream: string, types: string[]): Promise<unknown> =>
    tested.client.appendToStream(
      stream,
      types.map((type) => jsonEvent({ type, data: {} })),
    );

  const FILTERS: [string, (run: string) => Filter, string[]][] = [
    ['a prefix of stream names', (run) => streamNameFilter({ prefixes: [`${run}-a`] }), ['a@0', 'a@1', 'ab@0']],
    ['two prefixes', (run) => streamNameFilter({ prefixes: [`${run}-ab`, `${run}-b`] }), ['b@0', 'ab@0']],
    ['an expression over stream names', (run) => streamNameFilter({ regex: `^${run}-[ac]$` }), ['a@0', 'a@1', 'c@0']],
    ['a prefix of types', (run) => eventTypeFilter({ prefixes: [`${run}Seen`] }), ['a@0', 'b@0', 'c@0']],
    ['an expression over types', (run) => eventTypeFilter({ regex: `^${run}.*Too$` }), ['b@0']],
  ];
  it.each(FILTERS)(
    'to $all, filtered by %s, receives stored and live events that match',
    async (_words, filterOf, matching) => {
      const run = tested.fresh('f');
      const end = await tested.store.lastPosition();
      await write(`${run}-a`, [`${run}Seen`, `${run}Unseen`]);
      await write(`${run}-b`, [`${run}SeenToo`]);
      const received = followAll(filterOf(run), end);
      await until(() => received.caughtUp === 1);
      await write(`${run}-c`, [`${run}Seen`]);
      await write(`${run}-ab`, [`${run}Other`]);
      const expected = matching.map((place) => `${run}-${place}`);
      await until(() => received.places.length >= expected.length);
      expect(received).toEqual({ places: expected, confirmed: 1, caughtUp: 1 });
    },
  );

  it('to $all, excludes system events', async () => {
    const stream = tested.fresh();
    await tested.client.setStreamMetadata(stream, { maxCount: 9 });
    await tested.store.append(stream, [testEvent(1)], 'no-stream');
    const received = followAll(excludeSystemEvents());
    await until(() => received.places.includes(`${stream}@0`));
    expect(received.places.filter((place) => place.startsWith('$'))).toEqual([]);
  });

  it('to $all, unfiltered, starts at the end', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, [testEvent(0)], 'no-stream');
    const received = followAll(undefined, END);
    await until(() => received.caughtUp === 1);
    await tested.store.append(stream, [testEvent(1)], 0n);
    await until(() => received.places.length > 0);
    expect(received.places).toEqual([`${stream}@1`]);
  });

  /** Subscribes to $all with a filter that never matches; `at`: the checkpoints, one for every five events. */
  const checkpointsOfNothing = (from: Parameters<typeof followAll>[1]) => {
    const at: bigint[] = [];
    const filter = streamNameFilter({
      prefixes: [tested.fresh('nothing')],
      maxSearchWindow: 5,
      checkpointInterval: 1,
      checkpointReached: async (_subscription, { commit }) => void at.push(commit),
    });
    return { at, received: followAll(filter, from) };
  };

  it('to $all, receives increasing checkpoints while it catches up past events that do not match', async () => {
    const from = await tested.store.lastPosition();
    for (const n of upTo(30)) await tested.store.append(tested.fresh(), [testEvent(n)], 'no-stream');
    const { at, received } = checkpointsOfNothing(from);
    await until(() => received.caughtUp === 1);
    expect(at.length).toBeGreaterThan(0);
    expect(at).toEqual([...new Set(at)].sort((a, b) => Number(a - b)));
    expect(received.places).toEqual([]);
  });

  it('to $all, receives a checkpoint for every window of live events', async () => {
    const { at, received } = checkpointsOfNothing(END);
    await until(() => received.caughtUp === 1);
    const before = at.length;
    await tested.store.append(tested.fresh(), testEvents(20), 'no-stream');
    await until(() => at.length >= before + 4);
  });

  it('to a stream, starts at the start, a revision or the end', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, testEvents(3), 'no-stream');
    const all = [followStream(stream), followStream(stream, 1n), followStream(stream, END)];
    await until(() => all.every(({ caughtUp }) => caughtUp === 1));
    await tested.store.append(stream, [testEvent(3)], 2n);
    await until(() => all.every(({ places }) => places.at(-1) === `${stream}@3`));
    expect(all.map(({ places }) => places.length)).toEqual([4, 2, 1]);
  });

  it('to a stream that does not exist, waits for it', async () => {
    const stream = tested.fresh();
    const received = followStream(stream);
    await until(() => received.caughtUp === 1);
    await tested.store.append(stream, [testEvent(0)], 'no-stream');
    await until(() => received.places.length > 0);
    expect(received.places).toEqual([`${stream}@0`]);
  });

  it('to a stream that is deleted and recreated, continues', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, [testEvent(0)], 'no-stream');
    const received = followStream(stream);
    await until(() => received.places.length === 1);
    await tested.client.deleteStream(stream);
    await tested.store.append(stream, [testEvent(1)], 'any');
    await until(() => received.places.length === 2);
    expect(received.places).toEqual([`${stream}@0`, `${stream}@1`]);
  });

  it('to a stream, fails on a tombstone, also on a later one', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, [testEvent(0)], 'no-stream');
    const meanwhile = followStream(stream);
    await until(() => meanwhile.caughtUp === 1);
    await tested.client.tombstoneStream(stream);
    await until(() => meanwhile.error !== undefined);
    expect(meanwhile.places).toEqual([`${stream}@0`, `${stream}@9223372036854775807`]);
    const after = followStream(stream);
    await until(() => after.error !== undefined);
    for (const { error } of [meanwhile, after])
      expect(await outcomeOf(Promise.reject(error as Error))).toEqual({ error: 'stream-deleted', streamName: stream });
  });
});
