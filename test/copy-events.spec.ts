import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { binaryEvent, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { type EventStoreNode, startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import type { EventStore, RecordedEvent } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { copyEvents } from '@app/event-store/eventstoredb/copy';
import { testEvent, testEvents, upTo } from './contract/test-event';

/** For a measurement: `COPY_EVENTS=200000`. */
const EVENTS = Number(process.env.COPY_EVENTS ?? 2_000);
const CLI = resolve(__dirname, '../dist/apps/cli/src/main.js');

interface Server {
  node: EventStoreNode;
  store: EventStore;
  client: EventStoreDBClient;
  dataDir: string;
}

describe('copy-events', () => {
  let source: Server;
  let target: Server;

  async function start(): Promise<Server> {
    const dataDir = mkdtempSync(join(tmpdir(), 'copy-'));
    const node = await startEventStoreNode({ dataDir, port: 0 });
    return {
      node,
      dataDir,
      store: connectEventStoreDb(node.url),
      client: EventStoreDBClient.connectionString(node.url),
    };
  }
  async function stop({ node, store, client, dataDir }: Server): Promise<void> {
    await store.close();
    await client.dispose();
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
  beforeEach(async () => {
    [source, target] = [await start(), await start()];
  });
  afterEach(async () => {
    await Promise.all([stop(source), stop(target)]);
  });
  const copy = (): ReturnType<typeof copyEvents> => copyEvents({ from: source.node.url, to: target.node.url });
  const userEvents = async ({ store }: Server): Promise<Omit<RecordedEvent, 'position' | 'recordedAt'>[]> =>
    (await store.readAll({ maxCount: 10_000_000 }))
      .filter(({ stream, type }) => !stream.startsWith('$') && type !== '$streamDeleted')
      .map(({ position: _position, recordedAt: _recordedAt, ...event }) => event);

  /** Appends to seven streams in turn. */
  async function fill(count: number): Promise<void> {
    for (let n = 0; n < count; n += 100) {
      const stream = `s-${(n / 100) % 7}`;
      const last = await source.store.lastRevision(stream);
      await source.store.append(stream, testEvents(100, n), last ?? 'no-stream');
    }
  }

  function runCli(): ChildProcess {
    const args = ['copy-events', '--from', source.node.url, '--to', target.node.url];
    return fork(CLI, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  }
  async function outputOf(child: ChildProcess): Promise<string> {
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number | null];
    return `${code}: ${output.trim()}`;
  }

  it('preserves order, streams, revisions, ids, types, data and metadata, and returns the hash of both servers', async () => {
    for (const n of upTo(30)) await source.store.append(`s-${n % 4}`, [testEvent(n)], 'any');
    await source.store.append('ünï 订单/?', testEvents(3), 'no-stream');
    const { events, copied, hash } = await copy();
    expect([events, copied]).toEqual([33, 33]);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(await userEvents(target)).toEqual(await userEvents(source));
  });

  it('preserves the bytes of events, of non-canonical JSON and of binary data too', async () => {
    const nonCanonical = '{ "big": 9223372036854775807, "a":1,"a":2, "z": 1.0 }';
    const odd = [
      binaryEvent({ type: 'Raw', data: Buffer.from([0, 255]), metadata: new Uint8Array([9]) }),
      binaryEvent({
        type: 'Spelt',
        data: Buffer.from(nonCanonical),
        metadata: new Uint8Array(Buffer.from(nonCanonical)),
      }),
      jsonEvent({ type: 'NoMetadata', data: 'text' }),
    ];
    await source.client.appendToStream('odd', odd);
    const { hash } = await copy();
    const { events } = await target.store.readStream('odd');
    expect(events.map(({ data }) => (data instanceof Uint8Array ? Buffer.from(data).toString('hex') : data))).toEqual([
      '00ff',
      Buffer.from(nonCanonical).toString('hex'),
      'text',
    ]);
    expect((await copy()).hash).toBe(hash);
  });

  it('excludes system events, and reproduces the state of each stream: limited, deleted, with a tombstone', async () => {
    for (const stream of ['limited', 'deleted', 'revived', 'gone', 'plain'])
      await source.store.append(stream, testEvents(4), 'no-stream');
    await source.client.setStreamMetadata('limited', { maxCount: 1 });
    await source.client.setStreamMetadata('limited', { maxCount: 2 });
    await source.client.deleteStream('deleted');
    await source.client.deleteStream('revived');
    await source.store.append('revived', [testEvent(4)], 3n);
    await source.client.tombstoneStream('gone');
    await copy();
    // The copy can be repeated.
    expect(await copy()).toMatchObject({ events: 21, copied: 0 });
    for (const { store } of [source, target]) {
      expect((await store.readStream('limited')).events.map(({ revision }) => revision)).toEqual([2n, 3n]);
      expect(await store.streamExists('deleted')).toBe(false);
      expect((await store.readStream('revived')).events.map(({ revision }) => revision)).toEqual([4n]);
      await expect(store.append('gone', [testEvent(1)], 'any')).rejects.toMatchObject({ reason: 'stream-deleted' });
      expect((await store.readStream('plain')).events).toHaveLength(4);
    }
    expect(await userEvents(target)).toEqual(await userEvents(source));
  });

  it('continues, when it is repeated, with the events appended to the source since', async () => {
    await fill(300);
    expect(await copy()).toMatchObject({ events: 300, copied: 300 });
    expect(await copy()).toMatchObject({ events: 300, copied: 0 });
    await fill(200);
    await source.client.deleteStream('s-0');
    await source.store.append('s-0', [testEvent(9)], 'any');
    expect(await copy()).toMatchObject({ events: 501, copied: 201 });
    expect(await userEvents(target)).toEqual(await userEvents(source));
  });

  it(`continues after kill -9 in the middle of ${EVENTS} events and copies each once`, async () => {
    await fill(EVENTS);
    const child = runCli();
    const ended = once(child, 'exit');
    while ((await target.store.readAll({ maxCount: 1_000 })).length < 300 && child.exitCode === null)
      await new Promise((done) => setTimeout(done, 2));
    child.kill('SIGKILL');
    await ended;
    const before = (await userEvents(target)).length;
    expect(before).toBeGreaterThan(0);
    expect(await userEvents(target)).toEqual((await userEvents(source)).slice(0, before));
    const output = await outputOf(runCli());
    expect(output).toMatch(
      new RegExp(`^0: (.*\n)*copied ${EVENTS - before} events in .* s; both servers hold the same ${EVENTS}, sha256 `),
    );
    expect(await userEvents(target)).toEqual(await userEvents(source));
    if (EVENTS > 2_000) console.log(`killed after ${before} events; ${output}`);
  });

  it('reports an event whose data differ', async () => {
    const changed = testEvent(150);
    await fill(100);
    await source.store.append('changed', [changed], 'no-stream');
    await copy();
    // The target has the same event ids in the same order; the data of one event differ.
    const other = await start();
    const copied = (await userEvents(source)).map(({ id, type, data, metadata }) => ({
      ...changed,
      id,
      type,
      data,
      metadata,
    }));
    await other.store.append('s-0', copied.slice(0, 100) as never, 'no-stream');
    await other.store.append('changed', [{ ...changed, data: { n: -1 } }], 'no-stream');
    const copying = copyEvents({ from: source.node.url, to: other.node.url });
    await expect(copying).rejects.toThrow(/has other events: changed at revision 0/);
    await stop(other);
  });

  it('detects by the final hash that another client appended to the target during the copy', async () => {
    await fill(1_000);
    let intrusion: Promise<unknown> | undefined;
    const copying = copyEvents({
      from: source.node.url,
      to: target.node.url,
      onProgress: (phase) => {
        if (phase === 'copying') intrusion ??= target.store.append('intruder', [testEvent(1)], 'no-stream');
      },
    });
    await expect(copying).rejects.toThrow(/the copy is not the same: 1000 events with hash/);
    await intrusion;
  });

  it('reports in one line that the target has other events or more events', async () => {
    await fill(100);
    await target.store.append('mine', [testEvent(1)], 'no-stream');
    expect(await outputOf(runCli())).toMatch(/^1: .* has other events: mine at revision 0 .* Copy to an empty server/);
    await expect(copyEvents({ from: target.node.url, to: source.node.url })).rejects.toThrow(/has other events/);
    const empty = await start();
    await expect(copyEvents({ from: empty.node.url, to: target.node.url })).rejects.toThrow(
      /an event more than the source/,
    );
    await stop(empty);
  });

  it.each([
    ['source', 'esdb://me:secret@127.0.0.1:9?tls=false', undefined],
    ['target', undefined, 'esdb://me:secret@127.0.0.1:9?tls=false'],
  ])('reports in one line, without the password, that the %s does not answer', async (_side, from, to) => {
    jest.spyOn(console, 'warn').mockImplementation(() => {});
    const copying = copyEvents({ from: from ?? source.node.url, to: to ?? target.node.url });
    await expect(copying).rejects.toThrow('esdb://127.0.0.1:9?tls=false does not answer');
    await copying.catch((error: Error) => expect(error.message).not.toContain('secret'));
  });

  it('refuses to copy a server onto itself', async () => {
    await expect(copyEvents({ from: source.node.url, to: source.node.url })).rejects.toThrow('the same server');
  });
});
