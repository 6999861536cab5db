import { gzipSync } from 'node:zlib';
import { JwtService } from '@nestjs/jwt';
import { decodeConsistencyToken } from '../../apps/api/src/purchases/consistency-token';
import { gbp, lineBody, orderBody, processingBody } from '../bodies';
import { SECRET, type Service, startService } from './service';

const shipped = {
  type: 'shipment',
  identifiers: { visible: 'S-1' },
  dates: { shipped_at: '2025-11-02T10:00:00+01:00' },
  line_items: [lineBody(4, '13.56')],
};
const refund = { type: 'refund', identifiers: { visible: 'R-1' }, line_items: [lineBody(2, '6.78')] };

interface Answer {
  [key: string]: unknown;
  errors: { code: string; property: string }[];
}

describe('the API', () => {
  let service: Service;
  let count = 0;
  const fresh = (): string => `/api/v1/purchases/internal/E-${++count}`;
  const put = (url: string, body: unknown, headers?: Record<string, string>): ReturnType<Service['call']> =>
    service.call('PUT', url, { body, headers });

  /** Waits until the read model has this revision of the purchase; returns the purchase. */
  const known = (url: string, etag: string): ReturnType<Service['call']> =>
    service.eventually(url, ({ headers }) => headers.etag === etag);

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  it('stores text that looks like escapes unchanged; refuses control characters and lone surrogates', async () => {
    const url = fresh();
    const reference = 'back\\u0000slash \\\\u0000 \\ud800 tab\tbreak\r\nend';
    expect((await put(url, orderBody([processingBody()], { customer_reference: reference }))).statusCode).toBe(201);
    expect((await known(url, '"1"')).json<Answer>().customer_reference).toBe(reference);
    for (const [text, code] of [
      ['a\u0000b', 'control-character'],
      ['a\ud800', 'lone-surrogate'],
    ]) {
      const refused = await put(fresh(), orderBody([processingBody()], { customer_reference: text }));
      expect(refused.statusCode).toBe(400);
      expect(refused.json<{ errors: object[] }>().errors).toMatchObject([{ code, property: '/customer_reference' }]);
    }
  });

  it('returns a Consistency-Token for every write: a new token for a change, the same token without a change', async () => {
    const url = fresh();
    const tokens: unknown[] = [];
    const write = async (method: 'PUT' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> => {
      const { statusCode, headers } = await service.call(method, path, { body });
      expect(statusCode).toBeLessThan(300);
      const token = headers['consistency-token'];
      expect(decodeConsistencyToken(String(token))).toBeDefined();
      tokens.push(token);
      return token;
    };
    const created = await write('PUT', url, orderBody([processingBody()]));
    expect(await write('PUT', url, orderBody([processingBody()]))).toBe(created);
    await write('PUT', `${url}/transactions`, { platform_id: 't', total: gbp('1.00') });
    await write('POST', `${url}/history`, { event_type: 'note', body: 'n' });
    await write('DELETE', url);
    expect(new Set(tokens).size).toBe(4);
  });

  describe('transactions', () => {
    const payment = { platform_id: 't1', total: gbp('20.00'), full_transaction: { card: ['', null] } };

    it('are recorded once, updated by their platform id and included in the amount paid', async () => {
      const url = fresh();
      await put(url, orderBody([processingBody()]));
      const tell = (body: object): ReturnType<Service['call']> => put(`${url}/transactions`, body);
      const first = await tell(payment);
      expect(first.statusCode).toBe(200);
      expect(first.json()).toEqual({ ...payment, apply_to_balance: true });
      expect((await tell(payment)).headers['purchase-changed']).toBe('false');
      expect((await tell({ ...payment, total: gbp('15.00') })).headers['purchase-changed']).toBe('true');
      await tell({ platform_id: 't2', total: gbp('-5.00') });
      await tell({ platform_id: 't3', total: gbp('99.00'), apply_to_balance: false, status: 'pending' });
      await known(url, '"5"');
      const all = (await service.call('GET', `${url}/transactions`)).json<{ platform_id: string; total: object }[]>();
      expect(all.map(({ platform_id, total }) => [platform_id, total])).toEqual([
        ['t1', gbp('15.00')],
        ['t2', gbp('-5.00')],
        ['t3', gbp('99.00')],
      ]);
      expect((await service.call('GET', url)).json<Answer>()).toMatchObject({
        calculated_totals: { paid: gbp('10.00'), outstanding: gbp('10.34') },
      });
      const told = (await service.call('GET', `${url}/timeline`)).json<{ type: string }[]>().slice(2);
      expect(told.map(({ type }) => type)).toEqual([
        'PaymentRecorded',
        'TransactionChanged',
        'RefundRecorded',
        'PaymentRecorded',
      ]);
    });

    it('report every invalid value; are refused in another currency and for an unknown purchase', async () => {
      const url = fresh();
      const unknown = await put(`${url}/transactions`, payment);
      expect(unknown.statusCode).toBe(404);
      await put(url, orderBody([processingBody()]));
      const wrong = await put(`${url}/transactions`, { total: { number: '1.234', currency: 'GBP' }, amount: 1 });
      expect(wrong.statusCode).toBe(400);
      expect(wrong.json<Answer>().errors.map(({ code, property }) => [code, property])).toEqual(
        expect.arrayContaining([
          ['required', '/platform_id'],
          ['unknown-property', '/amount'],
          ['too-many-decimals', '/total/number'],
        ]),
      );
      const foreign = await put(`${url}/transactions`, { platform_id: 't', total: { number: '1', currency: 'EUR' } });
      expect(foreign.statusCode).toBe(400);
      expect(foreign.json<Answer>().errors).toMatchObject([{ code: 'currency-mismatch', property: '/total/currency' }]);
    });
  });

  describe('the history', () => {
    it('accepts messages, notes and e-mails, once for each Idempotency-Key', async () => {
      const url = fresh();
      await put(url, orderBody([processingBody()]));
      const post = (body: object, key?: string): ReturnType<Service['call']> =>
        service.call('POST', `${url}/history`, { body, headers: key === undefined ? {} : { 'idempotency-key': key } });
      const message = { event_type: 'message', created_by: 'cu_1', body: 'When will it come?' };
      const first = await post(message, 'k1');
      expect([first.statusCode, first.headers['purchase-changed']]).toEqual([201, 'true']);
      const again = await post(message, 'k1');
      expect([again.statusCode, again.headers['purchase-changed']]).toEqual([201, 'false']);
      expect(again.json()).toEqual(first.json());
      const other = await post({ ...message, body: 'Where is it?' }, 'k1');
      expect([other.statusCode, other.json<Answer>().errors[0]?.code]).toEqual([422, 'idempotency-key-reused']);
      expect((await post({ event_type: 'note', body: 'Called back' })).statusCode).toBe(201);
      expect((await post({ event_type: 'email', sent_by: 'shop', body: 'On its way' })).statusCode).toBe(201);
      for (const key of ['', ' ', 'two words', 'k\u00e9y', 'k'.repeat(256)])
        expect((await post(message, key)).json<Answer>().errors).toMatchObject([
          { code: 'invalid-parameter', property: 'Idempotency-Key' },
        ]);
      const wrong = await post({ event_type: 'email', created_by: 'shop', body: 'On its way' });
      expect([wrong.statusCode, wrong.json<Answer>().errors[0]?.property]).toEqual([400, '/created_by']);
      await known(url, '"4"');
      const history = (await service.call('GET', `${url}/history`)).json<{ event_type: string; body: string }[]>();
      expect(history.map(({ event_type, body }) => [event_type, body])).toEqual([
        ['message', 'When will it come?'],
        ['note', 'Called back'],
        ['email', 'On its way'],
      ]);
    });
  });

  it('creates and changes a purchase, and returns its timeline', async () => {
    const url = fresh();
    const created = await put(url, orderBody([processingBody()]));
    expect(created.statusCode).toBe(201);
    expect(created.headers).toMatchObject({ etag: '"1"', 'purchase-changed': 'true' });
    expect(created.json<Answer>()).toMatchObject({
      calculated_fulfilment_status: 'processing',
      calculated_total: gbp('20.34'),
    });

    const changed = await put(url, orderBody([shipped, refund]));
    expect(changed.statusCode).toBe(200);
    expect(changed.json<Answer>()).toMatchObject({
      calculated_fulfilment_status: 'shipped',
      calculated_total: gbp('13.56'),
    });

    const read = await service.eventually(url, ({ headers }) => headers.etag === changed.headers.etag);
    expect(read.json()).toEqual(changed.json());
    const timeline = (await service.call('GET', `${url}/timeline`)).json<
      { type: string; words: string; occurred_at: string }[]
    >();
    expect(timeline.map(({ type }) => type)).toEqual([
      'PurchaseCreated',
      'PackageAdded',
      'ItemsMovedToShipment',
      'ItemsMovedToRefund',
      'PackageShipped',
    ]);
    expect(timeline[3]?.words).toBe('2 × WHITE METAL LANTERN moved from Shipment S-1 to Refund R-1');
    expect(timeline[4]?.occurred_at).toBe('2025-11-02T09:00:00.000Z');
    const moves = await service.call(
      'GET',
      `${url}/timeline?type=ItemsMovedToShipment,ItemsMovedToRefund&limit=1&cursor=2`,
    );
    expect(moves.json<unknown[]>()).toMatchObject([{ type: 'ItemsMovedToRefund', revision: 3 }]);
  });

  it('appends nothing when the same body is sent again', async () => {
    const url = fresh();
    await put(url, orderBody([processingBody()]));
    const again = await put(url, orderBody([processingBody()]));
    expect(again.statusCode).toBe(200);
    expect(again.headers).toMatchObject({ etag: '"1"', 'purchase-changed': 'false' });
  });

  it('finds a purchase by each of its four identifiers', async () => {
    const id = crypto.randomUUID();
    const body = orderBody([processingBody()], {
      purchase_identifiers: { sparklayer: id.toUpperCase(), platform: 'a/b c', visible: `V${count}` },
    });
    const created = await put(fresh(), body);
    expect(created.statusCode).toBe(201);
    for (const path of [
      `sparklayer/${id}`,
      `platform/${encodeURIComponent('a/b c')}`,
      `visible/V${count - 1}`,
      `internal/E-${count}`,
    ]) {
      const found = await service.eventually(`/api/v1/purchases/${path}`, ({ statusCode }) => statusCode === 200);
      expect(found.json()).toEqual(created.json());
    }
  });

  it('lists purchases newest first, with filters and pages', async () => {
    const customer = { customer_identifiers: { sparklayer: 'list-me' }, customer_reference: 'Cafe\u0301' };
    const urls: string[] = [];
    for (const day of ['01', '03', '02']) {
      urls.push(fresh());
      await put(
        urls.at(-1)!,
        orderBody([processingBody()], { ...customer, dates: { placed_at: `2026-10-${day}T00:00:00Z` } }),
      );
    }
    const query = '/api/v1/purchases?customer_identifiers[sparklayer]=list-me';
    const all = await service.eventually(query, (response) => response.json<unknown[]>().length === 3);
    const placed = (response: typeof all): string[] =>
      response.json<{ dates: { placed_at: string } }[]>().map(({ dates }) => dates.placed_at.slice(8, 10));
    expect(placed(all)).toEqual(['03', '02', '01']);
    expect(all.json<object[]>()[0]).not.toHaveProperty('packages');
    expect(placed(await service.call('GET', `${query}&limit=1&offset=1`))).toEqual(['02']);
    expect(placed(await service.call('GET', `${query}&dates[placed][gte]=2026-10-02T12:00:00Z`))).toEqual(['03']);
    expect(placed(await service.call('GET', `${query}&status=shipped`))).toEqual([]);
    expect(placed(await service.call('GET', `${query}&search=e-${count}`))).toEqual(['02']);
    for (const search of ['CAF\u00c9', 'cafe\u0301'])
      expect(placed(await service.call('GET', `${query}&search=${encodeURIComponent(search)}`))).toHaveLength(3);
    expect(
      (await service.call('GET', '/api/v1/purchases?limit=0&type=x&nonsense=1')).json<Answer>().errors,
    ).toHaveLength(3);
  });

  it('writes nothing in a dry run', async () => {
    const url = fresh();
    const dry = await put(`${url}?dry_run=true`, orderBody([processingBody()]));
    expect(dry.json<{ events: { type: string }[] }>().events.map(({ type }) => type)).toEqual([
      'PurchaseCreated',
      'PackageAdded',
    ]);
    for (const query of ['dry_run=1', 'dryrun=true'])
      expect((await put(`${url}?${query}`, orderBody([processingBody()]))).statusCode).toBe(400);
    expect((await put(url, orderBody([processingBody()]))).statusCode).toBe(201);
  });

  it('returns the code and the path of a refusal by the domain', async () => {
    const url = fresh();
    const id = crypto.randomUUID();
    await put(
      url,
      orderBody([processingBody()], {
        purchase_identifiers: { sparklayer: id },
        revision_date: '2026-01-02T00:00:00Z',
      }),
    );
    const other = fresh();
    await put(other, orderBody([processingBody()]));
    const cases: [string, object, number, string][] = [
      [
        url,
        orderBody([processingBody()], { purchase_identifiers: { sparklayer: crypto.randomUUID() } }),
        403,
        'sparklayer-id-is-immutable',
      ],
      [url, orderBody([processingBody()], { type: 'cart' }), 409, 'type-change-refused'],
      [url, orderBody([processingBody()], { revision_date: '2026-01-01T00:00:00Z' }), 409, 'stale-revision'],
      [other, orderBody([processingBody()], { purchase_identifiers: { sparklayer: id } }), 409, 'identifier-taken'],
      [
        fresh(),
        orderBody([processingBody()], { purchase_identifiers: { internal: 'another' } }),
        400,
        'identifier-mismatch',
      ],
    ];
    for (const [path, body, status, code] of cases) {
      const refused = await put(path, body);
      expect([refused.statusCode, refused.json<Answer>().errors[0]?.code]).toEqual([status, code]);
      expect(refused.headers['content-type']).toMatch('application/problem+json');
    }
    expect((await put(other, cases[3]![1])).json<{ detail: string }>().detail).toContain(
      `/api/v1/purchases/sparklayer/${id}`,
    );
  });

  it('reports every invalid value of a body and stores nothing', async () => {
    const url = fresh();
    const bad = await put(
      url,
      orderBody([{ type: 'parcel', line_items: [lineBody(0, '1.999')] }], {
        misspelt: 1,
        total_paid: { number: '1', currency: 'EUR' },
      }),
    );
    expect(bad.statusCode).toBe(400);
    expect(
      bad
        .json<Answer>()
        .errors.map(({ property }) => property)
        .sort(),
    ).toEqual([
      '/misspelt',
      '/packages/0/line_items/0/line_total/total_net/number',
      '/packages/0/line_items/0/quantity',
      '/packages/0/type',
      '/total_paid/currency',
    ]);
    expect((await service.call('GET', url)).statusCode).toBe(404);
  });

  it.each<[string, string | Buffer, Record<string, string>, number, string]>([
    ['malformed JSON', '{"type":', {}, 400, 'malformed-json'],
    ['an empty body', '', {}, 400, 'malformed-json'],
    ['another media type', 'x', { 'content-type': 'text/plain' }, 415, 'unsupported-media-type'],
    ['a body that is too large', `{"a":"${'x'.repeat(1_100_000)}"}`, {}, 413, 'body-too-large'],
    ['a bomb', gzipSync(Buffer.alloc(5_000_000, 32)), { 'content-encoding': 'gzip' }, 413, 'body-too-large'],
  ])('answers %s with a problem', async (_case, body, headers, status, code) => {
    const refused = await service.call('PUT', fresh(), { body, headers });
    expect([refused.statusCode, refused.json<{ type: string }>().type]).toEqual([
      status,
      `urn:purchasing:problem:${code}`,
    ]);
  });

  it('accepts DELETE with a Content-Type and without a body', async () => {
    const url = fresh();
    await put(url, orderBody([processingBody()]));
    const headers = { 'content-type': 'application/json' };
    expect((await service.call('DELETE', url, { headers })).statusCode).toBe(204);
  });

  it('accepts compressed bodies', async () => {
    const body = gzipSync(JSON.stringify(orderBody([processingBody()])));
    expect((await put(fresh(), body, { 'content-encoding': 'gzip' })).statusCode).toBe(201);
  });

  it('requires a token for the site with the scope of the route', async () => {
    const url = fresh();
    await put(url, orderBody([processingBody()]));
    await service.eventually(url, ({ statusCode }) => statusCode === 200);
    const foreign = await service.tokenFor('other');
    const reader = await service.tokenFor('demo', ['read']);
    const code = async (token: string | undefined, site: string, method: 'GET' | 'DELETE' = 'GET'): Promise<string> => {
      const response = await service.call(method, url, { token, site });
      return `${response.statusCode} ${response.statusCode < 300 ? '' : response.json<{ type: string }>().type.split(':').at(-1)}`.trim();
    };
    expect(await code(undefined, 'demo')).toBe('401 missing-token');
    expect(await code('x.y.z', 'demo')).toBe('401 invalid-token');
    expect(await code(signed('t'.repeat(32), 60), 'demo')).toBe('401 invalid-token');
    expect(await code(signed(SECRET, -60), 'demo')).toBe('401 expired-token');
    const challenge = async (token?: string): Promise<unknown> =>
      (await service.call('GET', url, { token, site: 'demo' })).headers['www-authenticate'];
    expect([await challenge(), await challenge('x.y.z')]).toEqual(['Bearer', 'Bearer error="invalid_token"']);
    expect(await code(foreign, '')).toBe('400 missing-site');
    expect(await code(foreign, 'demo')).toBe('403 foreign-site');
    expect(await code(foreign, 'nobody')).toBe('403 foreign-site');
    expect(await code(foreign, 'other')).toBe('404 purchase-not-found');
    expect(await code(reader, 'demo')).toBe('200');
    expect(await code(reader, 'demo', 'DELETE')).toBe('403 missing-scope');
  });

  it('issues tokens only for the correct secret', async () => {
    const { clientId, clientSecret } = await service.sites.issue('demo');
    const body = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const ask = (sent: object, site = 'demo'): ReturnType<Service['call']> =>
      service.call('POST', '/api/auth/token', { token: undefined, site, body: sent });
    expect((await ask(body)).json<Answer>()).toMatchObject({ token_type: 'bearer', expires_in: 3600 });
    expect((await ask({ ...body, client_secret: 'x' })).statusCode).toBe(401);
    expect((await ask(body, 'other')).statusCode).toBe(401);
    expect((await ask({ ...body, grant_type: 'password' })).statusCode).toBe(400);
    expect((await ask({})).json<Answer>().errors).toHaveLength(3);
  });

  it('answers /health/live and /health/ready', async () => {
    expect((await service.call('GET', '/health/live')).statusCode).toBe(200);
    await service.eventually('/health/ready', ({ statusCode }) => statusCode === 200);
  });

  it('serves its OpenAPI document', async () => {
    const description = (await service.call('GET', '/api/openapi.json')).json<{
      info: { description: string };
      paths: object;
      components: { schemas: object };
    }>();
    expect(description.info.description).toContain('| `identifier-taken` | 409 |');
    expect(Object.keys(description.paths)).toContain('/api/v1/purchases/{lookupBy}/{identifier}');
    expect(Object.keys(description.components.schemas)).toContain('PurchaseBody');
  });
});

/** A token for the demo site, signed with `key`, that expires after the given number of seconds. */
const signed = (secret: string, expiresIn: number): string =>
  new JwtService({ secret }).sign({ site: 'demo', scope: 'read' }, { subject: 'x', expiresIn });
