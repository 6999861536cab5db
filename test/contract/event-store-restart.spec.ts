import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStoreNode, startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import type { EventStore } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { numbersOf, testEvent, testEvents, upTo } from './test-event';

/** Runs only against the embedded node, because a test cannot restart an external server. */
describe.each([
  ['batch', true],
  ['unary', false],
])('restart of the embedded node (%s appends)', (_path, batchAppend) => {
  let dataDir: string;
  let node: EventStoreNode;
  let store: EventStore;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'restart-'));
    node = await startEventStoreNode({ dataDir, port: 0, batchAppend });
    store = connectEventStoreDb(node.url);
  });
  afterEach(async () => {
    await store.close();
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
  async function restart(): Promise<void> {
    await node.stop();
    node = await startEventStoreNode({ dataDir, port: node.port, batchAppend });
  }

  it('preserves events, revisions and positions', async () => {
    await store.append('s', testEvents(3), 'no-stream');
    const before = await store.readStream('s');
    await restart();
    expect(await store.readStream('s')).toEqual(before);
  });

  it('preserves the idempotence of appends with an exact revision', async () => {
    const events = testEvents(2);
    const first = await store.append('s', events, 'no-stream');
    await restart();
    expect(await store.append('s', events, 'no-stream')).toEqual(first);
    expect((await store.readStream('s')).events).toHaveLength(2);
  });

  it('subscriptions resume and receive each event once', async () => {
    await store.append('s', [testEvent(0)], 'no-stream');
    const seen: number[] = [];
    for await (const batch of store.subscribe({ from: undefined, streamPrefixes: ['s'] })) {
      // A resumed subscription reports that it has caught up, without events.
      if (batch.events.length === 0) continue;
      seen.push(...numbersOf(batch));
      if (seen.length % 3 === 1 && seen.length < 9) {
        const last = seen.length - 1;
        await restart();
        await store.append('s', testEvents(3, last + 1), BigInt(last));
      }
      if (seen.length >= 10) break;
    }
    expect(seen).toEqual(upTo(10));
  });

  it('an append in flight succeeds and is stored once', async () => {
    const writing = upTo(50).map((n) => store.append(`s-${n}`, [testEvent(n)], 'no-stream'));
    await restart();
    await Promise.all(writing);
    for (const n of upTo(50)) expect((await store.readStream(`s-${n}`)).events).toHaveLength(1);
  });
});
