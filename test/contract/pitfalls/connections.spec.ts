import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ServerCredentials, status } from '@grpc/grpc-js';
import { EventStoreDBClient } from '@eventstore/db-client';
import { type EventStoreNode, startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import type { EventStore } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { testEvent } from '../test-event';
import {
  callError,
  methods,
  recorded,
  type Script,
  type ScriptedServer,
  startScriptedServer,
  succeed,
} from './scripted-server';
import { TEST_CERTIFICATE, TEST_KEY } from './tls-certificate';

describe('connections, and what the client does wrong with them', () => {
  const folder = mkdtempSync(join(tmpdir(), 'connections-'));
  const ends: (() => unknown)[] = [];
  const scripted = async (script: Script): Promise<ScriptedServer> => {
    const server = await startScriptedServer(script);
    ends.push(() => server.stop());
    return server;
  };
  const connect = (url: string): EventStore => {
    const store = connectEventStoreDb(url, { totalTimeoutMs: 20_000 });
    ends.unshift(() => store.close());
    return store;
  };
  async function embedded(): Promise<EventStoreNode> {
    const node = await startEventStoreNode({ dataDir: mkdtempSync(join(folder, 'node-')), port: 0 });
    ends.push(() => node.stop());
    return node;
  }

  afterEach(async () => {
    jest.restoreAllMocks();
    for (const end of ends.splice(0)) await end();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe('pitfall: two clients in one process', () => {
    it('the same URL means the same client, which lives until the last one leaves', async () => {
      const made = jest.spyOn(EventStoreDBClient, 'connectionString');
      const { url } = await embedded();
      const [one, two] = [connect(url), connect(url)];
      expect(made).toHaveBeenCalledTimes(1);
      await one.append('shared', [testEvent(1)], 'no-stream');
      await one.close();
      await one.close();
      await expect(one.readStream('shared')).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
      expect((await two.readStream('shared')).events).toHaveLength(1);
      await two.close();
      expect((await connect(url).readStream('shared')).events).toHaveLength(1);
      expect(made).toHaveBeenCalledTimes(2);
    });
  });

  describe('pitfall: a client of another generation in the same process', () => {
    it('this one is pinned to its exact version, and the other one is not there', () => {
      const lock = readFileSync(resolve(__dirname, '../../../package-lock.json'), 'utf8');
      const { dependencies } = JSON.parse(readFileSync(resolve(__dirname, '../../../package.json'), 'utf8'));
      expect(dependencies['@eventstore/db-client']).toBe('6.2.1');
      expect(lock).not.toContain('kurrentdb-client');
    });
  });

  describe('pitfall: many appends on a fresh connection', () => {
    it('1,000 at once all succeed', async () => {
      const store = connect((await embedded()).url);
      const appends = Array.from({ length: 1_000 }, (_, n) => store.append(`fresh-${n}`, [testEvent(n)], 'no-stream'));
      expect((await Promise.all(appends)).every(({ revision }) => revision === 0n)).toBe(true);
    });
  });

  describe('pitfall: the leader changes', () => {
    const notLeader = (port: number): object =>
      callError(status.NOT_FOUND, 'Leader info available', {
        exception: 'not-leader',
        'leader-endpoint-host': '127.0.0.1',
        'leader-endpoint-port': String(port),
      });

    it.each(['batch', 'unary'])('an append (%s) goes to the new one by itself', async (path) => {
      const took: string[] = [];
      const features: Script['features'] = (reply) =>
        reply(null, path === 'batch' ? methods('batchappend') : methods());
      const leader = await scripted({
        features,
        batchAppend: (request, call) => {
          took.push('leader');
          succeed(request, call);
        },
      });
      const follower = await scripted({
        features,
        batchAppend: (_request, call) => {
          took.push('follower');
          call.emit('error', notLeader(leader.port));
        },
        append: (call, reply) => {
          took.push('follower');
          call.resume().on('end', () => reply(notLeader(leader.port) as never));
        },
      });
      const store = connect(follower.url);
      expect(await store.append('s', [testEvent(1)], 'no-stream')).toMatchObject({ revision: 0n });
      expect(await store.append('s', [testEvent(2)], 0n)).toMatchObject({ revision: 0n });
      expect(took.filter((each) => each === 'follower')).toHaveLength(1);
    });

    it('a read of a stream asks for the leader, and goes there', async () => {
      const leader = await scripted({
        read: (call) => {
          call.write(recorded('s', 1n));
          call.end();
        },
      });
      let asked: unknown;
      const follower = await scripted({
        read: (call) => {
          asked = call.metadata.get('requires-leader')[0];
          call.emit('error', notLeader(leader.port));
        },
      });
      expect((await connect(follower.url).readStream('s')).events).toHaveLength(1);
      expect(asked).toBe('true');
    });
  });

  describe('pitfall: a cluster is found by gossip', () => {
    it('esdb+discover:// finds the node', async () => {
      const { url } = await embedded();
      const store = connect(url.replace('esdb://', 'esdb+discover://'));
      expect(await store.append('found', [testEvent(1)], 'no-stream')).toMatchObject({ revision: 0n });
      expect((await store.readStream('found')).events).toHaveLength(1);
    });

    it('of several hosts one that answers is enough', async () => {
      const { port } = await embedded();
      const store = connect(`esdb://127.0.0.1:9,127.0.0.1:${port}?tls=false`);
      expect(await store.append('several', [testEvent(1)], 'no-stream')).toMatchObject({ revision: 0n });
    });

    it('nobody there is an error within the time-out', async () => {
      const store = connectEventStoreDb('esdb+discover://127.0.0.1:9?tls=false', { totalTimeoutMs: 1_500 });
      ends.push(() => store.close());
      const unavailable = { name: 'EventStoreUnavailable' };
      await expect(store.append('x', [testEvent(1)], 'no-stream')).rejects.toMatchObject(unavailable);
      await expect(store.readStream('x')).rejects.toMatchObject(unavailable);
    });
  });

  describe('pitfall: credentials are dropped without a word when tls=false', () => {
    it('says so in one line', async () => {
      const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
      const { port } = await embedded();
      const store = connect(`esdb://admin:secret@127.0.0.1:${port}?tls=false`);
      await store.checkWritable();
      expect(warn.mock.calls).toEqual([[expect.stringMatching(/^the event store: credentials are not sent/)]]);
      expect(String(warn.mock.calls)).not.toContain('secret');
    });

    it('sends them over TLS', async () => {
      const certificate = join(folder, 'ca.pem');
      writeFileSync(certificate, TEST_CERTIFICATE);
      const said: unknown[] = [];
      const credentials = ServerCredentials.createSsl(null, [
        { private_key: Buffer.from(TEST_KEY), cert_chain: Buffer.from(TEST_CERTIFICATE) },
      ]);
      const hear = (call: { metadata: { get: (key: string) => unknown[] } }): void =>
        void said.push(call.metadata.get('authorization')[0]);
      const batch = await scripted({
        credentials,
        batchAppend: (request, call) => {
          hear(call);
          succeed(request, call);
        },
        read: (call) => {
          hear(call);
          call.end();
        },
      });
      const url = `esdb://admin:ch%40ngeit@localhost:${batch.port}?tlsCAFile=${encodeURIComponent(certificate)}`;
      const store = connect(url);
      await store.append('s', [testEvent(1)], 'no-stream');
      await store.readStream('s');
      const basic = `Basic ${Buffer.from('admin:ch@ngeit').toString('base64')}`;
      expect(said).toEqual([basic, basic]);
    });

    it('an unknown authority is an error within the time-out', async () => {
      const credentials = ServerCredentials.createSsl(null, [
        { private_key: Buffer.from(TEST_KEY), cert_chain: Buffer.from(TEST_CERTIFICATE) },
      ]);
      const { port } = await scripted({ credentials });
      const store = connectEventStoreDb(`esdb://localhost:${port}`, { totalTimeoutMs: 1_000 });
      ends.unshift(() => store.close());
      await expect(store.readStream('s')).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
    });
  });

  describe('pitfall: a server that is down answers appends and reads with errors of two kinds', () => {
    it('both are unavailable, within the time-out, and so is every other call', async () => {
      const store = connectEventStoreDb('esdb://127.0.0.1:9?tls=false', { totalTimeoutMs: 500 });
      ends.push(() => store.close());
      const calls = [
        store.append('x', [testEvent(1)], 'no-stream'),
        store.append('x', [testEvent(1)], 'any'),
        store.readStream('x'),
        store.readAll({ maxCount: 1 }),
        store.streamExists('x'),
        store.lastRevision('x'),
        store.lastPosition(),
      ];
      for (const result of await Promise.allSettled(calls))
        expect(result).toMatchObject({ status: 'rejected', reason: { name: 'EventStoreUnavailable' } });
      await expect(store.checkWritable()).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
    });

    it('a string that names no server is told at once', () => {
      expect(() => connectEventStoreDb('localhost:2113')).toThrow('esdb://');
    });
  });
});
