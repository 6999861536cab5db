import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { createDataSource, createPool, migrate } from '@app/read-models/database';
import { createDatabase } from './postgres';

/** A migrated read model in a new database. */
export interface TestReadModel {
  url: string;
  dataSource: DataSource;
  pool: Pool;
  /** Closes the connections and drops the database. */
  close: () => Promise<void>;
}

export async function openReadModel(): Promise<TestReadModel> {
  const database = await createDatabase();
  const dataSource = await createDataSource(database.url).initialize();
  await migrate(dataSource);
  const pool = createPool(database.url);
  const close = async (): Promise<void> => {
    await pool.end();
    await dataSource.destroy();
    await database.drop();
  };
  return { url: database.url, dataSource, pool, close };
}
