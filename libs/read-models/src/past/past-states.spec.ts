import { MemoryEventStore } from '../../../../test/memory-event-store';
import { by, contextOf, order, written } from '../../../../test/writing';
import type { ReadStreamOptions, RecordedEvent, StreamSlice } from '@app/event-store/event-store';
import { PurchaseFold } from '@app/purchase/evolve';
import type { PurchaseState } from '@app/purchase/state';
import { decode } from '@app/stored-events/codec';
import { SNAPSHOT_EVERY, STATE_VERSION } from '@app/stored-events/snapshots';
import { snapshotStream } from '@app/stored-events/streams';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import type { PastState } from './past-state';
import { type PurchaseKey, PastStates } from './past-states';

const REVISIONS = 420;

describe('past states of a long purchase', () => {
  const memory = new MemoryEventStore();
  let key: PurchaseKey;
  let events: readonly RecordedEvent[];
  /** The state after each event. */
  let states: PurchaseState[];
  /** The number of events of each read of the purchase. */
  let reads: number[];
  /** The time of the server at which it recorded an event. */
  let clock: (event: RecordedEvent) => Date;
  /** A snapshot as it is stored. */
  let stored: (snapshot: RecordedEvent) => RecordedEvent;

  const readStream = async (stream: string, options?: ReadStreamOptions): Promise<StreamSlice> => {
    const slice = await memory.readStream(stream, options);
    if (stream.startsWith('snapshot-')) return { ...slice, events: slice.events.map(stored) };
    reads.push(slice.events.length);
    return { ...slice, events: slice.events.map((event) => ({ ...event, recordedAt: clock(event) })) };
  };
  const lastRevision = (stream: string): Promise<bigint | undefined> => memory.lastRevision(stream);
  const past = new PastStates({ readStream, lastRevision });
  /** The same without snapshots. */
  const folded = new PastStates({
    readStream: async (stream, options) =>
      stream.startsWith('snapshot-') ? { exists: false, events: [] } : readStream(stream, options),
    lastRevision,
  });

  const times = (): number[] => events.map((event) => clock(event).getTime());
  /** The last revision before the first event that was recorded after a time; -1: none. */
  const lastRecorded = (time: Date): number => {
    const first = times().findIndex((recorded) => recorded > time.getTime());
    return (first < 0 ? events.length : first) - 1;
  };
  const stateAfter = (revision: number): PastState | undefined => {
    const [event, state] = [events[revision], states[revision]];
    if (event === undefined || state?.phase !== 'live') return undefined;
    return { revision: BigInt(revision), recordedAt: clock(event), purchase: state.purchase };
  };
  /** The state after the last append that was recorded whole. */
  const stateAsOf = (time: Date): PastState | undefined => {
    const recorded = events.slice(0, lastRecorded(time) + 1);
    return stateAfter(recorded.findLastIndex(({ metadata }) => metadata.continues !== true));
  };
  /** All times at which another state may be returned: those of the events, and a millisecond before and after. */
  const moments = (): Date[] =>
    [...new Set(times().flatMap((time) => [time - 1, time, time + 1]))].map((time) => new Date(time));
  const damage = (change: object): void => {
    stored = (snapshot) => ({ ...snapshot, data: { ...(snapshot.data as object), ...change } });
  };

  beforeAll(async () => {
    const writer = new PurchaseWriter(memory);
    let id = '';
    for (let n = 0; (await memory.readStream(`purchase-${id}`)).events.length < REVISIONS; n++) {
      const body = order({
        customerReference: `PO-${n}`,
        ...(n % 3 === 0 && {
          paymentMethod: n % 2 === 0 ? 'invoice' : 'on_account',
          customFields: [{ name: 'n', value: `${n}` }],
        }),
        ...(n % 7 === 0 && { metadata: [{ name: 'n', value: `${n}` }] }),
      });
      id = written(await writer.put(by('internal', 'E1'), body, contextOf())).purchaseId;
    }
    key = { site: 'demo', id };
    ({ events } = await memory.readStream(`purchase-${id}`));
    const fold = new PurchaseFold();
    states = events.map((event) => {
      fold.apply(decode(event));
      return fold.state;
    });
    expect((await memory.readStream(snapshotStream(id))).events.length).toBe(Math.floor(REVISIONS / SNAPSHOT_EVERY));
  });
  beforeEach(() => {
    reads = [];
    clock = ({ recordedAt }) => recordedAt;
    stored = (snapshot) => snapshot;
  });

  it('at each revision equal the fold of all events up to it', async () => {
    for (const { revision } of events)
      expect(await past.atRevision(key, revision)).toEqual(stateAfter(Number(revision)));
    expect(await past.atRevision(key, BigInt(events.length))).toBeUndefined();
  });

  it('at each time equal the fold of the appends that were recorded whole by then, however much the caller knows', async () => {
    for (const time of moments()) {
      const expected = stateAsOf(time);
      const known = lastRecorded(time);
      for (const recorded of [undefined, known, known - 1, Math.floor(known / 2)])
        expect(await past.asOf(key, time, recorded === undefined ? undefined : BigInt(recorded))).toEqual(expected);
    }
  });

  it('end before the first event that was recorded later, also when the clock of the server was set back', async () => {
    clock = ({ recordedAt, revision }) =>
      new Date(recordedAt.getTime() - (revision >= 250n ? 120 : 0) - (revision >= 330n ? 30 : 0));
    for (const time of moments())
      expect(await past.asOf(key, time, BigInt(lastRecorded(time)))).toEqual(stateAsOf(time));
  });

  it('read the events since the snapshot before them only', async () => {
    const last = events.length - 1;
    for (const revision of [150, 250, last]) {
      reads = [];
      await past.atRevision(key, BigInt(revision));
      await past.asOf(key, clock(events[revision] as RecordedEvent), BigInt(revision));
      expect(reads).toHaveLength(2);
      expect(Math.max(...reads)).toBeLessThanOrEqual(SNAPSHOT_EVERY + 20);
    }
    reads = [];
    await past.atRevision(key, 50n);
    expect(reads).toEqual([51]);
  });

  it('go on to the events that the caller did not know of', async () => {
    expect(await past.asOf(key, new Date('2999-01-01'), 210n)).toEqual(stateAfter(events.length - 1));
    expect(reads.length).toBeGreaterThan(1);
  });

  it.each([
    ['of another version of the state', { stateVersion: STATE_VERSION + 1 }],
    ['of another site', { site: 'other' }],
    ['of an event that the stream does not have', { eventId: 'other' }],
    ['of a revision that the stream does not have', { revision: '1000000' }],
    ['of no revision', { revision: 'last' }],
    ['of a large revision', { revision: '9'.repeat(30) }],
    ['without a state', { state: null, revision: '150' }],
  ])('do not begin with a snapshot %s', async (_, wrong) => {
    damage({ state: { phase: 'deleted' }, ...wrong });
    for (const revision of [120, 150, 305, events.length - 1]) {
      expect(await past.atRevision(key, BigInt(revision))).toEqual(stateAfter(revision));
      const time = clock(events[revision] as RecordedEvent);
      expect(await past.asOf(key, time, BigInt(revision))).toEqual(stateAsOf(time));
    }
  });

  it('do not begin in the middle of an append', async () => {
    const { id: eventId, revision } = events.find(
      (event) => event.revision > 300n && event.metadata.continues === true,
    ) as RecordedEvent;
    damage({ state: { phase: 'deleted' }, eventId, revision: String(revision) });
    expect(await past.atRevision(key, revision)).toEqual(stateAfter(Number(revision)));
  });

  it('do not begin with an event of another application in the stream of the snapshots', async () => {
    stored = (snapshot) => ({ ...snapshot, type: 'Other', data: null });
    expect(await past.atRevision(key, 305n)).toEqual(stateAfter(305));
  });

  it('are compared as without snapshots', async () => {
    for (const [from, to] of [
      [-1n, 3n],
      [50n, 250n],
      [150n, 150n],
      [201n, 419n],
      [310n, 311n],
      [310n, 1_000n],
    ] as const) {
      reads = [];
      const found = await past.compare(key, from, to);
      const without = await folded.compare(key, from, to);
      expect(found).toEqual(without);
      expect(found === undefined).toBe(to === 1_000n);
    }
    reads = [];
    await past.compare(key, 310n, 311n);
    expect(reads[0]).toBeLessThanOrEqual(SNAPSHOT_EVERY + 20);
  });
});
