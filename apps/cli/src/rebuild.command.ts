import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { createDataSource, createPool, migrate } from '@app/read-models/database';
import { rebuild } from '@app/read-models/rebuild/rebuild';
import type { Settings } from '@app/settings/settings';
import { showProgress } from './progress';
import { findStores } from './stores';

/** `cli rebuild`: makes the read model anew beside the live one and switches when it has caught up. */
export async function rebuildCommand(settings: Settings): Promise<void> {
  const stores = await findStores(settings);
  const eventStore = connectEventStoreDb(stores.eventStoreUrl);
  const pool = createPool(stores.databaseUrl);
  const progress = showProgress('rebuild');
  try {
    const dataSource = await createDataSource(stores.databaseUrl).initialize();
    await migrate(dataSource);
    await dataSource.destroy();
    const onProgress = ({
      share,
      events,
      eventsPerSecond,
    }: {
      share: number;
      events: number;
      eventsPerSecond: number;
    }): void => progress.at(share, `${events} events, ${Math.round(eventsPerSecond)}/s`);
    const { events, purchases, seconds } = await rebuild({ pool, eventStore, onProgress });
    progress.end();
    console.log(
      `rebuilt ${purchases} purchases from ${events} events in ${seconds.toFixed(1)} s (${Math.round(events / Math.max(0.001, seconds))} events/s)`,
    );
  } finally {
    progress.end();
    await pool.end();
    await eventStore.close();
    await stores.stop();
  }
}
