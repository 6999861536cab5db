import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStoreDBClient } from '@eventstore/db-client';
import { startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import type { EventStore } from '@app/event-store/event-store';
import { createClient } from '@app/event-store/eventstoredb/connection';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';

/** A server under test, with the port and, for what the port does not offer, the official client. */
export interface Tested {
  url: string;
  store: EventStore;
  client: EventStoreDBClient;
  /** Returns a unique stream name, so that tests can share a server with existing data. */
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

const externalUrl = process.env.EVENTSTORE_URL;
const SERVERS: [string, () => Promise<RunningServer>][] = [
  ['the embedded node on a socket', () => embedded(true)],
  ['the embedded node on a port, unary appends', () => embedded(false)],
  ...(externalUrl === undefined
    ? []
    : [
        ['EVENTSTORE_URL', async () => ({ url: externalUrl, stop: async () => {} })] as [
          string,
          () => Promise<RunningServer>,
        ],
      ]),
];

/** Runs the specification on the embedded node, with both append paths, and on the server of EVENTSTORE_URL, if set. */
export function describeEventStore(subject: string, specify: (tested: Tested) => void): void {
  describe.each(SERVERS)(`${subject} on %s`, (_name, start) => {
    const run = randomUUID().slice(0, 8);
    const tested = { fresh: (kind = 's') => `${run}-${kind}-${randomUUID().slice(0, 8)}` } as Tested;
    beforeAll(async () => {
      const server = await start();
      // Long time-outs for busy machines: 5,000 events in a unary append are 5,000 messages.
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

/** Returns the result of a call of the official client, or the fields of its error. */
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
