import type { LightMyRequestResponse } from 'fastify';
import { fill, type Operation, OPERATIONS } from './openapi-operations';
import { gbp, orderBody, processingBody } from '../bodies';
import { type Service, startService } from './service';

const order = (more: object = {}): object => orderBody([processingBody()], more);

/** `TENANCY_ROUNDS=1000 npx jest test/e2e/tenancy.spec.ts -t takes` prints how long an id of another site and an unknown id take. */
const ROUNDS = Number(process.env.TENANCY_ROUNDS ?? 0);

/** A valid body for each operation that has one. */
const BODIES: Readonly<Record<string, unknown>> = {
  putPurchase: order(),
  putTransaction: { platform_id: 't1', total: gbp('1.00') },
  addHistoryEntry: { event_type: 'note', body: 'Hi' },
  issueCredential: { scopes: ['read'] },
  rotateCredential: { grace_seconds: 60 },
  loadUsdRates: { rates: [{ day: '2026-01-31', currency: 'GBP', rate: '1.25' }] },
};

/** Required query parameters. */
const QUERIES: Readonly<Record<string, string>> = {
  getCustomerStats: '?customer_identifiers[sparklayer]=customer-of-a',
  listUsdRates: '?currency=GBP',
  getDailyFigures: '?from=2026-01-01&to=2026-12-31',
};

const SCOPES = ['read', 'write', 'operate'] as const;
const secured = OPERATIONS.filter(({ security }) => security.length > 0);
const named = secured.map((operation): [string, Operation] => [operation.operationId, operation]);

