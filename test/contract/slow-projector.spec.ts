import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { EventStoreDBClient, START, streamNameFilter } from '@eventstore/db-client';
import { type EventStoreNode, startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import type { EventStore } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { numberOf, testEvents, upTo } from './test-event';

/** Number of events. `npm run test:burst` appends 20,000, which takes two minutes. */
const EVENTS = Number(process.env.BURST_EVENTS ?? 1_500);
/** Time that the projector needs for one event. */
const HANDLING_MS = 5;
const EVENTS_PER_APPEND = 50;

describe(`a burst of ${EVENTS} events and a projector that takes ${HANDLING_MS} ms per event`, () => {
  let dataDir: string;
  let node: EventStoreNode;
  let store: EventStore;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'burst-'));
    node = await startEventStoreNode({ dataDir, port: 0 });
    store = connectEventStoreDb(node.url);
  });
  afterEach(async () => {
    await store.close();
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Appends from 8 concurrent writers. */
  async function burst(count: number): Promise<void> {
    await Promise.all(
      upTo(8).map(async (writer) => {
        for (let n = writer * EVENTS_PER_APPEND; n < count; n += 8 * EVENTS_PER_APPEND)
          await store.append(`burst-${n}`, testEvents(Math.min(EVENTS_PER_APPEND, count - n), n), 'no-stream');
      }),
    );
  }

  it('handles every event once, in order', async () => {
    const handled: number[] = [];
    const positions: bigint[] = [];
    let written: Promise<void> | undefined;
    for await (const { events, caughtUp } of store.subscribe({ from: undefined, streamPrefixes: ['burst-'] })) {
      if (caughtUp) written ??= burst(EVENTS);
      for (const event of events) {
        await pause(HANDLING_MS);
        handled.push(numberOf(event));
        positions.push(event.position.commit);
      }
      if (handled.length >= EVENTS) break;
    }
    await written;
    const all = await store.readAll({ maxCount: EVENTS + 1_000 });
    expect(handled).toEqual(all.filter(({ stream }) => stream.startsWith('burst-')).map(numberOf));
    expect(positions.every((at, n) => n === 0 || at > positions[n - 1]!)).toBe(true);
  });

  it('drops a consumer without a buffer that is as slow, as EventStoreDB does', async () => {
    const client = EventStoreDBClient.connectionString(node.url);
    const filter = streamNameFilter({ prefixes: ['burst-'] });
    const subscription = client.subscribeToAll({ fromPosition: START, filter });
    const dropped = new Promise<unknown>((resolve) => subscription.on('error', resolve));
    const live = new Promise<void>((resolve) => subscription.once('caughtUp', resolve));
    const reading = (async () => {
      for await (const _event of subscription) await pause(HANDLING_MS);
    })().catch(() => {});
    await live;
    await burst(4_000);
    expect(await dropped).toMatchObject({ code: status.ABORTED });
    await reading;
    await client.dispose();
  });
});
