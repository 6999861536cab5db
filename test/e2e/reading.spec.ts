import type { LightMyRequestResponse } from 'fastify';
import { encodeConsistencyToken } from '../../apps/api/src/purchases/consistency-token';
import { gbp, orderBody, processingBody } from '../bodies';
import { type Service, startService } from './service';

const order = (more: object = {}): object => orderBody([processingBody()], more);

describe('reading over HTTP', () => {
  let service: Service;
  let count = 0;
  const fresh = (): string => `/api/v1/purchases/internal/R-${++count}`;

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  const errorsOf = (response: LightMyRequestResponse): unknown[] => [
    response.statusCode,
    ...(response.json<{ errors?: { property: string }[] }>().errors ?? []).map(({ property }) => property),
  ];

  describe('query parameters', () => {
    it.each<[Parameters<Service['call']>[0], string, object | undefined]>([
      ['GET', '', undefined],
      ['PUT', '', order()],
      ['DELETE', '', undefined],
      ['GET', '/transactions', undefined],
      ['PUT', '/transactions', { platform_id: 't1', total: gbp('1.00') }],
      ['GET', '/history', undefined],
      ['POST', '/history', { event_type: 'note', body: 'x' }],
      ['GET', '/timeline', undefined],
    ])('that %s …%s does not know are refused, and nothing happens', async (method, path, body) => {
      const url = fresh();
      const created = await service.call('PUT', url, { body: order() });
      await service.eventually(url, ({ statusCode }) => statusCode === 200);
      const call = (query: string): ReturnType<Service['call']> =>
        service.call(method, `${url}${path}?${query}`, { body });
      expect(errorsOf(await call('foo=1&bar='))).toEqual([400, 'foo', 'bar']);
      expect(errorsOf(await call('dry_run'))).toEqual([400, 'dry_run']);
      expect(errorsOf(await call('dry_run='))).toEqual([400, 'dry_run']);
      expect(errorsOf(await call('dry_run=true&dry_run=true'))).toEqual([400, 'dry_run']);
      if (method !== 'PUT' || path !== '') expect(errorsOf(await call('dry_run=true'))).toEqual([400, 'dry_run']);
      const again = await service.call('PUT', url, { body: order() });
      expect([again.headers['purchase-changed'], again.headers.etag]).toEqual(['false', created.headers.etag]);
    });

    it('are refused on routes without parameters', async () => {
      for (const url of ['/health/live', '/health/ready', '/api/openapi.json'])
        expect(errorsOf(await service.call('GET', `${url}?foo=1`))).toEqual([400, 'foo']);
      expect(errorsOf(await service.call('POST', '/api/auth/token?foo=1', { body: {} }))).toEqual([400, 'foo']);
    });

    it('are validated after the token', async () => {
      const refused = await service.call('GET', `${fresh()}?foo=1`, { token: undefined });
      expect(refused.statusCode).toBe(401);
    });

    it.each([
      ['search=%00', 'search'],
      ['customer_identifiers[sparklayer]=%00', 'customer_identifiers[sparklayer]'],
      ['customer_identifiers[sparklayer_child]=', 'customer_identifiers[sparklayer_child]'],
      ['dates[placed][gte]=0000-01-01T00:00:00Z', 'dates[placed][gte]'],
      ['dates[placed][lte]=0001-01-01T00:00:00%2B01:00', 'dates[placed][lte]'],
      ['dates[last_updated][gte]=9999-12-31T23:59:59-01:00', 'dates[last_updated][gte]'],
      ['dates[last_updated[lte]=x', 'dates[last_updated[lte]'],
      ['limit=501', 'limit'],
      ['order_by=name', 'order_by'],
    ])('of the list are checked: %s', async (query, property) => {
      expect(errorsOf(await service.call('GET', `/api/v1/purchases?${query}`))).toEqual([400, property]);
    });

    it.each([
      ['actor=%00', 'actor'],
      ['type=%00', 'type'],
      ['type=Nonsense', 'type'],
      ['from=0000-01-01T00:00:00Z', 'from'],
      ['to=9999-12-31T23:59:59-01:00', 'to'],
    ])('of the timeline are checked: %s', async (query, property) => {
      expect(errorsOf(await service.call('GET', `${fresh()}/timeline?${query}`))).toEqual([400, property]);
    });
  });

  it('answers 304 to a GET whose If-None-Match matches the ETag', async () => {
    const url = fresh();
    const created = await service.call('PUT', url, { body: order() });
    const etag = String(created.headers.etag);
    await service.eventually(url, ({ headers }) => headers.etag === etag);
    const read = (path: string, tag: string): ReturnType<Service['call']> =>
      service.call('GET', `${url}${path}`, { headers: { 'if-none-match': tag } });
    for (const path of ['', '/transactions', '/history', '/timeline']) {
      const same = await read(path, `W/${etag}, "x"`);
      expect([same.statusCode, same.body, same.headers.etag]).toEqual([304, '', etag]);
      expect((await read(path, '"0"')).statusCode).toBe(200);
    }
    expect(errorsOf(await read('', '1'))).toEqual([400, 'If-None-Match']);
  });

  it('ignores empty elements of If-Match', async () => {
    const url = fresh();
    const { headers } = await service.call('PUT', url, { body: order() });
    const again = await service.call('PUT', url, { body: order(), headers: { 'if-match': `, ${headers.etag} ,` } });
    expect(again.statusCode).toBe(200);
  });

  describe('after a write through the same process', () => {
    it('GET by any identifier returns the write, even while the read model lags behind', async () => {
      for (let n = 0; n < 8; n++) {
        const url = fresh();
        const visible = `/api/v1/purchases/visible/V-${count}`;
        const put = (more: object): ReturnType<Service['call']> =>
          service.call('PUT', url, { body: order({ purchase_identifiers: { visible: `V-${count}` }, ...more }) });
        const created = await put({});
        const read = await service.call('GET', visible);
        expect([read.statusCode, read.json(), read.headers.etag]).toEqual([200, created.json(), created.headers.etag]);
        const changed = await put({ customer_reference: 'PO 1' });
        expect((await service.call('GET', url)).json()).toEqual(changed.json());
        await service.call('PUT', `${url}/transactions`, { body: { platform_id: 't1', total: gbp('1.00') } });
        expect((await service.call('GET', `${url}/transactions`)).json<unknown[]>()).toHaveLength(1);
        await service.call('DELETE', url);
        for (const gone of [url, visible]) expect((await service.call('GET', gone)).statusCode).toBe(404);
      }
    });

    it('the timeline includes the write', async () => {
      const url = fresh();
      for (const reference of ['PO 1', 'PO 2', 'PO 3']) {
        const { headers } = await service.call('PUT', url, { body: order({ customer_reference: reference }) });
        const timeline = await service.call('GET', `${url}/timeline`);
        expect(timeline.headers.etag).toBe(headers.etag);
        expect(timeline.json<{ revision: number }[]>().at(-1)?.revision).toBe(Number(headers.etag?.slice(1, -1)));
      }
    });

    it('a list with the Consistency-Token includes the write, within the time of Prefer: wait', async () => {
      const customer = crypto.randomUUID();
      const list = `/api/v1/purchases?customer_identifiers[sparklayer]=${customer}`;
      for (let n = 1; n <= 5; n++) {
        const body = order({ customer_identifiers: { sparklayer: customer } });
        const { headers } = await service.call('PUT', fresh(), { body });
        const read = await service.call('GET', list, {
          headers: { 'consistency-token': String(headers['consistency-token']), prefer: 'handling=strict, wait=20' },
        });
        expect([read.statusCode, read.json<unknown[]>().length]).toEqual([200, n]);
        expect(read.headers['preference-applied']).toBe('wait=20');
      }
    });

    it('a read is refused if the write of its token is not included in time', async () => {
      const token = encodeConsistencyToken({ commit: 2n ** 60n, prepare: 2n ** 60n });
      for (const url of ['/api/v1/purchases', fresh()]) {
        const refused = await service.call('GET', url, { headers: { 'consistency-token': token } });
        expect([refused.statusCode, refused.headers['retry-after']]).toEqual([503, '1']);
        expect(refused.json<{ type: string }>().type).toBe('urn:purchasing:problem:read-model-behind');
      }
      const wrong = await service.call('GET', '/api/v1/purchases', { headers: { 'consistency-token': 'x' } });
      expect(errorsOf(wrong)).toEqual([400, 'Consistency-Token']);
    });
  });

  const nextOf = ({ headers }: LightMyRequestResponse): string | undefined =>
    /^<([^>]+)>; rel="next"$/.exec(String(headers.link))?.[1];

  it('returns lists page by page and the statistics of a customer', async () => {
    const customer = crypto.randomUUID();
    const put = async (day: number | undefined, more: object): Promise<string> => {
      const body = order({
        customer_identifiers: { sparklayer: customer },
        ...(day !== undefined && { dates: { placed_at: `2026-03-0${day}T00:00:00Z` } }),
        ...more,
      });
      const { headers } = await service.call('PUT', fresh(), { body });
      return String(headers['consistency-token']);
    };
    await put(1, { customer_reference: 'first' });
    await put(3, { customer_reference: 'last' });
    await put(2, { type: 'cart' });
    const token = await put(2, {
      billing_address: { address_line1: 'Hauptstra\u00dfe 5', city: 'K\u00f6ln', country_code: 'DE' },
    });
    const headers = { 'consistency-token': token, prefer: 'wait=20' };
    const filter = `customer_identifiers[sparklayer]=${customer}`;
    const seen: unknown[] = [];
    for (let url: string | undefined = `/api/v1/purchases?${filter}&limit=3`; url !== undefined;) {
      const page: LightMyRequestResponse = await service.call('GET', url, { headers });
      seen.push(...page.json<{ dates: { placed_at: string } }[]>().map(({ dates }) => dates.placed_at.slice(8, 10)));
      url = nextOf(page);
    }
    expect(seen).toEqual(['03', '02', '02', '01']);
    const found = await service.call('GET', `/api/v1/purchases?${filter}&search=koln%20strasse`);
    expect(found.json<unknown[]>()).toHaveLength(1);
    for (const query of ['search=%20', 'search=--', 'cursor=x', 'cursor='])
      expect((await service.call('GET', `/api/v1/purchases?${query}`)).statusCode).toBe(400);
    const stats = await service.call('GET', `/api/v1/purchases/stats?${filter}`);
    expect(stats.json()).toMatchObject({
      orders: 3,
      totals: [{ orders: 3, total: gbp('61.02') }],
      first_order: { placed_at: '2026-03-01T00:00:00.000Z' },
      last_order: { placed_at: '2026-03-03T00:00:00.000Z' },
    });
    expect(errorsOf(await service.call('GET', '/api/v1/purchases/stats'))).toEqual([
      400,
      'customer_identifiers[sparklayer]',
    ]);
  });

  it('returns the feed of the site as pages and as a stream, and its timeline newest first', async () => {
    const token = await service.tokenFor('feeding');
    const call: Service['call'] = (method, url, options) =>
      service.call(method, url, { ...options, token, site: 'feeding' });
    let written = '';
    for (let n = 0; n < 4; n++) {
      const { headers } = await call('PUT', `/api/v1/purchases/internal/F-${n % 2}`, {
        body: order({ customer_reference: `PO ${n}`, customer_identifiers: { sparklayer_impersonator: 'ann' } }),
      });
      written = String(headers['consistency-token']);
    }
    const headers = { 'consistency-token': written, prefer: 'wait=20' };
    const feed: { sequence: number; type: string }[] = [];
    for (let url: string | undefined = '/api/v1/feed?limit=4'; url !== undefined;) {
      const page: LightMyRequestResponse = await call('GET', url, { headers });
      feed.push(...page.json<typeof feed>());
      url = nextOf(page);
    }
    expect(feed.length).toBeGreaterThan(5);
    expect(feed.map(({ sequence }) => sequence)).toEqual(feed.map((_, index) => index + 1));
    expect(feed[0]).toMatchObject({ type: 'PurchaseCreated', impersonator: 'ann' });
    const newest = await call('GET', '/api/v1/timeline?limit=2&actor=ann');
    expect(newest.json<typeof feed>().map(({ sequence }) => sequence)).toEqual([feed.length, feed.length - 1]);
    expect((await service.call('GET', '/api/v1/timeline?actor=ann')).json()).toEqual([]);
    expect((await call('GET', `/api/v1/feed?after=${feed.length}`)).json()).toEqual([]);

    const { url } = await listening(service);
    const stream = await fetch(`${url}/api/v1/feed`, {
      headers: {
        authorization: `Bearer ${token}`,
        'site-id': 'feeding',
        accept: 'text/event-stream',
        'last-event-id': String(feed.length - 1),
      },
    });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    const read = async (ids: number): Promise<number[]> => {
      for (let text = ''; ; text += (await reader.read()).value ?? '') {
        const found = [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));
        if (found.length >= ids) return found;
      }
    };
    expect(await read(1)).toEqual([feed.length]);
    await call('DELETE', '/api/v1/purchases/internal/F-1');
    expect(await read(1)).toEqual([feed.length + 1]);
    await reader.cancel();
  });

  it('names actors in timelines by the label of their credential, also of a revoked one, and not in the feed', async () => {
    const tokenOf = async (site: string, label?: string): Promise<{ clientId: string; token: string }> => {
      const { clientId, clientSecret } = await service.sites.issue(site, ['read', 'write'], { label });
      const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
      const answer = await service.call('POST', '/api/auth/token', { site, body });
      return { clientId, token: answer.json<{ access_token: string }>().access_token };
    };
    const url = '/api/v1/purchases/internal/LABEL-1';
    const put = (site: string, token: string, reference: string): Promise<LightMyRequestResponse> =>
      service.call('PUT', url, { site, token, body: order({ customer_reference: reference }) });
    const [erp, unlabelled] = [await tokenOf('labels', 'ERP'), await tokenOf('labels')];
    const other = await tokenOf('other-labels', 'Shop of another site');
    await put('labels', erp.token, 'PO 1');
    const { headers: written } = await put('labels', unlabelled.token, 'PO 2');
    const { headers: writtenThere } = await put('other-labels', other.token, 'PO 1');
    await service.sites.revoke('labels', erp.clientId);
    const reader = await service.tokenFor('labels', ['read']);
    const read = async (path: string, site = 'labels', token = reader, { 'consistency-token': last } = written) => {
      const headers = { 'consistency-token': String(last), prefer: 'wait=20' };
      const answer = await service.call('GET', path, { site, token, headers });
      const entries = answer.json<{ actor: string; actor_label?: string }[]>();
      return [...new Set(entries.map(({ actor, actor_label: label }) => `${actor} ${String(label)}`))];
    };
    const labelled = [`${erp.clientId} ERP`, `${unlabelled.clientId} undefined`];
    expect(await read(`${url}/timeline`)).toEqual(labelled);
    expect(await read('/api/v1/timeline')).toEqual([...labelled].reverse());
    expect(await read(`/api/v1/timeline?actor=${erp.clientId}`)).toEqual([labelled[0]]);
    expect(await read(`${url}/timeline?actor=ERP`)).toEqual([]);
    expect(await read('/api/v1/feed')).toEqual([`${erp.clientId} undefined`, labelled[1]]);
    expect(await read(`${url}/timeline`, 'other-labels', other.token, writtenThere)).toEqual([
      `${other.clientId} Shop of another site`,
    ]);
  });

  it('ends a stream of the feed when its credential is revoked', async () => {
    const { clientId, clientSecret } = await service.sites.issue('feeding');
    const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const issued = await service.call('POST', '/api/auth/token', { site: 'feeding', body });
    const { access_token: token } = issued.json<{ access_token: string }>();
    const last = await service.call('GET', '/api/v1/timeline?limit=1', { token, site: 'feeding' });
    const [{ sequence } = { sequence: 0 }] = last.json<{ sequence: number }[]>();
    const stream = await fetch(`${await service.app.getUrl()}/api/v1/feed?after=${sequence}`, {
      headers: { authorization: `Bearer ${token}`, 'site-id': 'feeding', accept: 'text/event-stream' },
    });
    await service.sites.revoke('feeding', clientId);
    const writer = await service.tokenFor('feeding');
    const path = '/api/v1/purchases/internal/F-9';
    expect((await service.call('PUT', path, { body: order(), token: writer, site: 'feeding' })).statusCode).toBe(201);
    expect(await stream.text()).not.toContain('PurchaseCreated');
  });
});

async function listening({ app }: Service): Promise<{ url: string }> {
  await app.listen(0, '127.0.0.1');
  return { url: await app.getUrl() };
}
