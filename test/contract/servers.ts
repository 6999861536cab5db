import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import type { EventStore } from '@app/event-store/event-store';
import { createClient } from '@app/event-store/eventstoredb/connection';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';

/** A server under test: by the port, and by the official client for what the port does not offer. */
export interface Tested {
  url: string;
  store: EventStore;
  client: EventStoreDBClient;
  /** A name that no other test uses, so that the server may hold whatever it likes. */
  fresh: (kind?: string) => string;
  stop: () => Promise<void>;
}

interface RunningServer {
  url: string;
  stop: () => Promise<void>;
}

async function embedded(batchAppend: boolean): Promise<RunningServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'contract-'));
  const socket = batchAppend ? { socket: join(dataDir, 'socket') } : {};
  const node = await startEventStoreNode({ dataDir, batchAppend, ...socket });
  return {
    url: node.url,
    stop: async () => {
      await node.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const outside = process.env.EVENTSTORE_URL;
const SERVERS: [string, () => Promise<RunningServer>][] = [
  ['the embedded node on a socket', () => embedded(true)],
  ['the embedded node on a port, unary appends', () => embedded(false)],
  ...(outside === undefined
    ? []
    : [
        ['EVENTSTORE_URL', async () => ({ url: outside, stop: async () => {} })] as [
          string,
          () => Promise<RunningServer>,
        ],
      ]),
];

/** Every server that answers the port must pass: the embedded node on both append paths, and whatever EVENTSTORE_URL names beside it. */
export function describeEventStore(what: string, specify: (tested: Tested) => void): void {
  describe.each(SERVERS)(`${what} on %s`, (_name, start) => {
    const run = randomUUID().slice(0, 8);
    const tested = { fresh: (kind = 's') => `${run}-${kind}-${randomUUID().slice(0, 8)}` } as Tested;
    beforeAll(async () => {
      const server = await start();
      // All the time that a busy machine wants: 5,000 events by unary appends are as many messages.
      const store = connectEventStoreDb(server.url, { totalTimeoutMs: 50_000, tryTimeoutMs: 25_000 });
      const client = createClient(server.url);
      const stop = async (): Promise<void> => {
        await store.close();
        await client.dispose();
        await server.stop();
      };
      Object.assign(tested, { url: server.url, store, client, stop });
    });
    afterAll(() => tested.stop());
    specify(tested);
  });
}

/** What a call of the official client came to: its value, or the fields of its error. */
export async function outcomeOf(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    const { type, streamName, expectedVersion, actualVersion, maxAppendSize } = error as Record<string, unknown>;
    const fields = { error: type, streamName, expectedVersion, actualVersion, maxAppendSize };
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  }
}

export async function collected<T>(reading: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const each of reading) all.push(each);
  return all;
}
