import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEventStoreNode, type EventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import {
  AppendTooLarge,
  type EventBatch,
  type EventStore,
  EventStoreUnavailable,
  type EventToAppend,
  WrongExpectedRevision,
} from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb-event-store';

const event = (n: number, id: string = randomUUID()): EventToAppend => ({
  id,
  type: 'Tested',
  data: { n, text: 'ünï 🧾' },
  metadata: {
    site: 'test',
    actor: 'test',
    requestId: 'r',
    schemaVersion: 1,
    occurredAt: '2026-01-01T00:00:00.000Z',
    $correlationId: 'r',
  },
});
const numbers = (batch: EventBatch): number[] => batch.events.map(({ data }) => (data as { n: number }).n);

/** Every server that answers the port must pass: the embedded node on both append paths, and whatever EVENTSTORE_URL names. */
const servers: [string, () => Promise<{ url: string; stop: () => Promise<void> }>][] = [
  ['the embedded node', () => embedded(true)],
  ['the embedded node, unary appends', () => embedded(false)],
];
if (process.env.EVENTSTORE_URL)
  servers.push(['EVENTSTORE_URL', async () => ({ url: process.env.EVENTSTORE_URL ?? '', stop: async () => {} })]);

async function embedded(batchAppend: boolean): Promise<EventStoreNode> {
  const dataDir = mkdtempSync(join(tmpdir(), 'contract-'));
  const node = await startEventStoreNode({ dataDir, port: 0, batchAppend });
  return {
    ...node,
    stop: async () => {
      await node.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

describe.each(servers)('the event store on %s', (_name, start) => {
  let server: { url: string; stop: () => Promise<void> };
  let store: EventStore;
  const fresh = (): string => `contract-${randomUUID()}`;

  beforeAll(async () => {
    server = await start();
    store = connectEventStoreDb(server.url, { totalTimeoutMs: 3_000 });
  });
  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  it('appends to a new stream and reads back what was stored', async () => {
    const stream = fresh();
    const sent = event(1);
    const { revision, position } = await store.append(stream, [sent, event(2)], 'no-stream');
    expect(revision).toBe(1n);
    const { exists, events } = await store.readStream(stream);
    expect(exists).toBe(true);
    expect(events[0]).toMatchObject({ ...sent, stream, revision: 0n });
    expect(events[1]?.position).toEqual(position);
    expect(Math.abs(Date.now() - (events[0]?.recordedAt.getTime() ?? 0))).toBeLessThan(60_000);
  });

  it('says of a stream that never was that there is none', async () => {
    expect(await store.readStream(fresh())).toEqual({ exists: false, events: [] });
    expect(await store.lastRevision(fresh())).toBeUndefined();
  });

  it.each<[string, 'no-stream' | bigint, bigint | undefined]>([
    ['no stream where there is one', 'no-stream', 1n],
    ['a revision that is past', 0n, 1n],
    ['a revision to come', 7n, 1n],
  ])('refuses an append that expects %s', async (_case, expected, actual) => {
    const stream = fresh();
    await store.append(stream, [event(1), event(2)], 'no-stream');
    await expect(store.append(stream, [event(3)], expected)).rejects.toMatchObject({
      name: 'WrongExpectedRevision',
      actual,
    });
  });

  it('stores the same append once, also after later events', async () => {
    const stream = fresh();
    const twice = [event(1), event(2)];
    await store.append(stream, twice, 'no-stream');
    await store.append(stream, [event(3)], 1n);
    expect((await store.append(stream, twice, 'no-stream')).revision).toBe(1n);
    expect((await store.readStream(stream)).events).toHaveLength(3);
  });

  it('lets one of 32 writers win', async () => {
    const stream = fresh();
    const results = await Promise.allSettled(
      Array.from({ length: 32 }, (_, n) => store.append(stream, [event(n)], 'no-stream')),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(WrongExpectedRevision);
  });

  it('reads forwards and backwards, from a revision, at most so many, over pages', async () => {
    const stream = fresh();
    await store.append(
      stream,
      Array.from({ length: 2_500 }, (_, n) => event(n)),
      'no-stream',
    );
    const revisions = async (options?: Parameters<EventStore['readStream']>[1]): Promise<number[]> =>
      (await store.readStream(stream, options)).events.map(({ revision }) => Number(revision));
    expect(await revisions()).toEqual(Array.from({ length: 2_500 }, (_, n) => n));
    expect(await revisions({ from: 2_498n })).toEqual([2_498, 2_499]);
    expect(await revisions({ direction: 'backwards', maxCount: 2 })).toEqual([2_499, 2_498]);
    expect(await revisions({ direction: 'backwards', from: 1n })).toEqual([1, 0]);
    expect(await store.lastRevision(stream)).toBe(2_499n);
  });

  it('refuses what is too large, and what JSON cannot hold, before it is sent', async () => {
    await expect(
      store.append(fresh(), [{ ...event(1), data: 'x'.repeat(1_100_000) }], 'no-stream'),
    ).rejects.toBeInstanceOf(AppendTooLarge);
    await expect(store.append(fresh(), [{ ...event(1), data: { n: 1n } }], 'no-stream')).rejects.toBeInstanceOf(
      TypeError,
    );
    await expect(store.append(fresh(), [{ ...event(1), data: undefined }], 'no-stream')).rejects.toBeInstanceOf(
      TypeError,
    );
    await expect(store.append(fresh(), [{ ...event(1), type: '' }], 'no-stream')).rejects.toBeInstanceOf(TypeError);
    await expect(store.append('', [event(1)], 'no-stream')).rejects.toBeInstanceOf(TypeError);
  });

  it('follows from the beginning, over the switch to live, each event once and in order', async () => {
    const prefix = `contract-${randomUUID()}`;
    await store.append(`${prefix}-a`, [event(0), event(1)], 'no-stream');
    await store.append(fresh(), [event(99)], 'no-stream');
    const end = new AbortController();
    const seen: number[] = [];
    let live = false;
    for await (const batch of store.subscribe({ from: undefined, streamPrefixes: [prefix], signal: end.signal })) {
      seen.push(...numbers(batch));
      if (batch.caughtUp && !live) {
        live = true;
        for (let n = 2; n < 200; n++) await store.append(`${prefix}-${n % 7}`, [event(n)], 'any');
      }
      if (seen.length >= 200) end.abort();
    }
    expect(seen).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  it('follows from a position, which it leaves out', async () => {
    const prefix = `contract-${randomUUID()}`;
    const { position } = await store.append(prefix, [event(0), event(1)], 'no-stream');
    await store.append(prefix, [event(2)], 1n);
    for await (const batch of store.subscribe({ from: position, streamPrefixes: [prefix] })) {
      if (batch.events.length === 0) continue;
      expect(numbers(batch)).toEqual([2]);
      break;
    }
  });

  it('knows the last position', async () => {
    const { position } = await store.append(fresh(), [event(1)], 'no-stream');
    expect(await store.lastPosition()).toEqual(position);
  });
});

describe('the event store when nobody answers', () => {
  it('says so within its time-out, for every call', async () => {
    const store = connectEventStoreDb('esdb://127.0.0.1:9?tls=false', { totalTimeoutMs: 500 });
    await expect(store.append('x', [event(1)], 'no-stream')).rejects.toBeInstanceOf(EventStoreUnavailable);
    await expect(store.readStream('x')).rejects.toBeInstanceOf(EventStoreUnavailable);
    await expect(store.lastPosition()).rejects.toBeInstanceOf(EventStoreUnavailable);
    await store.close();
  });
});

describe('a subscription over a restart of the server', () => {
  it('goes on where it was, each event once', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'contract-'));
    let node = await startEventStoreNode({ dataDir, port: 0 });
    const store = connectEventStoreDb(node.url);
    const end = new AbortController();
    const seen: number[] = [];
    await store.append('restart', [event(0)], 'no-stream');
    for await (const batch of store.subscribe({ from: undefined, streamPrefixes: ['restart'], signal: end.signal })) {
      seen.push(...numbers(batch));
      if (seen.length === 1) {
        await node.stop();
        node = await startEventStoreNode({ dataDir, port: node.port });
        await store.append('restart', [event(1), event(2)], 0n);
      }
      if (seen.length >= 3) end.abort();
    }
    expect(seen).toEqual([0, 1, 2]);
    await store.close();
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });
});
