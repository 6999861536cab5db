import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EventStoreNode, startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import type { EventStore } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { numberOf, numbersOf, testEvent, testEvents, upTo } from '../contract/test-event';
import { TcpProxy } from './tcp-proxy';

const TOTAL_TIMEOUT_MS = 6_000;
/** Limit for the first event of a subscription after the connection is restored. */
const RECOVERY_MS = 5_000;

describe('the event store over a faulty connection', () => {
  let dataDir: string;
  let node: EventStoreNode;
  let proxy: TcpProxy;
  /** Connected through the proxy. */
  let store: EventStore;
  /** Connected directly. */
  let direct: EventStore;

  beforeEach(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'network-'));
    node = await startEventStoreNode({ dataDir, port: 0 });
    proxy = await TcpProxy.to(node.port);
    store = connectEventStoreDb(`esdb://127.0.0.1:${proxy.port}?tls=false`, {
      totalTimeoutMs: TOTAL_TIMEOUT_MS,
      tryTimeoutMs: 2_000,
    });
    direct = connectEventStoreDb(node.url);
  });
  afterEach(async () => {
    await store.close();
    await direct.close();
    await proxy.close();
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const stored = async (stream: string): Promise<number[]> => (await direct.readStream(stream)).events.map(numberOf);

  it.each<[string, number]>([
    ['shorter than an attempt', 500],
    ['longer than an attempt', 3_000],
  ])('an append during a freeze %s is stored once', async (_duration, ms) => {
    await store.append('s', [testEvent(0)], 'no-stream');
    proxy.set('frozen');
    const appending = store.append('s', [testEvent(1)], 0n);
    await pause(ms);
    proxy.set('normal');
    expect((await appending).revision).toBe(1n);
    await store.append('s', [testEvent(2)], 1n);
    expect(await stored('s')).toEqual([0, 1, 2]);
  });

  it('an append during a lasting freeze fails within its time-out; repeated, it is stored once', async () => {
    await store.append('s', [testEvent(0)], 'no-stream');
    proxy.set('frozen');
    const event = testEvent(1);
    const started = Date.now();
    await expect(store.append('s', [event], 0n)).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
    expect(Date.now() - started).toBeLessThan(TOTAL_TIMEOUT_MS + 2_000);
    proxy.set('normal');
    expect((await store.append('s', [event], 0n)).revision).toBe(1n);
    expect(await stored('s')).toEqual([0, 1]);
  });

  it('an append whose response is lost is found to have succeeded', async () => {
    await store.append('s', [testEvent(0)], 'no-stream');
    proxy.set('slow');
    const appending = store.append('s', [testEvent(1)], 0n);
    while ((await direct.lastRevision('s')) === 0n) await pause(5);
    proxy.cut();
    expect((await appending).revision).toBe(1n);
    expect(await stored('s')).toEqual([0, 1]);
  });

  it('appends and reads over a half-open connection open another one', async () => {
    await store.append('s', [testEvent(0)], 'no-stream');
    proxy.halfOpen();
    const [appended, read] = await Promise.all([store.append('s', [testEvent(1)], 0n), store.readStream('none')]);
    expect([appended.revision, read.exists]).toEqual([1n, false]);
    expect(await stored('s')).toEqual([0, 1]);
  });

  it('a catch-up that is cut and frozen repeatedly delivers every event once, in order', async () => {
    for (let n = 0; n < 6_000; n += 1_000)
      await direct.append('s', testEvents(1_000, n), n === 0 ? 'no-stream' : BigInt(n - 1));
    const seen: number[] = [];
    let faults = 0;
    for await (const batch of store.subscribe({ from: undefined, streamPrefixes: ['s'], maxBatch: 200 })) {
      seen.push(...numbersOf(batch));
      if (seen.length >= 6_000) break;
      if (seen.length < (faults + 1) * 400) continue;
      if (++faults % 2 === 1) proxy.cut();
      else {
        proxy.set('frozen');
        setTimeout(() => proxy.set('normal'), 100);
      }
    }
    expect(faults).toBeGreaterThan(5);
    expect(seen).toEqual(upTo(6_000));
  });

  it.each<[string, (link: TcpProxy) => Promise<void>]>([
    ['a reset', async (link) => link.cut()],
    [
      'four seconds without a connection',
      async (link) => {
        link.set('cut');
        await pause(4_000);
        link.set('normal');
      },
    ],
    [
      'a freeze of four seconds',
      async (link) => {
        link.set('frozen');
        await pause(4_000);
        link.set('normal');
      },
    ],
    ['a half-open connection', async (link) => link.halfOpen()],
  ])(`a live subscription resumes after %s within ${RECOVERY_MS} ms`, async (_fault, inject) => {
    await direct.append('s', [testEvent(0)], 'no-stream');
    const seen: number[] = [];
    let restoredAt = 0;
    for await (const batch of store.subscribe({ from: undefined, streamPrefixes: ['s'] })) {
      seen.push(...numbersOf(batch));
      if (seen.length >= 2) break;
      if (!batch.caughtUp || restoredAt > 0) continue;
      await inject(proxy);
      restoredAt = Date.now();
      await direct.append('s', [testEvent(1)], 0n);
    }
    expect(Date.now() - restoredAt).toBeLessThan(RECOVERY_MS);
    expect(seen).toEqual([0, 1]);
  });
});
