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

  it('report that they wait for another process', async () => {
    const database = await createDatabase();
    const [other, waiting] = await Promise.all([1, 2].map(() => createDataSource(database.url).initialize()));
    const lock = other!.createQueryRunner();
    await lock.query(`select pg_advisory_lock(hashtext('purchasing migrations'))`);
    const lines: string[] = [];
    const migrated = migrate(waiting!, (line) => lines.push(line));
    while (lines.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(lines).toEqual(['another process is migrating the read model: waiting until it is done']);
    await lock.query('select pg_advisory_unlock_all()');
    expect(await migrated).not.toEqual([]);
    await lock.release();
    await Promise.all([other!.destroy(), waiting!.destroy()]);
    await database.drop();
  });
});
