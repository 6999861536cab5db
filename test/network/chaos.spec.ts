import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type EventStoreNode, startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import { type EventStore, EventStoreUnavailable } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { testEvent, upTo } from '../contract/test-event';
import { seededRandom } from '../seeded-random';
import { TcpProxy } from './tcp-proxy';

/** `npm run test:network` runs 150 rounds. NETWORK_SEED repeats the random choices, not the timing. */
const ROUNDS = Number(process.env.NETWORK_ROUNDS ?? 5);
const SEED = Number(process.env.NETWORK_SEED ?? Date.now() % 2 ** 31);
const WRITERS = 8;
const TOTAL_TIMEOUT_MS = 5_000;
const RECOVERY_MS = 5_000;

/** Appends events one by one; repeats an append of unknown outcome until the outcome is known. Records ids and durations. */
class Writer {
  readonly ids: string[] = [];
  failures = 0;
  longestMs = 0;

  constructor(
    private readonly store: EventStore,
    readonly stream: string,
  ) {}

  async write(isDone: () => boolean): Promise<void> {
    while (!isDone()) {
      const next = testEvent(this.ids.length);
      const expected = this.ids.length === 0 ? 'no-stream' : BigInt(this.ids.length - 1);
      while (!(await this.append(next, expected)));
      this.ids.push(next.id);
    }
  }

  private async append(event: ReturnType<typeof testEvent>, expected: bigint | 'no-stream'): Promise<boolean> {
    const started = Date.now();
    try {
      await this.store.append(this.stream, [event], expected);
      return true;
    } catch (error) {
      if (!(error instanceof EventStoreUnavailable)) throw error;
      this.failures += 1;
      return false;
    } finally {
      this.longestMs = Math.max(this.longestMs, Date.now() - started);
    }
  }
}

describe(`the event store over a connection with ${ROUNDS} faults (NETWORK_SEED=${SEED})`, () => {
  let dataDir: string;
  let node: EventStoreNode;
  let proxy: TcpProxy;
  let store: EventStore;
  let direct: EventStore;

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'chaos-'));
    node = await startEventStoreNode({ dataDir, port: 0 });
    proxy = await TcpProxy.to(node.port);
    const url = `esdb://127.0.0.1:${proxy.port}?tls=false`;
    store = connectEventStoreDb(url, { totalTimeoutMs: TOTAL_TIMEOUT_MS, tryTimeoutMs: 1_500 });
    direct = connectEventStoreDb(node.url);
  });
  afterAll(async () => {
    await store.close();
    await direct.close();
    await proxy.close();
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  /** Causes one random fault of the connection and ends it. */
  async function injectFault(random: () => number): Promise<void> {
    const ms = 100 + random() * 3_000;
    const kind = Math.floor(random() * 5);
    if (kind === 0) proxy.cut();
    else if (kind === 1) proxy.halfOpen();
    else proxy.set((['cut', 'frozen', 'slow'] as const)[kind - 2] ?? 'slow');
    if (kind > 1) await pause(ms);
    proxy.set('normal');
  }

  it('keeps every event once and in order, and recovers by itself', async () => {
    const random = seededRandom(SEED);
    const seen: string[] = [];
    const end = new AbortController();
    let done = false;
    const following = (async () => {
      const options = { from: undefined, streamPrefixes: ['chaos-'], signal: end.signal };
      for await (const { events } of store.subscribe(options)) seen.push(...events.map(({ id }) => id));
    })();
    const writers = upTo(WRITERS).map((n) => new Writer(store, `chaos-${n}`));
    const writing = Promise.all(writers.map((writer) => writer.write(() => done)));
    const recoveries: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      await injectFault(random);
      const marker = testEvent(round);
      const restoredAt = Date.now();
      await direct.append(`chaos-marker-${round}`, [marker], 'no-stream');
      while (!seen.includes(marker.id, Math.max(0, seen.length - 5_000)) && Date.now() - restoredAt < 4 * RECOVERY_MS)
        await pause(5);
      recoveries.push(Date.now() - restoredAt);
      await pause(random() * 500);
    }
    done = true;
    await writing;

    for (const { stream, ids } of writers) {
      const { events } = await direct.readStream(stream);
      expect(events.map(({ id }) => id)).toEqual(ids);
    }
    const all = await direct.readAll({ maxCount: 10_000_000 });
    const written = all.filter(({ stream }) => stream.startsWith('chaos-')).map(({ id }) => id);
    while (seen.length < written.length) await pause(20);
    end.abort();
    await following;
    expect(seen).toEqual(written);
    const longest = Math.max(...writers.map(({ longestMs }) => longestMs));
    const failures = writers.reduce((sum, each) => sum + each.failures, 0);
    console.log(
      `${written.length} events, ${failures} appends repeated after an unknown outcome, ` +
        `longest append ${longest} ms, slowest recovery ${Math.max(...recoveries)} ms`,
    );
    expect(longest).toBeLessThan(TOTAL_TIMEOUT_MS + 2_000);
    expect(Math.max(...recoveries)).toBeLessThan(RECOVERY_MS);
  });
});
