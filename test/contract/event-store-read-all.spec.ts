import { BACKWARDS, END } from '@eventstore/db-client';
import type { Position, RecordedEvent } from '@app/event-store/event-store';
import { collected, describeEventStore, type Tested } from './servers';
import { testEvent, testEvents, upTo } from './test-event';

const isBefore = (a: Position, b: Position): boolean =>
  a.commit < b.commit || (a.commit === b.commit && a.prepare < b.prepare);

/** Reads all events after a position, page by page. */
async function allAfter({ store }: Tested, from: Position | undefined, page = 500): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (let at = from; ;) {
    const read = await store.readAll({ from: at, maxCount: page });
    events.push(...read.filter(({ position }) => at === undefined || isBefore(at, position)));
    if (read.length < page) return events;
    at = read.at(-1)?.position;
  }
}

describeEventStore('a read of $all', (tested) => {
  it('returns every event of 32 writers once, in a total order that preserves the order of each stream', async () => {
    const [from, kind] = [await tested.store.lastPosition(), tested.fresh('writers')];
    const written = new Map<string, string[]>();
    await Promise.all(
      upTo(32).map(async (writer) => {
        const ids: string[] = [];
        written.set(`${kind}-${writer}`, ids);
        for (let n = 0; n < 10; n++) {
          const events = testEvents(1 + (n % 3));
          const expected = ids.length === 0 ? 'no-stream' : BigInt(ids.length - 1);
          await tested.store.append(`${kind}-${writer}`, events, expected);
          ids.push(...events.map(({ id }) => id));
        }
      }),
    );
    const all = await allAfter(tested, from, 300);
    const mine = all.filter(({ stream }) => written.has(stream));
    expect(all.every(({ position }, n) => n === 0 || isBefore(all[n - 1]!.position, position))).toBe(true);
    expect(mine).toHaveLength([...written.values()].flat().length);
    for (const [stream, ids] of written)
      expect(mine.filter((event) => event.stream === stream).map(({ id }) => id)).toEqual(ids);
  });

  it('returns the events of one append together, the last at the position of the append', async () => {
    const from = await tested.store.lastPosition();
    const { position } = await tested.store.append(tested.fresh(), testEvents(3), 'no-stream');
    const all = await allAfter(tested, from);
    expect(all.slice(-3).map(({ revision }) => revision)).toEqual([0n, 1n, 2n]);
    expect(all.at(-1)?.position).toEqual(position);
    expect(await tested.store.lastPosition()).toEqual(position);
  });

  it('includes the event at the position forwards, and starts before it backwards', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, testEvents(4), 'no-stream');
    const [first, second, third] = (await tested.store.readStream(stream)).events;
    const forwards = await tested.store.readAll({ from: second?.position, maxCount: 2 });
    expect(forwards.map(({ id }) => id)).toEqual([second?.id, third?.id]);
    const backwards = await tested.store.readAll({ direction: 'backwards', from: second?.position, maxCount: 1 });
    expect(backwards.map(({ id }) => id)).toEqual([first?.id]);
  });

  it('starts with the last event backwards from the end', async () => {
    const stream = tested.fresh();
    await tested.store.append(stream, [testEvent(7)], 'no-stream');
    const [last] = await tested.store.readAll({ direction: 'backwards', maxCount: 3 });
    expect(last).toMatchObject({ stream, revision: 0n });
    const [raw] = await collected(tested.client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }));
    expect(raw?.event?.id).toBe(last?.id);
  });

  it('starts with system events forwards from the start', async () => {
    const [first] = await tested.store.readAll({ maxCount: 1 });
    expect(first?.stream).toMatch(/^\$/);
  });

  it('returns only the last event forwards from it', async () => {
    const { position } = await tested.store.append(tested.fresh(), [testEvent(1)], 'no-stream');
    expect(await tested.store.readAll({ from: position, maxCount: 10 })).toHaveLength(1);
  });

  it.each<['forwards' | 'backwards', number]>([
    ['forwards', 1_000],
    ['forwards', 1_001],
    ['forwards', 2_300],
    ['backwards', 1_001],
    ['backwards', 2_300],
  ])('%s, at most %i events, is complete across pages', async (direction, maxCount) => {
    const stream = tested.fresh();
    const { position } = await tested.store.append(stream, testEvents(1), 'no-stream');
    for (let n = 0; n < 2_500; n += 500) await tested.store.append(stream, testEvents(500, 1 + n), BigInt(n));
    const from = direction === 'forwards' ? position : undefined;
    const events = await tested.store.readAll({ direction, from, maxCount });
    const expected = direction === 'forwards' ? upTo(maxCount) : upTo(maxCount).map((n) => 2_500 - n);
    expect(events.map(({ revision }) => Number(revision))).toEqual(expected);
  });

  it('returns increasing commit and prepare positions', async () => {
    const events = await tested.store.readAll({ direction: 'backwards', maxCount: 200 });
    for (const [n, { position }] of events.entries())
      if (n > 0) expect(isBefore(position, events[n - 1]!.position)).toBe(true);
  });
});
