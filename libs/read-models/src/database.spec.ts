import { createDatabase } from '../../../test/postgres';
import { createDataSource, migrate } from './database';

describe('migrations', () => {
  it('run once when several processes start at the same time, and release the lock', async () => {
    const database = await createDatabase();
    const sources = await Promise.all([1, 2, 3, 4].map(() => createDataSource(database.url).initialize()));
    const run = await Promise.all(sources.map((source) => migrate(source)));
    expect(run.filter((names) => names.length > 0)).toHaveLength(1);
    const locks = `select count(*)::int as held from pg_locks where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`;
    expect(await sources[0]!.query(locks)).toEqual([{ held: 0 }]);
    expect(await migrate(sources[1]!)).toEqual([]);
    await Promise.all(sources.map((source) => source.destroy()));
    await database.drop();
  });
});
