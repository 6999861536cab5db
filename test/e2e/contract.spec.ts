import { PurchaseWriter } from '@app/write-model/purchase-writer';
import document from '../../docs/openapi.json';
import samples from '../fixtures/sparklayer-samples.json';
import { type Service, startService } from './service';

const gbp = (number: string): object => ({ number, currency: 'GBP' });
const line = (more: object = {}): object => ({
  name_parent: 'LANTERN',
  quantity: 6,
  line_total: { total_net: gbp('20.34') },
  ...more,
});
const packageOf = (more: object = {}): object => ({ type: 'processing', line_items: [line()], ...more });
const order = (more: object = {}): object => ({
  type: 'order',
  currency_code: 'GBP',
  packages: [packageOf()],
  ...more,
});

interface Answer {
  [key: string]: unknown;
  errors: { code: string; property?: string }[];
}

/** Rows of the contract that no other specification tests. */
describe('the contract over HTTP', () => {
  let service: Service;
  let count = 0;
  const fresh = (): string => `/api/v1/purchases/internal/C-${++count}`;
  const put = (url: string, body: unknown, headers?: Record<string, string>): ReturnType<Service['call']> =>
    service.call('PUT', url, { body, headers });

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  describe('errors', () => {
    it('every problem of the OpenAPI document has a kebab-case code', () => {
      const codes = [...document.info.description.matchAll(/^\| `([^`]+)` \| \d{3} \|/gm)].map(([, code]) => code);
      expect(codes.length).toBeGreaterThan(30);
      for (const code of codes) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    });

    it('an unexpected error is answered without its message', async () => {
      const writer = service.app.get(PurchaseWriter);
      const spy = jest.spyOn(writer, 'put').mockRejectedValueOnce(new Error('select * from secrets'));
      const answer = await put(fresh(), order());
      spy.mockRestore();
      expect([answer.statusCode, answer.json<Answer>().errors[0]?.code]).toEqual([500, 'internal-error']);
      expect(answer.body).not.toMatch(/secret|select|\.ts|at /);
    });

    it('a concurrent update is a 409 with Retry-After', async () => {
      const refusal = { code: 'concurrent-update', reason: 'conflicts', retryAfterSeconds: 1 } as const;
      const writer = service.app.get(PurchaseWriter);
      const spy = jest.spyOn(writer, 'put').mockResolvedValueOnce({ kind: 'refused', refusal });
      const answer = await put(fresh(), order());
      spy.mockRestore();
      expect([answer.statusCode, answer.headers['retry-after']]).toEqual([409, '1']);
    });
  });

  describe('lists', () => {
    const customer = crypto.randomUUID();
    const others = { sparklayer_child: 'child', sparklayer_impersonator: 'ann', sparklayer_sales_rep: 'rep' };
    let since = '';
    let consistent: Record<string, string>;

    beforeAll(async () => {
      for (let n = 0; n < 51; n++)
        await put(fresh(), order({ type: 'cart', customer_identifiers: { sparklayer: customer } }));
      await new Promise((resolve) => setTimeout(resolve, 5));
      since = new Date().toISOString();
      const placed = { dates: { placed_at: '2026-03-01T00:00:00Z' }, customer_reference: 'Zebra' };
      const { headers } = await put(
        fresh(),
        order({ ...placed, customer_identifiers: { sparklayer: customer, ...others } }),
      );
      consistent = { 'consistency-token': String(headers['consistency-token']), prefer: 'wait=30' };
    });

    const list = async (query: string): Promise<Answer[]> => {
      const url = `/api/v1/purchases?customer_identifiers[sparklayer]=${customer}&${query}`;
      const answer = await service.call('GET', url, { headers: consistent });
      expect(answer.statusCode).toBe(200);
      return answer.json<Answer[]>();
    };

    it('the list has 50 entries by default, skips by offset and is ordered by two times', async () => {
      expect(await list('order_by=placed_at')).toHaveLength(50);
      expect(await list('offset=50')).toHaveLength(2);
      expect(await list('limit=500')).toHaveLength(52);
      for (const by of ['placed_at', 'last_updated'])
        expect((await list(`limit=1&order_by=${by}`))[0]).toMatchObject({ customer_reference: 'Zebra' });
    });

    it.each([
      ['customer_identifiers[sparklayer_child]=child'],
      ['customer_identifiers[sparklayer_impersonator]=ann'],
      ['customer_identifiers[sparklayer_sales_rep]=rep'],
      ['type=order'],
      ['status=processing&type=order'],
      ['search=zebra'],
      ['dates[placed][gte]=2026-03-01T00:00:00Z'],
      ['dates[placed][lte]=2026-03-01T00:00:00Z'],
      ['dates[last_updated][gte]=SINCE'],
      ['dates[last_updated[gte]=SINCE'],
    ])('the list is filtered by %s', async (query) => {
      const found = await list(query.replace('SINCE', since));
      expect(found.map(({ customer_reference: reference }) => reference)).toEqual(['Zebra']);
    });
  });

  describe('bodies', () => {
    it('unit_total, rrp, tax_rate and discount_gross are stored and not included in totals', async () => {
      const unit = { total_net: gbp('3.39'), tax_rate: 20 };
      const told = { total_net: gbp('20.34'), discount_gross: gbp('1.20'), tax_rate: 20 };
      const plain = await put(fresh(), order());
      const url = fresh();
      const rich = await put(
        url,
        order({
          packages: [packageOf({ line_items: [line({ unit_total: unit, rrp: gbp('4.99'), line_total: told })] })],
        }),
      );
      expect(rich.json<Answer>().calculated_totals).toEqual(plain.json<Answer>().calculated_totals);
      expect(rich.json()).toMatchObject({
        packages: [{ line_items: [{ unit_total: unit, rrp: gbp('4.99'), line_total: told }] }],
      });
      expect((await service.call('GET', url)).json()).toEqual(rich.json());
    });

    it('an address with only name, postal code and country is rejected', async () => {
      const billing = { name: 'Ann', postal_code: 'LS1 1AA', country_code: 'GB' };
      const refused = await put(fresh(), order({ billing_address: billing }));
      expect(refused.statusCode).toBe(400);
      expect(refused.json<Answer>().errors.map(({ property }) => property)).toEqual([
        '/billing_address/address_line1',
        '/billing_address/city',
      ]);
    });

    it('the body of a GET can be sent back, and is rejected in strict mode', async () => {
      const url = fresh();
      const { body } = await put(url, order());
      const again = await put(url, body);
      expect([again.statusCode, again.headers['purchase-changed']]).toEqual([200, 'false']);
      const strict = await put(url, body, { prefer: 'handling=strict' });
      expect(strict.statusCode).toBe(400);
      expect(strict.json<Answer>().errors.map(({ property }) => property)).toContain('/calculated_total');
    });

    it('the shipping address is returned in one line', async () => {
      const address = { name: 'Ann', address_line1: '1 High Street', city: 'Leeds', country_code: 'GB' };
      const answer = await put(fresh(), order({ packages: [packageOf({ shipping_address: address })] }));
      expect(answer.json<Answer>().calculated_shipping_address).toBe('Ann, 1 High Street, Leeds, GB');
    });

    const problems: Record<string, string[]> = {
      A1: ['required /packages'],
      A2: ['required /currency_code', 'wrong-type /packages'],
      A3: ['required /currency_code', 'wrong-type /packages'],
      A4: [
        'empty /billing_address/address_line1',
        'empty /billing_address/city',
        'empty /billing_address/country_code',
        'empty /custom_fields/0/name',
        'empty /metadata/0/name',
        'empty /packages',
        'empty /type',
        'required /currency_code',
      ],
    };
    it.each(Object.keys(problems))('the sample %s is answered as the contract says', async (name) => {
      const [body] = (samples as unknown as Record<string, { bodies: object[] }>)[name]!.bodies;
      const answer = await put(`/api/v1/purchases/platform/sample-${name}`, body);
      const { errors } = answer.json<Answer>();
      expect(answer.statusCode).toBe(400);
      expect(errors.map(({ code, property }) => `${code} ${property}`).sort()).toEqual(problems[name]);
    });

    it('the samples of a message and of a token call are accepted', async () => {
      const url = fresh();
      await put(url, order());
      const [message] = samples.A5.bodies;
      const posted = await service.call('POST', `${url}/history`, { body: message });
      expect([posted.statusCode, posted.json<Answer>()]).toMatchObject([201, message!]);
      const [request, response] = samples.A6.bodies as Record<string, unknown>[];
      const { clientId, clientSecret } = await service.sites.issue('demo');
      const body = { ...request, client_id: clientId, client_secret: clientSecret };
      const answer = await service.call('POST', '/api/auth/token', { body, token: undefined });
      expect(Object.keys(answer.json<object>()).sort()).toEqual(Object.keys(response!).sort());
      expect(answer.json()).toMatchObject({ token_type: 'bearer', expires_in: 3600 });
    });

    it('the completed samples are stored', async () => {
      const [body] = samples.A2.bodies;
      const complete = {
        ...body,
        currency_code: 'GBP',
        packages: [{ ...body!.packages, type: 'processing', line_items: [line()] }],
      };
      const answer = await put(fresh(), complete);
      expect(answer.statusCode).toBe(201);
    });
  });

  it('the timeline is filtered by actor, impersonator, type and time', async () => {
    const url = fresh();
    const other = await service.tokenFor('demo');
    await put(url, order());
    const impersonated = order({
      customer_identifiers: { sparklayer_impersonator: 'imp-1' },
      customer_reference: 'PO 1',
    });
    await service.call('PUT', url, { token: other, body: impersonated });
    const typesFor = async (query: string): Promise<string[]> =>
      (await service.call('GET', `${url}/timeline?${query}`)).json<{ type: string }[]>().map(({ type }) => type);
    const [first] = (await service.call('GET', `${url}/timeline`)).json<{ actor: string; recorded_at: string }[]>();
    expect(await typesFor(`actor=${first!.actor}`)).toEqual(['PurchaseCreated', 'PackageAdded']);
    expect(await typesFor('actor=imp-1')).toEqual(['CustomerChanged', 'CustomerReferenceChanged']);
    expect(await typesFor('actor=nobody')).toEqual([]);
    expect(await typesFor('type=CustomerChanged,PackageAdded')).toEqual(['PackageAdded', 'CustomerChanged']);
    expect(await typesFor('from=9999-01-01T00:00:00Z')).toEqual([]);
    expect(await typesFor('to=9999-01-01T00:00:00Z')).toHaveLength(4);
  });

  it('/docs returns Swagger UI under a content security policy, and / the console', async () => {
    const docs = await service.call('GET', '/docs', { token: undefined });
    expect([docs.statusCode, docs.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(docs.headers['content-security-policy']).toContain("script-src 'self'");
    const scripts = [...docs.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '');
    expect(scripts.length).toBeGreaterThan(2);
    for (const path of scripts) expect((await service.call('GET', path, { token: undefined })).statusCode).toBe(200);
    const root = await service.call('GET', '/', { token: undefined });
    expect([root.statusCode, root.body.length > 20]).toEqual([200, true]);
  });
});
