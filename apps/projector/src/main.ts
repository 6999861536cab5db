import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { createDataSource, createPool, migrate } from '@app/read-models/database';
import { Projector } from '@app/read-models/projection/projector';
import { describeConnectionFailure } from '@app/read-models/read-model-connection';
import { loadEnvFile, loadSettings, parseSetting, SettingsError } from '@app/settings/settings';

/** Connects to Postgres and runs the migrations. @throws Error with a message of one line */
async function prepareDatabase(databaseUrl: string): Promise<void> {
  const dataSource = parseSetting('DATABASE_URL', 'postgres://user:password@host:5432/database', () =>
    createDataSource(databaseUrl),
  );
  try {
    await dataSource.initialize();
  } catch (error) {
    throw new Error(describeConnectionFailure(error), { cause: error });
  }
  await migrate(dataSource);
  await dataSource.destroy();
}

/** Runs the projector as a process of its own. Of several such processes one leads and the others stand by. */
async function main(): Promise<void> {
  loadEnvFile();
  const { eventStoreUrl, databaseUrl } = loadSettings();
  if (eventStoreUrl === undefined || databaseUrl === undefined)
    throw new SettingsError(
      'the projector needs EVENTSTORE_URL and DATABASE_URL; without them `npm start` projects by itself',
    );
  const eventStore = parseSetting('EVENTSTORE_URL', 'esdb://user:password@host:2113', () =>
    connectEventStoreDb(eventStoreUrl),
  );
  await prepareDatabase(databaseUrl);
  const pool = createPool(databaseUrl);
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end.abort());
  console.log('projector: running');
  await new Projector({ pool, eventStore, signal: end.signal, log: (line) => console.warn(line) }).run();
  await pool.end();
  await eventStore.close();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
