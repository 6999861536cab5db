import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Client } from 'pg';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import type { EventStore } from '@app/event-store/event-store';
import { metadataOf } from '@app/stored-events/codec';
import { purchaseStream } from '@app/stored-events/streams';
import { LIVE, VERSION } from '@app/read-models/tables';
import { type CallOptions, type Service, startService } from './service';

interface Rebuild {
  id: string;
  state: string;
  events: number;
  share: number;
}

const BODY = { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] };
const PROJECTION = '/api/v1/projections/purchases';

describe('operations over HTTP', () => {
  let service: Service;
  let eventStore: EventStore;

  beforeAll(async () => {
    service = await startService();
    eventStore = connectEventStoreDb(service.eventStoreUrl);
  });
  afterAll(async () => {
    await eventStore.close();
    await service.stop();
  });

  /** Appends an event that no version can read to a purchase of a site. */
  const poison = async (site: string): Promise<string> => {
    const id = randomUUID();
    const at = '2026-01-01T00:00:00.000Z';
    const metadata = metadataOf({ site, actor: 'erp', requestId: 'r', at });
    await eventStore.append(
      purchaseStream(id),
      [{ id: randomUUID(), type: 'FromTheFuture', data: {}, metadata }],
      'no-stream',
    );
    return id;
  };

  it('lists the projection with its version, position, lag and leader', async () => {
    await service.call('PUT', '/api/v1/purchases/internal/A', { body: BODY });
    const { body } = await service.eventually('/api/v1/projections', (answer) =>
      answer
        .json<{ lag_events: number; position?: object }[]>()
        .every((each) => each.lag_events === 0 && each.position),
    );
    expect(JSON.parse(body)).toEqual([
      {
        name: 'purchases',
        version: VERSION,
        includes: [
          { name: 'purchases', version: VERSION, tables: ['purchases'] },
          { name: 'timeline', version: VERSION, tables: ['timeline', 'feed'] },
          { name: 'customer-stats', version: 1, tables: ['customer_orders'] },
          { name: 'daily-figures', version: 1, tables: ['daily_figures'] },
        ],
        position: { commit: expect.stringMatching(/^\d+$/), prepare: expect.stringMatching(/^\d+$/) },
        end_position: { commit: expect.stringMatching(/^\d+$/), prepare: expect.stringMatching(/^\d+$/) },
        lag_events: 0,
        lag_seconds: 0,
        events_per_second: expect.any(Number),
        quarantined: 0,
        leader: {
          name: `projector ${hostname()} ${process.pid}`,
          host: hostname(),
          pid: process.pid,
          since: expect.any(String),
        },
      },
    ]);
  });

  it('requires the scope operate and a known projection', async () => {
    const token = await service.tokenFor('demo', ['read', 'write']);
    const calls = [
      ['GET', '/api/v1/projections'],
      ['GET', `${PROJECTION}/quarantine`],
      ['POST', `${PROJECTION}/quarantine/retry`],
      ['POST', `${PROJECTION}/rebuilds`],
      ['POST', `${PROJECTION}/verifications`],
    ] as const;
    for (const [method, url] of calls)
      expect([url, (await service.call(method, url, { token })).statusCode]).toEqual([url, 403]);
    for (const name of ['timeline', 'customer-stats', 'daily-figures'])
      expect((await service.call('GET', `/api/v1/projections/${name}/quarantine`)).statusCode).toBe(200);
    expect((await service.call('GET', '/api/v1/projections/other/quarantine')).statusCode).toBe(404);
    expect((await service.call('GET', `${PROJECTION}/rebuilds/${randomUUID()}`)).statusCode).toBe(404);
    expect((await service.call('GET', `${PROJECTION}/rebuilds/x`)).statusCode).toBe(404);
  });

  it('shows the quarantine of the operator’s site and retries it', async () => {
    const [mine, foreign] = [await poison('demo'), await poison('other')];
    const { body } = await service.eventually(`${PROJECTION}/quarantine`, (answer) => answer.body.includes(mine));
    expect(JSON.parse(body)).toEqual({
      purchases: [expect.objectContaining({ purchase_id: mine, type: 'FromTheFuture', revision: 0, attempts: 1 })],
    });
    const retried = await service.call('POST', `${PROJECTION}/quarantine/${mine}/retry`);
    expect(retried.json()).toMatchObject({ released: [], refused_again: [{ purchase_id: mine }] });
    expect((await service.call('POST', `${PROJECTION}/quarantine/${foreign}/retry`)).statusCode).toBe(404);
    const all = await service.call('POST', `${PROJECTION}/quarantine/replay`);
    expect(all.json()).toMatchObject({ refused_again: [{ purchase_id: mine }] });
    const again = await service.call('GET', `${PROJECTION}/quarantine?limit=1`);
    expect(again.json()).toMatchObject({ purchases: [{ attempts: 3 }] });
    for (const id of ['%00', 'a%00b', `${mine}%00`])
      expect([id, (await service.call('POST', `${PROJECTION}/quarantine/${id}/retry`)).statusCode]).toEqual([id, 404]);
    const second = await poison('demo');
    await service.eventually(`${PROJECTION}/quarantine`, (answer) => answer.body.includes(second));
    const { next } = (await service.call('GET', `${PROJECTION}/quarantine?limit=1`)).json<{ next: string }>();
    const page = await service.call('GET', `${PROJECTION}/quarantine?after=${next}`);
    expect(page.json()).toEqual({ purchases: [expect.objectContaining({ purchase_id: second })] });
    expect((await service.call('GET', `${PROJECTION}/quarantine?after=x`)).statusCode).toBe(400);
  });

  it('rebuilds, reports progress and cancels', async () => {
    const started = await service.call('POST', `${PROJECTION}/rebuilds`);
    expect(started.statusCode).toBe(202);
    const url = String(started.headers.location);
    expect(url).toBe(`${PROJECTION}/rebuilds/${started.json<Rebuild>().id}`);
    const ended = await service.eventually(url, (answer) => answer.json<Rebuild>().state !== 'running');
    expect(ended.json()).toMatchObject({ state: 'succeeded', share: 1 });
    expect((await service.call('GET', '/api/v1/purchases/internal/A')).statusCode).toBe(200);

    const next = (await service.call('POST', `${PROJECTION}/rebuilds`)).json<Rebuild>();
    expect((await service.call('DELETE', `${PROJECTION}/rebuilds/${next.id}`)).statusCode).toBe(200);
    const after = await service.eventually(
      `${PROJECTION}/rebuilds/${next.id}`,
      (answer) => answer.json<Rebuild>().state !== 'running',
    );
    // The rebuild of a small history may finish before the cancellation is processed.
    expect(['cancelled', 'succeeded']).toContain(after.json<Rebuild>().state);
  });

  describe('verification', () => {
    interface Verification {
      id: string;
      state: string;
      verified: number;
      differences: number;
      found: { purchase_id: string; table: string; kind: string; columns: object }[];
    }
    const VERIFICATIONS = `${PROJECTION}/verifications`;

    const verified = async (query = '', options: CallOptions = {}): Promise<Verification> => {
      const started = await service.call('POST', `${VERIFICATIONS}${query}`, options);
      expect(started.statusCode).toBe(202);
      const url = String(started.headers.location);
      const ended = await service.eventually(url, (answer) => answer.json<Verification>().state !== 'running');
      return ended.json();
    };

    const sql = async (text: string): Promise<void> => {
      const client = new Client({ connectionString: service.databaseUrl });
      await client.connect();
      await client.query(text).finally(() => client.end());
    };

    it('reports no difference, then each manually damaged row', async () => {
      for (const name of ['V1', 'V2', 'V3'])
        await service.call('PUT', `/api/v1/purchases/internal/${name}`, { body: BODY });
      await service.eventually(
        '/api/v1/projections',
        (answer) => answer.json<{ lag_events: number }[]>()[0]?.lag_events === 0,
      );
      const before = await verified();
      expect(before).toMatchObject({ state: 'succeeded', differences: 0, found: [] });
      expect(before.verified).toBeGreaterThanOrEqual(3);

      await sql(`
        update ${LIVE}.purchases set currency = 'EUR' where internal = 'V1';
        delete from ${LIVE}.timeline where purchase_id = (select id from ${LIVE}.purchases where internal = 'V2') and revision = 1;
        delete from ${LIVE}.feed where purchase_id = (select id from ${LIVE}.purchases where internal = 'V2') and revision = 0;
        update ${LIVE}.purchases set id = gen_random_uuid() where internal = 'V3'`);
      const { differences, found } = await verified();
      expect(found.map(({ table, kind }) => `${table} ${kind}`).sort()).toEqual([
        'feed missing',
        'purchases changed',
        'purchases missing',
        'purchases surplus',
        'timeline missing',
      ]);
      expect(differences).toBe(5);
      expect(found.find(({ kind }) => kind === 'changed')?.columns).toEqual({
        currency: { live: 'EUR', expected: 'GBP' },
      });
      expect(found.find(({ table }) => table === 'feed')?.columns).toMatchObject({
        site: { live: null, expected: 'demo' },
        sequence: { live: null, expected: expect.any(String) },
      });
      expect(found.find(({ table }) => table === 'timeline')?.columns).toEqual({});
      const id = found.find(({ table }) => table === 'timeline')?.purchase_id;
      expect((await verified(`?purchase=${id}`)).verified).toBe(1);
    });

    it('compares and shows the purchases of the operator’s site only', async () => {
      const token = await service.tokenFor('verify-other');
      const other = { token, site: 'verify-other' };
      const started = (await service.call('POST', VERIFICATIONS)).json<Verification>();
      const url = `${VERIFICATIONS}/${started.id}`;
      expect((await service.call('GET', url, other)).statusCode).toBe(404);
      expect((await service.call('DELETE', url, other)).statusCode).toBe(404);
      await service.eventually(url, (answer) => answer.json<Verification>().state !== 'running');
      const theirs = await service.call('POST', VERIFICATIONS, other);
      for (;;) {
        const { body } = await service.call('GET', String(theirs.headers.location), other);
        const { state, verified: count } = JSON.parse(body) as Verification;
        if (state === 'running') continue;
        expect({ state, count }).toEqual({ state: 'succeeded', count: 0 });
        break;
      }
    });

    it('refuses a second verification while one runs, and replaces one whose process ended', async () => {
      await sql(`insert into purchasing.verifications (id, site, state) values (gen_random_uuid(), 'demo', 'running')`);
      const refused = await service.call('POST', VERIFICATIONS);
      expect(refused.statusCode).toBe(409);
      expect(refused.json()).toMatchObject({ errors: [{ code: 'operation-in-progress' }] });
      await sql(`update purchasing.verifications set updated_at = now() - interval '1 minute' where state = 'running'`);
      expect((await verified('?sample=2')).state).toBe('succeeded');
    });
  });
});
