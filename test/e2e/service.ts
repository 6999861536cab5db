import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { InjectOptions, LightMyRequestResponse } from 'fastify';
import { createApi } from '../../apps/api/src/http/create-api';
import { startEventStoreNode } from '@app/embedded/event-store-node/event-store-node';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { Sites, type Scope } from '@app/sites/sites';
import { operationsHere } from '@app/read-models/operations/operations';
import { RebuildRuns } from '@app/read-models/operations/rebuild-runs';
import { VerificationRuns } from '@app/read-models/operations/verification-runs';
import { Projector } from '@app/read-models/projection/projector';
import { loadSettings, type Settings } from '@app/settings/settings';
import { openReadModel } from '../read-model';

/** The service on a real Postgres and an embedded node, called through Fastify's `inject`. */
export interface Service {
  app: NestFastifyApplication;
  sites: Sites;
  eventStoreUrl: string;
  databaseUrl: string;
  tokenFor: (site: string, scopes?: readonly Scope[]) => Promise<string>;
  call: (method: InjectOptions['method'], url: string, options?: CallOptions) => Promise<LightMyRequestResponse>;
  /** Repeats a GET until the response meets the condition. */
  eventually: (url: string, holds: (response: LightMyRequestResponse) => boolean) => Promise<LightMyRequestResponse>;
  stop: () => Promise<void>;
}

export const SECRET = 's'.repeat(32);

export interface CallOptions {
  token?: string;
  site?: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export async function startService(overrides: Partial<Settings> = {}): Promise<Service> {
  const dataDir = mkdtempSync(join(tmpdir(), 'e2e-'));
  const [node, readModel] = await Promise.all([startEventStoreNode({ dataDir, port: 0 }), openReadModel()]);
  const eventStore = connectEventStoreDb(node.url);
  const { dataSource, pool } = readModel;
  const end = new AbortController();
  const projector = new Projector({ pool, eventStore, signal: end.signal, log: () => {} });
  const running = projector.run();
  const settings = {
    ...loadSettings({ TOKEN_SECRET: SECRET, CACHE_BYTES: '1000000', LOG_LEVEL: 'error' }),
    ...overrides,
  };
  const operations = operationsHere(pool, eventStore);
  const rebuilds = new RebuildRuns(pool, operations);
  const verifications = new VerificationRuns(pool, operations);
  const app = await createApi({ settings, eventStore, dataSource, pool, rebuilds, verifications, projector });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  const sites = app.get(Sites);

  const call: Service['call'] = (method, url, { token, site = 'demo', body, headers = {} } = {}) =>
    app.inject({
      method,
      url,
      headers: {
        ...(site !== '' && { 'site-id': site }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && {
        payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
      }),
    });

  const tokenFor: Service['tokenFor'] = async (site, scopes) => {
    const { clientId, clientSecret } = await sites.issue(site, scopes);
    const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    return (await call('POST', '/api/auth/token', { site, body })).json<{ access_token: string }>().access_token;
  };

  const token = await tokenFor('demo');
  return {
    app,
    sites,
    eventStoreUrl: node.url,
    databaseUrl: readModel.url,
    tokenFor,
    call: (method, url, options = {}) => call(method, url, 'token' in options ? options : { ...options, token }),
    eventually: async (url, holds) => {
      for (;;) {
        const response = await call('GET', url, { token });
        if (holds(response)) return response;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    stop: async () => {
      await app.close();
      await Promise.all([rebuilds.close(), verifications.close()]);
      end.abort();
      await running;
      await readModel.close();
      await eventStore.close();
      await node.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
