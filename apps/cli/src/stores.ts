import { readRunning, startEmbedded } from '@app/embedded/embedded';
import type { Settings } from '@app/settings/settings';

/** The stores that a command works on. */
export interface Stores {
  eventStoreUrl: string;
  databaseUrl: string;
  stop: () => Promise<void>;
}

/** Those that the settings name, else those of the instance that runs on the data folder, else embedded ones for the time of the command. */
export async function findStores({ dataDir, eventStoreUrl, databaseUrl }: Settings): Promise<Stores> {
  const running = readRunning(dataDir);
  const eventStore = eventStoreUrl ?? running?.eventStoreUrl;
  const database = databaseUrl ?? running?.databaseUrl;
  if (eventStore !== undefined && database !== undefined)
    return { eventStoreUrl: eventStore, databaseUrl: database, stop: async () => {} };
  const embedded = await startEmbedded({
    dataDir,
    eventStore: eventStore === undefined,
    postgres: database === undefined,
    log: (line) => console.log(line),
  });
  return {
    eventStoreUrl: eventStore ?? embedded.eventStoreUrl ?? '',
    databaseUrl: database ?? embedded.databaseUrl ?? '',
    stop: embedded.stop,
  };
}
