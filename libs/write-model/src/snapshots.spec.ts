import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MemoryEventStore } from '../../../test/memory-event-store';
import { by, contextOf, Counted, order, written } from '../../../test/writing';
import type { EventMetadata, RecordedEvent } from '@app/event-store/event-store';
import { evolve, evolveAll } from '@app/purchase/evolve';
import { initialState } from '@app/purchase/state';
import { decode } from '@app/stored-events/codec';
import { SNAPSHOT_EVERY, STATE_VERSION } from '@app/stored-events/snapshots';
import { snapshotStream } from '@app/stored-events/streams';
import { PurchaseCache } from './purchase-cache';
import { PurchaseRepository } from './purchase-repository';
import { PurchaseWriter } from './purchase-writer';

const E1 = by('internal', 'E1');
const GOLDEN = join(__dirname, '../../../test/stored-events/golden');

describe('snapshots of long streams', () => {
  let memory: MemoryEventStore;
  let counted: Counted;
  let id: string;

  const change = async (writer: PurchaseWriter, reference: string): Promise<void> => {
    id = written(await writer.put(E1, order({ customerReference: reference }), contextOf())).purchaseId;
  };
  /** A purchase of this many events, written by one process. */
  const writeEvents = async (count: number): Promise<void> => {
    const writer = new PurchaseWriter(memory);
    for (let n = 0; (await memory.readStream(`purchase-${id}`)).events.length < count; n++)
      await change(writer, `PO-${n}`);
  };
  const snapshots = async (): Promise<readonly RecordedEvent[]> => (await memory.readStream(snapshotStream(id))).events;
  /** Loads the purchase as a process does that has not cached it, and folds all its events to compare. */
  const loadAndCompare = async (): Promise<string[]> => {
    counted.taken();
    const loaded = await new PurchaseRepository(counted.store, new PurchaseCache(1e6)).load('demo', id);
    const { events } = await memory.readStream(`purchase-${id}`);
    const last = events.at(-1);
    expect(loaded).toEqual({
      site: 'demo',
      id,
      state: evolveAll(initialState, events.map(decode)),
      revision: last?.revision,
      position: last?.position,
    });
    return counted.taken();
  };
  /** Replaces the data of the last snapshot. */
  const damage = async (change: Record<string, unknown>): Promise<void> => {
    const last = (await snapshots()).at(-1);
    if (last === undefined) throw new Error('there is no snapshot');
    const data = { ...(last.data as object), ...change };
    await memory.append(
      snapshotStream(id),
      [{ id: 'x', type: last.type, data, metadata: last.metadata as EventMetadata }],
      'any',
    );
  };

  beforeEach(() => {
    memory = new MemoryEventStore();
    counted = new Counted(memory);
    id = '';
  });

  it('are not read for a stream that is shorter than the distance between two', async () => {
    await writeEvents(SNAPSHOT_EVERY - 1);
    expect(await snapshots()).toEqual([]);
    expect(await loadAndCompare()).toEqual(['read purchase']);
  });

  it('are kept each time the stream has grown by so many events, and save reading the events before', async () => {
    await writeEvents(3 * SNAPSHOT_EVERY + 7);
    expect((await snapshots()).map(({ data }) => Number((data as { revision: string }).revision))).toEqual(
      [1, 2, 3].map((times) => times * SNAPSHOT_EVERY),
    );
    const read = jest.spyOn(memory, 'readStream');
    expect(await loadAndCompare()).toEqual(['read purchase', 'read snapshot', 'read purchase']);
    const answers = await Promise.all(
      read.mock.results.slice(0, 3).map(({ value }) => value as Promise<{ events: [] }>),
    );
    expect(answers.map(({ events }) => events.length)).toEqual([SNAPSHOT_EVERY, 1, 7]);
  });

  it('hold the last state when no event follows', async () => {
    await writeEvents(SNAPSHOT_EVERY + 1);
    expect(await snapshots()).toHaveLength(1);
    await loadAndCompare();
  });

  it.each([
    ['of another version of the state', { stateVersion: STATE_VERSION + 1 }],
    ['of another site', { site: 'other' }],
    ['of an event that the stream does not have', { eventId: 'other' }],
    ['of a revision that the stream does not have', { revision: '1000000' }],
  ])('%s are ignored, and the purchase is folded from all its events', async (_, wrong) => {
    await writeEvents(SNAPSHOT_EVERY + 20);
    await damage({ state: { phase: 'deleted' }, ...wrong });
    await loadAndCompare();
  });

  it('are kept when a long stream without one is loaded', async () => {
    await writeEvents(2 * SNAPSHOT_EVERY + 20);
    const stored = memory.all.filter(({ stream }) => !stream.startsWith('snapshot-'));
    memory = new MemoryEventStore();
    for (const { stream, id, type, data, metadata } of stored)
      await memory.append(stream, [{ id, type, data, metadata: metadata as EventMetadata }], 'any');
    counted = new Counted(memory);
    expect(await loadAndCompare()).toEqual(['read purchase', 'read snapshot', 'read purchase', 'append snapshot']);
    expect(await loadAndCompare()).toEqual(['read purchase', 'read snapshot', 'read purchase']);
  });

  it('do not fail a write when they cannot be stored', async () => {
    const failing = Object.assign(Object.create(memory) as MemoryEventStore, {
      append: (...call: Parameters<MemoryEventStore['append']>) =>
        call[0].startsWith('snapshot-') ? Promise.reject(new Error('full')) : memory.append(...call),
    });
    const writer = new PurchaseWriter(failing);
    for (let n = 0; n < SNAPSHOT_EVERY + 20; n++) await change(writer, `PO-${n}`);
    expect(await snapshots()).toEqual([]);
  });

  /** When this fails, stored events fold into another state than before: increment STATE_VERSION and write the new hash here. */
  it('have a version that names how stored events are folded', () => {
    const golden = readdirSync(GOLDEN)
      .sort()
      .map((file) => JSON.parse(readFileSync(join(GOLDEN, file), 'utf8')) as RecordedEvent);
    const base = evolveAll(
      initialState,
      golden
        .filter(({ type }) => ['PurchaseCreated', 'PackageAdded'].includes(type))
        .reverse()
        .map(decode),
    );
    const states = golden.map((event) => evolve(base, decode(event)));
    expect(new Set(states.map((state) => JSON.stringify(state))).size).toBeGreaterThan(golden.length / 2);
    const hash = createHash('sha256').update(JSON.stringify(states)).digest('hex').slice(0, 16);
    expect([STATE_VERSION, hash]).toEqual([1, '0047fe7802ce3cc8']);
  });
});
