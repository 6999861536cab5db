import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createApi } from '../../apps/api/src/api';
import { startPostgres } from '@app/embedded/embedded-postgres';
import { startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import { connectEventStoreDb } from '@app/event-store/eventstoredb-event-store';
import { Sites } from '@app/event-store/sites';
import { createDataSource, createPool, migrate } from '@app/read-models/database';
import { rebuild } from '@app/read-models/rebuild';

/** Postgres takes no part in a write (I6). */
describe('with Postgres stopped, and its tables dropped', () => {
  it('every PUT is taken, reads say when to come back, and a rebuild brings all of it', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'no-postgres-'));
    const node = await startEventStoreNode({ dataDir: join(dataDir, 'events'), port: 0 });
    const eventStore = connectEventStoreDb(node.url);
    let postgres = await startPostgres({ dataDir, log: () => {} });
    const dataSource = await createDataSource(postgres.url).initialize();
    await migrate(dataSource);
    const settings = { cacheBytes: 1e6, bodyLimit: 1e6, inflatedBodyLimit: 1e6, logLevel: 'error' as const };
    const app: NestFastifyApplication = await createApi({ settings, eventStore, dataSource });
    await app.init();
    await app.getHttpAdapter().getInstance().ready();

    const credential = await new Sites(eventStore).issue('demo');
    const token = await app.inject({
      method: 'POST',
      url: '/api/auth/token',
      headers: { 'site-id': 'demo' },
      payload: {
        grant_type: 'client_credentials',
        client_id: credential.clientId,
        client_secret: credential.clientSecret,
      },
    });
    const headers = {
      'site-id': 'demo',
      authorization: `Bearer ${token.json<{ access_token: string }>().access_token}`,
    };
    const body = { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] };
    const put = (n: number): Promise<{ statusCode: number }> =>
      app.inject({ method: 'PUT', url: `/api/v1/purchases/internal/E${n}`, headers, payload: body });

    await postgres.stop();
    const writes = await Promise.all(Array.from({ length: 64 }, (_, n) => put(n)));
    expect(writes.map(({ statusCode }) => statusCode)).toEqual(writes.map(() => 201));
    const read = await app.inject({ method: 'GET', url: '/api/v1/purchases/internal/E1', headers });
    expect([read.statusCode, read.headers['retry-after']]).toEqual([503, '2']);
    expect((await app.inject({ method: 'GET', url: '/health/ready' })).statusCode).toBe(503);

    postgres = await startPostgres({ dataDir, log: () => {} });
    const pool = createPool(postgres.url);
    await pool.query('drop schema read_model cascade');
    expect((await put(64)).statusCode).toBe(201);
    expect((await rebuild({ pool, eventStore })).purchases).toBe(65);
    const list = await app.inject({ method: 'GET', url: '/api/v1/purchases?limit=500', headers });
    expect(list.json<unknown[]>()).toHaveLength(65);

    await pool.end();
    await app.close();
    await dataSource.destroy();
    await eventStore.close();
    await Promise.all([node.stop(), postgres.stop()]);
    rmSync(dataDir, { recursive: true, force: true });
  });
});
