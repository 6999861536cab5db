import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import {
  ApiProblem,
  type CallOptions,
  type operations,
  PurchasingClient,
  type Result,
  ROUTES,
} from '@app/client/client';
import document from '../../docs/openapi.json';
import { type Service, startService } from './service';

type Ids = keyof operations;
type Schema = Record<string, unknown>;
interface Documented {
  responses: Record<string, { headers: object; content?: Record<string, { schema: Schema }> }>;
}

/** Optional response headers by status. */
const SOMETIMES: ReadonlySet<string> = new Set(['Link', 'Retry-After', 'Consistency-Token']);

/** Operations that other tests cover: one streams, the others are for operators. */
const ELSEWHERE: ReadonlySet<string> = new Set(
  Object.entries(ROUTES).flatMap(([id, [, path]]) => (/bulk|projections\//.test(path) ? [id] : [])),
);

/** Calls every operation of the typed client against the real service and validates every response against docs/openapi.json. */
describe('a client generated from the OpenAPI document', () => {
  let service: Service;
  let client: PurchasingClient;
  const called = new Set<Ids>();
  const ajv = addFormats(new Ajv2020({ strict: false, allErrors: true, logger: false }));

  beforeAll(async () => {
    service = await startService();
    await service.app.listen(0, '127.0.0.1');
    const { clientId, clientSecret } = await service.sites.issue('demo');
    client = new PurchasingClient(await service.app.getUrl(), { site: 'demo', clientId, clientSecret });
    ajv.addSchema({ $id: 'openapi', ...document });
  });
  afterAll(() => service.stop());

  const documented = (id: Ids): Documented => {
    const [method, path] = ROUTES[id];
    return (document.paths as unknown as Record<string, Record<string, Documented>>)[path]![method.toLowerCase()]!;
  };

  /** @throws Error for a response that the document does not describe */
  function expectDocumented(id: Ids, { status, headers, body }: Result<unknown>, type: string): void {
    const response = documented(id).responses[status];
    expect([id, status, response !== undefined]).toEqual([id, status, true]);
    const schema = response?.content?.[type]?.schema;
    if (schema === undefined) return expect(body).toBeUndefined();
    const resolved = JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as Schema;
    const validate = ajv.compile(resolved);
    expect([id, validate(body), validate.errors]).toEqual([id, true, null]);
    for (const name of Object.keys(response?.headers ?? {}).filter((each) => !SOMETIMES.has(each)))
      expect([id, name, headers.has(name)]).toEqual([id, name, true]);
  }

  async function call<Id extends Ids>(id: Id, options?: CallOptions<Id>): Promise<Result<unknown>> {
    called.add(id);
    const result = await client.call(id, options);
    expectDocumented(id, result, 'application/json');
    return result;
  }

  async function refused<Id extends Ids>(id: Id, options?: CallOptions<Id>): Promise<string> {
    const problem = (await client.call(id, options).catch((error: unknown) => error)) as ApiProblem;
    expect(problem).toBeInstanceOf(ApiProblem);
    const { status, headers, problem: body } = problem;
    expectDocumented(id, { status, headers, body }, 'application/problem+json');
    expect(documented(id).responses[status]).toMatchObject({ description: expect.stringContaining(problem.code) });
    return problem.code;
  }

  it('calls every operation and gets the responses that the document describes', async () => {
    const gbp = (number: string): { number: string; currency: string } => ({ number, currency: 'GBP' });
    const path = { lookupBy: 'internal' as const, identifier: 'a/b c' };
    const lantern = { name_parent: 'LANTERN', quantity: 6, line_total: { total_net: gbp('20.34') } };
    const body = {
      type: 'order_unconfirmed' as const,
      currency_code: 'GBP',
      packages: [{ type: 'processing' as const, line_items: [lantern] }],
    };
    expect((await call('putPurchase', { path, body, query: { dry_run: 'true' } })).status).toBe(200);
    expect((await call('putPurchase', { path, body })).status).toBe(201);
    expect(await refused('putPurchase', { path, body: { ...body, type: 'cart' } })).toBe('type-change-refused');
    expect((await call('putPurchase', { path, body: { ...body, type: 'order' } })).status).toBe(200);
    await call('putTransaction', { path, body: { platform_id: 't', total: gbp('5.00') } });
    const token = (await call('addHistoryEntry', { path, body: { event_type: 'note', body: 'Hi' } })).headers;
    const headers = { 'Consistency-Token': token.get('consistency-token') ?? '', Prefer: 'wait=30' };
    const { body: purchase } = await call('getPurchase', { path, headers });
    expect(purchase).toMatchObject({ type: 'order', calculated_totals: { paid: gbp('5.00') } });
    expect((await call('listPurchases', { query: { limit: 1 }, headers })).body).toHaveLength(1);
    expect((await call('listTransactions', { path, headers })).body).toHaveLength(1);
    expect((await call('listHistory', { path, headers })).body).toHaveLength(1);
    const { body: timeline, headers: told } = await call('getTimeline', { path, headers });
    expect((timeline as { type: string }[]).map(({ type }) => type)).toContain('TypeConfirmed');
    await call('getPurchase', { path, query: { revision: 0 }, headers });
    await call('comparePurchase', { path, headers });
    expect(await refused('comparePurchase', { path, query: { to: 999 } })).toBe('revision-not-found');
    await call('getTimelineById', { path: { purchaseId: told.get('purchase-id') ?? '' }, headers });
    expect((await call('deletePurchase', { path })).status).toBe(204);
    expect(await refused('deletePurchase', { path })).toBe('purchase-not-found');
    expect(await refused('listPurchases', { query: { limit: 0 } })).toBe('invalid-parameter');
    const issued = (await call('issueCredential', { body: { scopes: ['read'], label: 'ERP' } })).body;
    const credential = { clientId: (issued as { client_id: string }).client_id };
    await call('rotateCredential', { path: credential, body: { grace_seconds: 60 } });
    await call('getCredential', { path: credential });
    await call('listCredentials');
    await call('revokeCredential', { path: credential });
    expect(await refused('revokeCredential', { path: credential })).toBe('not-found');
    await call('readFeed', { headers });
    await call('getSiteTimeline', { headers });
    await call('listProjections');
    await call('getCustomerStats', { query: { 'customer_identifiers[sparklayer]': 'c' } });
    await call('getDailyFigures', { query: { from: '2026-01-01', to: '2026-01-31' } });
    await call('loadUsdRates', { body: { rates: [{ day: '2026-01-31', currency: 'GBP', rate: '1.2734' }] } });
    expect((await call('listUsdRates', { query: { currency: 'GBP' } })).body).toHaveLength(1);
    await call('getLiveness');
    await service.eventually('/health/ready', ({ statusCode }) => statusCode === 200);
    await call('getReadiness');
    const { clientId, clientSecret } = await service.sites.issue('demo');
    const request = { grant_type: 'client_credentials' as const, client_id: clientId, client_secret: clientSecret };
    await call('createToken', { body: request });
    expect(await refused('createToken', { body: { ...request, client_secret: 'x' } })).toBe('invalid-client');
    const others = Object.keys(ROUTES).filter((id) => !ELSEWHERE.has(id));
    expect([...called].sort()).toEqual(others.sort());
  });
});
