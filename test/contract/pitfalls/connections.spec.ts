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

describe('connections: pitfalls of the client', () => {
  const folder = mkdtempSync(join(tmpdir(), 'connections-'));
  const cleanups: (() => unknown)[] = [];
  const scripted = async (script: Script): Promise<ScriptedServer> => {
    const server = await startScriptedServer(script);
    cleanups.push(() => server.stop());
    return server;
  };
  const connect = (url: string): EventStore => {
    const store = connectEventStoreDb(url, { totalTimeoutMs: 20_000 });
    cleanups.unshift(() => store.close());
    return store;
  };
  async function embedded(): Promise<EventStoreNode> {
    const node = await startEventStoreNode({ dataDir: mkdtempSync(join(folder, 'node-')), port: 0 });
    cleanups.push(() => node.stop());
    return node;
  }

  afterEach(async () => {
    jest.restoreAllMocks();
    for (const cleanUp of cleanups.splice(0)) await cleanUp();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  describe('pitfall: two clients in one process', () => {
    it('stores of the same URL share a client, which is disposed with the last of them', async () => {
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

  describe('pitfall: a client of another major version in the same process', () => {
    it('the client is pinned to its exact version, and kurrentdb-client is not installed', () => {
      const lock = readFileSync(resolve(__dirname, '../../../package-lock.json'), 'utf8');
      const { dependencies } = JSON.parse(readFileSync(resolve(__dirname, '../../../package.json'), 'utf8'));
      expect(dependencies['@eventstore/db-client']).toBe('6.2.1');
      expect(lock).not.toContain('kurrentdb-client');
    });
  });

  describe('pitfall: many appends on a new connection', () => {
    it('1,000 concurrent appends succeed', async () => {
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

    it.each(['batch', 'unary'])('an append (%s) is redirected to the new leader', async (path) => {
      const receivedBy: string[] = [];
      const features: Script['features'] = (reply) =>
        reply(null, path === 'batch' ? methods('batchappend') : methods());
      const leader = await scripted({
        features,
        batchAppend: (request, call) => {
          receivedBy.push('leader');
          succeed(request, call);
        },
      });
      const follower = await scripted({
        features,
        batchAppend: (_request, call) => {
          receivedBy.push('follower');
          call.emit('error', notLeader(leader.port));
        },
        append: (call, reply) => {
          receivedBy.push('follower');
          call.resume().on('end', () => reply(notLeader(leader.port) as never));
        },
      });
      const store = connect(follower.url);
      expect(await store.append('s', [testEvent(1)], 'no-stream')).toMatchObject({ revision: 0n });
      expect(await store.append('s', [testEvent(2)], 0n)).toMatchObject({ revision: 0n });
      expect(receivedBy.filter((each) => each === 'follower')).toHaveLength(1);
    });

    it('a read of a stream requires the leader and is redirected to it', async () => {
      const leader = await scripted({
        read: (call) => {
          call.write(recorded('s', 1n));
          call.end();
        },
      });
      let requiresLeader: unknown;
      const follower = await scripted({
        read: (call) => {
          requiresLeader = call.metadata.get('requires-leader')[0];
          call.emit('error', notLeader(leader.port));
        },
      });
      expect((await connect(follower.url).readStream('s')).events).toHaveLength(1);
      expect(requiresLeader).toBe('true');
    });
  });

  describe('pitfall: a cluster is discovered by gossip', () => {
    it('esdb+discover:// discovers the node', async () => {
      const { url } = await embedded();
      const store = connect(url.replace('esdb://', 'esdb+discover://'));
      expect(await store.append('found', [testEvent(1)], 'no-stream')).toMatchObject({ revision: 0n });
      expect((await store.readStream('found')).events).toHaveLength(1);
    });

    it('one reachable host of several is enough', async () => {
      const { port } = await embedded();
      const store = connect(`esdb://127.0.0.1:9,127.0.0.1:${port}?tls=false`);
      expect(await store.append('several', [testEvent(1)], 'no-stream')).toMatchObject({ revision: 0n });
    });

    it('a failed discovery is an error within the time-out', async () => {
      const store = connectEventStoreDb('esdb+discover://127.0.0.1:9?tls=false', { totalTimeoutMs: 1_500 });
      cleanups.push(() => store.close());
      const unavailable = { name: 'EventStoreUnavailable' };
      await expect(store.append('x', [testEvent(1)], 'no-stream')).rejects.toMatchObject(unavailable);
      await expect(store.readStream('x')).rejects.toMatchObject(unavailable);
    });
  });

  describe('pitfall: the client drops credentials silently when tls=false', () => {
    it('one line warns about it', async () => {
      const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
      const { port } = await embedded();
      const store = connect(`esdb://admin:secret@127.0.0.1:${port}?tls=false`);
      await store.checkWritable();
      expect(warn.mock.calls).toEqual([[expect.stringMatching(/^the event store: credentials are not sent/)]]);
      expect(String(warn.mock.calls)).not.toContain('secret');
    });

    it('credentials are sent over TLS', async () => {
      const certificate = join(folder, 'ca.pem');
      writeFileSync(certificate, TEST_CERTIFICATE);
      const authorizations: unknown[] = [];
      const credentials = ServerCredentials.createSsl(null, [
        { private_key: Buffer.from(TEST_KEY), cert_chain: Buffer.from(TEST_CERTIFICATE) },
      ]);
      const record = (call: { metadata: { get: (key: string) => unknown[] } }): void =>
        void authorizations.push(call.metadata.get('authorization')[0]);
      const batch = await scripted({
        credentials,
        batchAppend: (request, call) => {
          record(call);
          succeed(request, call);
        },
        read: (call) => {
          record(call);
          call.end();
        },
      });
      const url = `esdb://admin:ch%40ngeit@localhost:${batch.port}?tlsCAFile=${encodeURIComponent(certificate)}`;
      const store = connect(url);
      await store.append('s', [testEvent(1)], 'no-stream');
      await store.readStream('s');
      const basic = `Basic ${Buffer.from('admin:ch@ngeit').toString('base64')}`;
      expect(authorizations).toEqual([basic, basic]);
    });

    it('an unknown certificate authority is an error within the time-out', async () => {
      const credentials = ServerCredentials.createSsl(null, [
        { private_key: Buffer.from(TEST_KEY), cert_chain: Buffer.from(TEST_CERTIFICATE) },
      ]);
      const { port } = await scripted({ credentials });
      const store = connectEventStoreDb(`esdb://localhost:${port}`, { totalTimeoutMs: 1_000 });
      cleanups.unshift(() => store.close());
      await expect(store.readStream('s')).rejects.toMatchObject({ name: 'EventStoreUnavailable' });
    });
  });

  describe('pitfall: appends and reads report an unreachable server by different errors', () => {
    it('every call reports it as unavailable within the time-out', async () => {
      const store = connectEventStoreDb('esdb://127.0.0.1:9?tls=false', { totalTimeoutMs: 500 });
      cleanups.push(() => store.close());
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

    it('an invalid connection string throws at once', () => {
      expect(() => connectEventStoreDb('localhost:2113')).toThrow('esdb://');
    });
  });
});
