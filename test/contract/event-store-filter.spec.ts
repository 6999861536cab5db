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

/** Waits, without saying how long it may take, until something holds; the time-out of the test bounds it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

interface Heard {
  places: string[];
  confirmed: number;
  caughtUp: number;
  error?: unknown;
}

function hear(subscription: AllStreamSubscription | StreamSubscription): Heard {
  const heard: Heard = { places: [], confirmed: 0, caughtUp: 0 };
  subscription
    .on('confirmation', () => (heard.confirmed += 1))
    .on('caughtUp', () => (heard.caughtUp += 1))
    .on('data', ({ event }) => heard.places.push(`${event?.streamId}@${event?.revision}`))
    .on('error', (error) => (heard.error = error));
  return heard;
}

describeEventStore('a subscription by the official client', (tested) => {
  const open: { unsubscribe: () => Promise<void> }[] = [];
  function followAll(filter: Filter | undefined, fromPosition: typeof START | typeof END | Position = START): Heard {
    const subscription = tested.client.subscribeToAll({ fromPosition, filter });
    open.push(subscription);
    return hear(subscription);
  }
  function followStream(stream: string, fromRevision: typeof START | typeof END | bigint = START): Heard {
    const subscription = tested.client.subscribeToStream(stream, { fromRevision });
    open.push(subscription);
    return hear(subscription);
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
  it.each(FILTERS)('to all, by %s, has what matches, from the start and live', async (_words, filterOf, matching) => {
    const run = tested.fresh('f');
    const end = await tested.store.lastPosition();
    await write(`${run}-a`, [`${run}Seen`, `${run}Unseen`]);
    await write(`${run}-b`, [`${run}SeenToo`]);
    const heard = followAll(filterOf(run), end);
    await until(() => heard.caughtUp === 1);
    await write(`${run}-c`, [`${run}Seen`]);
    await write(`${run}-ab`, [`${run}Other`]);
    const expected = matching.map((place) => `${run}-${place}`);
    await until(() => heard.places.length >= expected.length);
    expect(heard).toEqual({ places: expected, confirmed: 1, caughtUp: 1 });
  });

  it('to all, without events of the system', async () => {
    const stream = tested.fresh();
    await tested.client.setStreamMetadata(stream, { maxCount: 9 });
    await tested.store.append(stream, [testEvent(1)], 'no-stream');
    const heard = followAll(excludeSystemEvents());
    await until(() => heard.places.includes(`${stream}@0`));
    expect(heard.places.filter((place) => place.startsWith('$'))).toEqual([]);
  });

  it('to all, unfiltered, from the end', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, [testEvent(0)], 'no-stream');
    const heard = followAll(undefined, END);
    await until(() => heard.caughtUp === 1);
    await tested.store.append(stream, [testEvent(1)], 0n);
    await until(() => heard.places.length > 0);
    expect(heard.places).toEqual([`${stream}@1`]);
  });

  /** Follows all for events that never come; `at`: the checkpoints, one for every five events. */
  const checkpointsOfNothing = (from: Parameters<typeof followAll>[1]) => {
    const at: bigint[] = [];
    const filter = streamNameFilter({
      prefixes: [tested.fresh('nothing')],
      maxSearchWindow: 5,
      checkpointInterval: 1,
      checkpointReached: async (_subscription, { commit }) => void at.push(commit),
    });
    return { at, heard: followAll(filter, from) };
  };

  it('to all, has rising checkpoints while it catches up over events that do not match', async () => {
    const from = await tested.store.lastPosition();
    for (const n of upTo(30)) await tested.store.append(tested.fresh(), [testEvent(n)], 'no-stream');
    const { at, heard } = checkpointsOfNothing(from);
    await until(() => heard.caughtUp === 1);
    expect(at.length).toBeGreaterThan(0);
    expect(at).toEqual([...new Set(at)].sort((a, b) => Number(a - b)));
    expect(heard.places).toEqual([]);
  });

  it('to all, has a checkpoint for every window of live events', async () => {
    const { at, heard } = checkpointsOfNothing(END);
    await until(() => heard.caughtUp === 1);
    const before = at.length;
    await tested.store.append(tested.fresh(), testEvents(20), 'no-stream');
    await until(() => at.length >= before + 4);
  });

  it('to a stream, from the start, a revision, the end', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, testEvents(3), 'no-stream');
    const all = [followStream(stream), followStream(stream, 1n), followStream(stream, END)];
    await until(() => all.every(({ caughtUp }) => caughtUp === 1));
    await tested.store.append(stream, [testEvent(3)], 2n);
    await until(() => all.every(({ places }) => places.at(-1) === `${stream}@3`));
    expect(all.map(({ places }) => places.length)).toEqual([4, 2, 1]);
  });

  it('to a stream that is not there yet', async () => {
    const stream = tested.fresh();
    const heard = followStream(stream);
    await until(() => heard.caughtUp === 1);
    await tested.store.append(stream, [testEvent(0)], 'no-stream');
    await until(() => heard.places.length > 0);
    expect(heard.places).toEqual([`${stream}@0`]);
  });

  it('to a stream that is deleted and written again meanwhile', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, [testEvent(0)], 'no-stream');
    const heard = followStream(stream);
    await until(() => heard.places.length === 1);
    await tested.client.deleteStream(stream);
    await tested.store.append(stream, [testEvent(1)], 'any');
    await until(() => heard.places.length === 2);
    expect(heard.places).toEqual([`${stream}@0`, `${stream}@1`]);
  });

  it('to a stream with a tombstone fails; one that gets it meanwhile ends with it', async () => {
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
