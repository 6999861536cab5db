import type { LightMyRequestResponse } from 'fastify';
import { type Service, startService } from './service';

const gbp = (number: string): object => ({ number, currency: 'GBP' });
const order = (more: object = {}): object => ({
  type: 'order',
  currency_code: 'GBP',
  packages: [
    {
      type: 'processing',
      line_items: [
        {
          identifiers: { sku: '71053' },
          name_parent: 'WHITE METAL LANTERN',
          quantity: 6,
          line_total: { total_net: gbp('20.34') },
        },
      ],
    },
  ],
  ...more,
});

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

    it('are refused by routes that take none', async () => {
      for (const url of ['/health/live', '/health/ready', '/api/openapi.json'])
        expect(errorsOf(await service.call('GET', `${url}?foo=1`))).toEqual([400, 'foo']);
      expect(errorsOf(await service.call('POST', '/api/auth/token?foo=1', { body: {} }))).toEqual([400, 'foo']);
    });

    it('are looked at only after the token', async () => {
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

  it('answers 304 to a GET whose If-None-Match names the ETag', async () => {
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
});
