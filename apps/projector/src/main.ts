import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { createDataSource, createPool, migrate } from '@app/read-models/database';
import { Projector } from '@app/read-models/projection/projector';
import { loadEnvFile, loadSettings, SettingsError } from '@app/settings/settings';

/** The projector as a process of its own: any number of them, one works, the others stand by. */
async function main(): Promise<void> {
  loadEnvFile();
  const { eventStoreUrl, databaseUrl } = loadSettings();
  if (eventStoreUrl === undefined || databaseUrl === undefined)
    throw new SettingsError(
      'the projector needs EVENTSTORE_URL and DATABASE_URL; without them `npm start` projects by itself',
    );
  const dataSource = await createDataSource(databaseUrl).initialize();
  await migrate(dataSource);
  await dataSource.destroy();
  const eventStore = connectEventStoreDb(eventStoreUrl);
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
