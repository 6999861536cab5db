import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { readRunning, startEmbedded } from '@app/embedded/embedded';
import { type EventStore, EventStoreRefused } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import type { Settings } from '@app/settings/settings';
import { CommandError, connectionProblem } from './command-error';

const CHECK_MS = 4_000;

/** The stores that a command works on. */
export interface Stores {
  eventStoreUrl: string;
  databaseUrl: string;
  stop: () => Promise<void>;
}

type Wanted = { eventStore: boolean; postgres: boolean };

/**
 * Finds the stores: those of the settings, else those of the running instance of the data folder, else embedded servers for the duration of the
 * command, provided that the folder has a history.
 * @throws CommandError, FolderError
 */
async function find({ dataDir, eventStoreUrl, databaseUrl }: Settings, wanted: Wanted): Promise<Stores> {
  const running = readRunning(dataDir);
  const eventStore = eventStoreUrl ?? running?.eventStoreUrl;
  const database = databaseUrl ?? running?.databaseUrl;
  const missing = {
    eventStore: wanted.eventStore && eventStore === undefined,
    postgres: wanted.postgres && database === undefined,
  };
  if (!missing.eventStore && !missing.postgres)
    return { eventStoreUrl: eventStore ?? '', databaseUrl: database ?? '', stop: async () => {} };
  if (missing.eventStore && !existsSync(join(dataDir, 'event-store', 'events.log')))
    throw new CommandError(
      `there is no history in ${dataDir} and no service runs on it: check DATA_DIR, or set EVENTSTORE_URL`,
    );
  const embedded = await startEmbedded({ dataDir, ...missing, log: (line) => console.error(line) });
  return {
    eventStoreUrl: eventStore ?? embedded.eventStoreUrl ?? '',
    databaseUrl: database ?? embedded.databaseUrl ?? '',
    stop: embedded.stop,
  };
}

/** Finds both stores and checks that they respond. @throws CommandError, FolderError */
export async function findStores(settings: Settings): Promise<Stores> {
  const stores = await find(settings, { eventStore: true, postgres: true });
  try {
    await checkEventStore(stores.eventStoreUrl, nameOf(settings.eventStoreUrl, 'EVENTSTORE_URL'));
    await checkPostgres(stores.databaseUrl, nameOf(settings.databaseUrl, 'DATABASE_URL'));
    return stores;
  } catch (error) {
    await stores.stop();
    throw error;
  }
}

/** Finds a Postgres that responds: of the settings or of the running service. Returns its connection string. @throws CommandError */
export async function findPostgres({ dataDir, databaseUrl }: Settings): Promise<string> {
  const url = databaseUrl ?? readRunning(dataDir)?.databaseUrl;
  if (url === undefined)
    throw new CommandError(
      `set DATABASE_URL: no service runs on ${dataDir}, and the embedded Postgres is migrated whenever it starts`,
    );
  await checkPostgres(url, nameOf(databaseUrl, 'DATABASE_URL'));
  return url;
}

/** Runs a function on the event store after checking that it responds. @throws CommandError, FolderError */
export async function withEventStore<T>(settings: Settings, work: (store: EventStore) => Promise<T>): Promise<T> {
  const { eventStoreUrl, stop } = await find(settings, { eventStore: true, postgres: false });
  try {
    await checkEventStore(eventStoreUrl, nameOf(settings.eventStoreUrl, 'EVENTSTORE_URL'));
    const store = connectEventStoreDb(eventStoreUrl);
    return await work(store).finally(() => store.close());
  } finally {
    await stop();
  }
}

/** The name of a store in messages: its setting, or the running service. */
const nameOf = (setting: string | undefined, name: string): string =>
  setting === undefined ? 'the running service' : name;

/** @param name source of the connection string @throws CommandError when it is invalid or the server does not respond */
export async function checkEventStore(url: string, name: string): Promise<void> {
  const store = openEventStore(url, name);
  try {
    await store.lastPosition();
  } catch (error) {
    const isDenied = error instanceof EventStoreRefused && error.reason === 'access-denied';
    throw new CommandError(`${name}: the event store ${isDenied ? 'refuses the credentials' : 'does not answer'}`);
  } finally {
    await store.close();
  }
}

function openEventStore(url: string, name: string): EventStore {
  try {
    return connectEventStoreDb(url, { totalTimeoutMs: CHECK_MS, tryTimeoutMs: CHECK_MS });
  } catch {
    throw new CommandError(`${name} cannot be understood: it is written like esdb://user:password@host:2113`);
  }
}

async function checkPostgres(url: string, name: string): Promise<void> {
  try {
    const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 });
    await client.connect();
    await client.end();
  } catch (error) {
    throw new CommandError(`${name}: Postgres does not answer (${connectionProblem(error)})`);
  }
}
