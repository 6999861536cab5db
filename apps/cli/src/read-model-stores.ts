import type { Pool } from 'pg';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import type { EventStore } from '@app/event-store/event-store';
import { createDataSource, createPool, migrate } from '@app/read-models/database';
import type { Settings } from '@app/settings/settings';
import { findStores } from './stores';

/** Runs a command on both stores after the migrations of the read model. @throws CommandError, FolderError, or the reason of a signal that has aborted */
export async function withReadModel<T>(
  settings: Settings,
  work: (pool: Pool, eventStore: EventStore) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const stores = await findStores(settings);
  const eventStore = connectEventStoreDb(stores.eventStoreUrl);
  const pool = createPool(stores.databaseUrl);
  try {
    const dataSource = await createDataSource(stores.databaseUrl).initialize();
    await migrate(dataSource, (line) => console.warn(line));
    await dataSource.destroy();
    signal?.throwIfAborted();
    return await work(pool, eventStore);
  } finally {
    await pool.end();
    await eventStore.close();
    await stores.stop();
  }
}
