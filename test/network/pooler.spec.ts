import { parse } from 'pg-connection-string';
import { createDataSource, migrate } from '@app/read-models/database';
import { PoolerRefused } from '@app/read-models/refuse-pooler';
import { createDatabase } from '../postgres';
import { ApiProcess, ProjectorProcess } from '../processes';
import { TcpProxy } from './tcp-proxy';
import { TransactionPooler } from './transaction-pooler';

describe('a pooler between the service and Postgres', () => {
  let database: Awaited<ReturnType<typeof createDatabase>>;
  let pooler: TransactionPooler;

  beforeEach(async () => {
    database = await createDatabase();
    pooler = await TransactionPooler.to(database.url);
  });
  afterEach(async () => {
    await pooler.close();
    await database.drop();
  });

  const through = (port: number): string => {
    const { user, database: name } = parse(database.url);
    return `postgresql://${user}@127.0.0.1:${port}/${name}`;
  };

  it('in transaction mode is refused at the start of projector and API, with the reason', async () => {
    const settings = { EVENTSTORE_URL: 'esdb://127.0.0.1:1?tls=false', DATABASE_URL: through(pooler.port) };
    for (const program of [new ProjectorProcess(settings), new ApiProcess({ ...settings, DATA_DIR: __dirname })])
      await expect(program.start()).rejects.toThrow(
        /ended with 1: .*DATABASE_URL leads to a pooler in transaction mode/s,
      );
  });

  it('is accepted when it keeps each session on one connection', async () => {
    const { host } = parse(database.url);
    const proxy = await TcpProxy.to(`${host}/.s.PGSQL.5432`);
    const dataSource = await createDataSource(through(proxy.port)).initialize();
    await expect(migrate(dataSource)).resolves.not.toEqual([]);
    await dataSource.destroy();
    await proxy.close();
  });

  it('is detected also with a warm pool', async () => {
    const dataSource = await createDataSource(through(pooler.port)).initialize();
    await Promise.all(Array.from({ length: 4 }, () => dataSource.query('select pg_sleep(0.05)')));
    await expect(migrate(dataSource)).rejects.toThrow(PoolerRefused);
    await dataSource.destroy();
  });
});