describe('tenancy', () => {
  let service: Service;
  /** Path parameters that exist in site a, and others that do not exist. */
  let foreign: Record<string, string>;
  let unknown: Record<string, string>;
  let owner: string;
  let stranger: string;

  const call = (
    { operationId, method, path, requestBody }: Operation,
    values: Record<string, string>,
    { token, site }: { token: string | undefined; site: string },
  ): Promise<LightMyRequestResponse> =>
    service.call(method, fill(path, values) + (QUERIES[operationId] ?? ''), {
      token,
      site,
      ...(requestBody !== undefined && { body: BODIES[operationId] }),
    });
  const purchaseOfA = (): Promise<LightMyRequestResponse> =>
    service.call('GET', '/api/v1/purchases/internal/A-1', { token: owner, site: 'a' });

  beforeAll(async () => {
    service = await startService();
    [owner, stranger] = [await service.tokenFor('a'), await service.tokenFor('b')];
    const body = order({ customer_identifiers: { sparklayer: 'customer-of-a' } });
    const of = { token: owner, site: 'a' };
    const { headers } = await service.call('PUT', '/api/v1/purchases/internal/A-1', { ...of, body });
    await service.call('PUT', '/api/v1/usd-rates', { ...of, body: BODIES.loadUsdRates });
    const { clientId } = await service.sites.issue('a');
    const read = { 'consistency-token': String(headers['consistency-token']), prefer: 'wait=20' };
    expect((await service.call('GET', '/api/v1/feed', { ...of, headers: read })).json()).not.toEqual([]);
    const purchase = String(headers['purchase-id']);
    foreign = { lookupBy: 'internal', identifier: 'A-1', clientId, name: 'purchases', purchase, purchaseId: purchase };
    const nobody = '0b6f8d0a-3c1e-4b62-9a55-0f7c2f1f7a11';
    unknown = { ...foreign, identifier: 'A-2', clientId: nobody, purchase: nobody, purchaseId: nobody };
    foreign.id = unknown.id = '999999';
  });
  afterAll(() => service.stop());

  const withIds = named.filter(
    ([id, { path }]) => id !== 'putPurchase' && /\{(identifier|clientId|purchase|purchaseId|id)\}/.test(path),
  );
  const withoutIds = named.filter(([, { path, method }]) => method === 'GET' && !path.includes('{'));

  it.each(withIds)('%s answers an id of another site like an unknown one', async (_id, operation) => {
    const asStranger = { token: stranger, site: 'b' };
    const [ofOther, ofNobody] = [
      await call(operation, foreign, asStranger),
      await call(operation, unknown, asStranger),
    ];
    expect([ofOther.statusCode, ofNobody.statusCode]).toEqual([404, 404]);
    expect(ofOther.body).toBe(ofNobody.body);
    for (const header of ['etag', 'purchase-id', 'consistency-token', 'link'])
      expect(ofOther.headers[header]).toBeUndefined();
  });

  if (ROUNDS > 0)
    it('an id of another site takes as long as an unknown one', async () => {
      const asStranger = { token: stranger, site: 'b' };
      for (const [id, operation] of withIds) {
        const times = new Map<Record<string, string>, number[]>([foreign, unknown].map((ids) => [ids, []]));
        for (let n = 0; n < ROUNDS; n++)
          for (const [ids, taken] of n % 2 === 0 ? times : [...times].reverse()) {
            const begunAt = performance.now();
            expect((await call(operation, ids, asStranger)).statusCode).toBe(404);
            taken.push(performance.now() - begunAt);
          }
        const [[ofOther, p95OfOther] = [], [ofNobody, p95OfNobody] = []] = [...times.values()].map((taken) => {
          taken.sort((x, y) => x - y);
          return [0.5, 0.95].map((share) => taken[Math.floor(taken.length * share)]?.toFixed(2));
        });
        console.log(`${id}: p50 ${ofOther} and ${ofNobody} ms, p95 ${p95OfOther} and ${p95OfNobody} ms`);
      }
    }, 3_600_000);

  it('a purchase with the same identifier in another site is separate, and the first is unchanged', async () => {
    const asStranger = { token: stranger, site: 'b', body: order() };
    const own = await service.call('PUT', '/api/v1/purchases/internal/A-1', asStranger);
    const first = await purchaseOfA();
    expect([own.statusCode, first.statusCode]).toEqual([201, 200]);
    expect(own.headers['purchase-id']).not.toBe(first.headers['purchase-id']);
    expect([first.headers.etag, first.headers['purchase-id']]).toEqual(['"1"', foreign.purchaseId]);
    expect((await service.sites.credentials('a'))?.map(({ state }) => state)).toEqual(['active', 'active']);
  });

  it.each(withoutIds)('%s returns nothing of another site', async (id, operation) => {
    const token = await service.tokenFor('c');
    const answer = await call(operation, {}, { token, site: 'c' });
    expect([id, answer.statusCode]).toEqual([id, 200]);
    for (const secret of ['A-1', 'customer-of-a', foreign.purchaseId!, foreign.clientId!, '1.25'])
      expect([id, answer.body.includes(secret)]).toEqual([id, false]);
    if (id === 'getCustomerStats') expect(answer.json()).toMatchObject({ orders: 0 });
    else if (id !== 'listCredentials' && id !== 'listProjections') expect(answer.json()).toEqual([]);
  });

  it.each(named)('%s refuses a token of another site, and a call without a token', async (id, operation) => {
    const forged = await call(operation, foreign, { token: stranger, site: 'a' });
    expect([id, forged.statusCode, forged.json<{ type: string }>().type]).toEqual([
      id,
      403,
      'urn:purchasing:problem:foreign-site',
    ]);
    expect((await call(operation, foreign, { token: undefined, site: 'a' })).statusCode).toBe(401);
  });

  describe.each(SCOPES)('a token with only the scope %s', (scope) => {
    let token: string;
    beforeAll(async () => {
      token = await service.tokenFor('scopes', [scope]);
    });

    it.each(named)('can call %s if the OpenAPI document says so, else gets 403', async (id, operation) => {
      const [{ bearer: [needed] } = { bearer: ['none'] }] = operation.security;
      const values = { ...unknown, name: 'unknown' };
      const answer = await call(operation, values, { token, site: 'scopes' });
      const isRefused = answer.statusCode === 403 && answer.body.includes('missing-scope');
      expect([id, needed, isRefused]).toEqual([id, needed, scope !== needed]);
    });
  });

  it('writes of a site are executed in turn with many of another', async () => {
    const [many, one] = [await service.tokenFor('many'), await service.tokenFor('one')];
    let answered = 0;
    const put = async (site: string, token: string, identifier: string): Promise<[number, number]> => {
      const url = `/api/v1/purchases/internal/${identifier}`;
      const { statusCode } = await service.call('PUT', url, { site, token, body: order() });
      return [statusCode, ++answered];
    };
    const all = Array.from({ length: 300 }, (_, n) => put('many', many, `TURN-${n}`));
    const [status, place] = await put('one', one, 'TURN');
    expect(status).toBe(201);
    expect(place).toBeLessThan(200);
    for (const [each] of await Promise.all(all)) expect(each).toBe(201);
  });

  it('reading requires no write scope, and writing no read scope', () => {
    for (const { operationId, method, security } of secured) {
      const [{ bearer: [scope] } = { bearer: ['none'] }] = security;
      expect([operationId, scope]).not.toEqual([operationId, method === 'GET' ? 'write' : 'read']);
    }
  });
});
