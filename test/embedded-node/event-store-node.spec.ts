import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EventStoreDBClient,
  excludeSystemEvents,
  jsonEvent,
  persistentSubscriptionToStreamSettingsFromDefaults,
  START,
} from '@eventstore/db-client';
import { Empty } from '@eventstore/db-client/generated/shared_pb';
import { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb';
import { ReadReq, type ReadResp } from '@eventstore/db-client/generated/streams_pb';
import { credentials } from '@grpc/grpc-js';
import { type NodeUnderTest, startNode } from './node-under-test';

const event = (n: number) => jsonEvent({ type: 'Tested', data: { n, text: 'x'.repeat(300) } });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function append(client: EventStoreDBClient, stream: string, count: number): Promise<void> {
  for (let n = 0; n < count; n += 1_000)
    await client.appendToStream(
      stream,
      Array.from({ length: Math.min(1_000, count - n) }, (_, index) => event(n + index)),
    );
}

async function count(client: EventStoreDBClient, stream: string): Promise<number> {
  let seen = 0;
  for await (const _ of client.readStream(stream)) seen++;
  return seen;
}

describe('the embedded event-store node', () => {
  let node: NodeUnderTest;
  beforeAll(async () => {
    node = await startNode();
  });
  afterAll(() => node.stop());

  it('is discovered by gossip as a cluster of one node', async () => {
    const client = EventStoreDBClient.connectionString(node.url.replace('esdb:', 'esdb+discover:'));
    const { success } = await client.appendToStream(randomUUID(), event(1));
    expect(success).toBe(true);
    await client.dispose();
  });

  it('answers health checks and statistics by HTTP on the same port', async () => {
    const url = `http://127.0.0.1:${node.port}`;
    expect((await fetch(`${url}/health/live`)).status).toBe(204);
    const stats = (await (await fetch(`${url}/stats`)).json()) as { log: { bytes: number } };
    expect(stats.log.bytes).toBeGreaterThan(0);
    expect((await fetch(`${url}/elsewhere`)).status).toBe(404);
    expect((await fetch(`${url}/stats`, { method: 'POST' })).status).toBe(405);
  });

  it('answers unsupported calls with UNIMPLEMENTED', async () => {
    const group = node.client.createPersistentSubscriptionToStream(
      'stream',
      'group',
      persistentSubscriptionToStreamSettingsFromDefaults(),
    );
    await expect(group).rejects.toMatchObject({ code: 12 });
  });

  it('drops a live consumer that needs 5 ms per event during a burst, with the message of EventStoreDB', async () => {
    const stream = randomUUID();
    const subscription = node.client.subscribeToStream(stream, { fromRevision: START });
    await new Promise((resolve) => subscription.on('caughtUp', () => resolve(undefined)));
    let handled = 0;
    const dropped = new Promise<Error>((resolve) => subscription.on('error', resolve));
    const consume = async (): Promise<void> => {
      for await (const _ of subscription) {
        handled++;
        await pause(5);
      }
    };
    consume().catch(() => {});
    await append(node.client, stream, 20_000);
    expect(await dropped).toMatchObject({
      code: 10,
      message: expect.stringContaining('Consumer too slow to handle event while live. Client resubscription required.'),
    });
    expect(handled).toBeLessThan(5_000);
  });

  it('does not drop a slow consumer that is catching up', async () => {
    const stream = randomUUID();
    await append(node.client, stream, 1_000);
    let handled = 0;
    for await (const _ of node.client.subscribeToStream(stream, { fromRevision: START })) {
      await pause(2);
      if (++handled === 1_000) break;
    }
    expect(handled).toBe(1_000);
  });

  it('reads $all with a filter, which the official client does not support', async () => {
    for (const [stream, events] of [
      ['wanted-1', 2],
      ['other', 3],
      ['wanted-2', 1],
    ] as const)
      await append(node.client, stream, events);
    const filter = new ReadReq.Options.FilterOptions();
    filter.setStreamIdentifier(new ReadReq.Options.FilterOptions.Expression().setPrefixList(['wanted-']));
    filter.setMax(32);
    const options = new ReadReq.Options();
    options.setAll(new ReadReq.Options.AllOptions().setEnd(new Empty()));
    options.setReadDirection(ReadReq.Options.ReadDirection.BACKWARDS);
    options.setCount('2');
    options.setFilter(filter);
    const peer = new StreamsClient(`127.0.0.1:${node.port}`, credentials.createInsecure());
    const read: string[] = [];
    for await (const answer of peer.read(new ReadReq().setOptions(options)) as AsyncIterable<ReadResp>) {
      const event = answer.getEvent()?.getEvent();
      const stream = Buffer.from(event?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
      read.push(`${stream}@${event?.getStreamRevision()}`);
    }
    peer.close();
    expect(read).toEqual(['wanted-2@0', 'wanted-1@1']);
  });

  it('excludes system events from a filtered subscription', async () => {
    await node.client.setStreamMetadata(randomUUID(), { maxCount: 3 });
    const last = randomUUID();
    await node.client.appendToStream(last, event(1));
    const types = new Set<string>();
    for await (const { event } of node.client.subscribeToAll({ fromPosition: START, filter: excludeSystemEvents() })) {
      types.add(event?.type ?? '');
      if (event?.streamId === last) break;
    }
    expect(types).toEqual(new Set(['Tested']));
  });
});

describe('a node whose disk is full', () => {
  it('refuses appends that do not fit, accepts those that do, and serves reads', async () => {
    const logged: string[] = [];
    const node = await startNode({ maxBytes: 600_000, log: (line) => logged.push(line) });
    const stream = randomUUID();
    await node.client.appendToStream(stream, event(0));
    const big = jsonEvent({ type: 'Big', data: { text: 'x'.repeat(700_000) } });
    await expect(node.client.appendToStream(stream, big)).rejects.toThrow('no space left for the log');
    await expect(
      node.client.appendToStream(stream, big, { credentials: { username: 'admin', password: 'changeit' } }),
    ).rejects.toThrow('no space left for the log');
    expect(await count(node.client, stream)).toBe(1);
    await node.client.appendToStream(stream, event(1), { expectedRevision: 0n });
    expect(await count(node.client, stream)).toBe(2);
    expect(logged).toEqual([expect.stringMatching(/^the disk of .* is full: writes are refused, reads go on/)]);
    await node.stop();
  });
});

describe('the index of a node', () => {
  it('is rebuilt from the log when it is missing, and one in an earlier format is deleted', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'node-'));
    const stream = randomUUID();
    const counts: number[] = [];
    for (const change of [
      () => {},
      () => rmSync(join(dataDir, 'index-2.lmdb')),
      () => renameSync(join(dataDir, 'index-2.lmdb'), join(dataDir, 'index.lmdb')),
    ]) {
      change();
      const node = await startNode({ dataDir });
      await append(node.client, stream, 100);
      counts.push(await count(node.client, stream));
      await node.stop();
    }
    expect(counts).toEqual([100, 200, 300]);
    expect(readdirSync(dataDir).filter((file) => file.startsWith('index'))).toEqual([
      'index-2.lmdb',
      'index-2.lmdb-lock',
    ]);
    rmSync(dataDir, { recursive: true });
  });
});

describe('a node without batch appends', () => {
  it('receives each append by a unary call', async () => {
    const node = await startNode({ batchAppend: false });
    const stream = randomUUID();
    await append(node.client, stream, 500);
    const again = [event(1), event(2)];
    const first = await node.client.appendToStream('twice', again);
    expect(await node.client.appendToStream('twice', again)).toMatchObject({
      nextExpectedRevision: first.nextExpectedRevision,
    });
    expect(await count(node.client, stream)).toBe(500);
    await node.stop();
  });
});
