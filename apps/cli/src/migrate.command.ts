import { createDataSource, migrate } from '@app/read-models/database';
import type { Settings } from '@app/settings/settings';
import { findPostgres } from './stores';

/** `cli migrate`: runs the migrations of the read model, as every start of the service does. */
export async function migrateCommand(settings: Settings): Promise<void> {
  const dataSource = await createDataSource(await findPostgres(settings)).initialize();
  try {
    const run = await migrate(dataSource, (line) => console.warn(line));
    console.log(run.length === 0 ? 'the tables are up to date' : `migrated: ${run.join(', ')}`);
  } finally {
    await dataSource.destroy();
  }
}
