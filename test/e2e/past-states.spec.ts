import type { LightMyRequestResponse } from 'fastify';
import { gbp, lineBody, orderBody } from '../bodies';
import { type Service, startService } from './service';

const line = (sku: string, quantity: number): object => lineBody(quantity, `${quantity}.00`, sku, `Article ${sku}`);
const order = (type: string, lines: object[], more: object = {}): object =>
  orderBody([{ type: 'processing', identifiers: { visible: 'S/4' }, line_items: lines }], { type, ...more });

interface Change {
  path: string;
  before?: unknown;
  after?: unknown;
}

describe('past states of a purchase', () => {
  const url = '/api/v1/purchases/internal/PAST-1';
  let service: Service;
  /** The response to each write, by the revision that it produced. */
  const written = new Map<number, object>();
  let last = 0;

  const get = (path: string): Promise<LightMyRequestResponse> => service.call('GET', `${url}${path}`);
  const codeOf = (response: LightMyRequestResponse): unknown[] => [
    response.statusCode,
    response.json<{ type: string }>().type.replace(/^urn:purchasing:problem:/, ''),
  ];
  const timeline = async (): Promise<{ revision: number; event_id: string; recorded_at: string }[]> =>
    (await get('/timeline?include=clocks&limit=500')).json();

  beforeAll(async () => {
    service = await startService();
    const put = async (body: object): Promise<void> => {
      const response = await service.call('PUT', url, { body });
      last = Number(JSON.parse(response.headers.etag as string));
      written.set(last, response.json<object>());
      // The server records times in milliseconds, so the next write gets a later time.
      await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await put(order('cart', [line('A', 1)]));
    await put(order('order_unconfirmed', [line('A', 2), line('B', 1)], { customer_reference: 'PO 1' }));
    await put(order('order', [line('B', 1), line('A', 2)], { customer_reference: 'PO 2' }));
    await service.call('PUT', `${url}/transactions`, { body: { platform_id: 'pay', total: gbp('1.00') } });
    last = Number(
      JSON.parse(
        (await service.call('POST', `${url}/history`, { body: { event_type: 'note', body: 'Hi' } })).headers
          .etag as string,
      ),
    );
    await service.eventually(
      `${url}/timeline?include=clocks&limit=500`,
      (response) => response.json<unknown[]>().length === last + 1,
    );
  });
  afterAll(() => service.stop());

  it('equal the responses to the writes, with the ETag of the revision', async () => {
    expect(written.size).toBe(3);
    for (const [revision, purchase] of written) {
      const then = await get(`?revision=${revision}`);
      expect([then.statusCode, then.headers.etag, then.json()]).toEqual([200, `"${revision}"`, purchase]);
    }
    const now = await get(`?revision=${last}`);
    expect(now.body).toBe((await get('')).body);
    expect(now.headers).toMatchObject({ etag: `"${last}"`, 'content-type': 'application/json; charset=utf-8' });
    const known = await service.call('GET', `${url}?revision=0`, { headers: { 'if-none-match': '"0"' } });
    expect([known.statusCode, known.body]).toEqual([304, '']);
  });

  it('of a purchase with snapshots equal the responses to its writes, by revision and by time', async () => {
    const long = '/api/v1/purchases/internal/PAST-LONG';
    const answers: object[] = [];
    while (answers.length < 130) {
      const body = order('order', [line('A', 1)], { customer_reference: `PO ${answers.length}` });
      const response = await service.call('PUT', long, { body });
      answers[Number(JSON.parse(response.headers.etag as string))] = response.json<object>();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const all = await service.eventually(
      `${long}/timeline?limit=500`,
      (response) => response.json<unknown[]>().length === answers.length,
    );
    const told = all.json<{ recorded_at: string }[]>();
    for (const revision of [20, 99, 105, 129]) {
      expect((await service.call('GET', `${long}?revision=${revision}`)).json()).toEqual(answers[revision]);
      const then = await service.call('GET', `${long}?as_of=${told[revision]?.recorded_at}`);
      expect(then.json()).toEqual(answers[revision]);
    }
  });

  it('include transactions and history', async () => {
    for (const path of ['/transactions', '/history']) {
      expect((await get(`${path}?revision=${last}`)).json()).toEqual((await get(path)).json());
      expect((await get(`${path}?revision=0`)).json()).toEqual([]);
      expect((await get(`${path}?as_of=2999-01-01T00:00:00Z`)).json()).toHaveLength(1);
    }
  });

  it('at a time are those after the last complete write that was recorded by then', async () => {
    const told = await timeline();
    for (const [revision, purchase] of written) {
      const then = await get(`?as_of=${told[revision]?.recorded_at}`);
      expect([then.statusCode, then.json()]).toEqual([200, purchase]);
    }
    expect(codeOf(await get('?as_of=2000-01-01T00:00:00Z'))).toEqual([404, 'revision-not-found']);
  });

  it('are refused for revisions that do not exist, and for contradicting parameters', async () => {
    for (const path of ['', '/transactions', '/history']) {
      expect(codeOf(await get(`${path}?revision=${last + 1}`))).toEqual([404, 'revision-not-found']);
      expect(codeOf(await get(`${path}?revision=0&as_of=2999-01-01T00:00:00Z`))).toEqual([400, 'invalid-parameter']);
      expect(codeOf(await get(`${path}?revision=-1`))).toEqual([400, 'invalid-parameter']);
    }
    expect(codeOf(await get(`/compare?to=${last + 1}`))).toEqual([404, 'revision-not-found']);
    expect(codeOf(await get(`/compare?from=${last + 1}`))).toEqual([404, 'revision-not-found']);
    expect(codeOf(await get('/compare?from=2&to=1'))).toEqual([400, 'invalid-parameter']);
    const foreign = await service.call('GET', `${url}?revision=0`, {
      site: 'other',
      token: await service.tokenFor('other'),
    });
    expect(codeOf(foreign)).toEqual([404, 'purchase-not-found']);
  });

  it('are compared: the events between, and the values that differ, lines by their identity', async () => {
    const [first = 0, second = 0, third = 0] = [...written.keys()];
    const { from, to, events, changes, has_more_events } = (await get(`/compare?from=${first}&to=${second}`)).json<{
      from: object;
      to: object;
      events: object[];
      changes: Change[];
      has_more_events: boolean;
    }>();
    const told = await timeline();
    expect(from).toEqual({ revision: first, recorded_at: told[first]?.recorded_at });
    expect(to).toEqual({ revision: second, recorded_at: told[second]?.recorded_at });
    expect(events).toEqual(told.slice(first + 1, second + 1));
    expect(has_more_events).toBe(false);
    const changed = new Map(changes.map((each) => [each.path, each]));
    expect(changed.get('/type')).toMatchObject({ before: 'cart', after: 'order_unconfirmed' });
    expect(changed.get('/packages/S~14/line_items/A/quantity')).toMatchObject({ before: 1, after: 2 });
    expect(changed.get('/packages/S~14/line_items/B/quantity')).toEqual({
      path: '/packages/S~14/line_items/B/quantity',
      after: 1,
    });
    expect(changed.get('/calculated_total')).toMatchObject({ before: gbp('1.00'), after: gbp('3.00') });
    expect(changed.has('/currency_code')).toBe(false);
    // Lines in another order are equal.
    const confirmed = (await get(`/compare?from=${second}&to=${third}`)).json<{ changes: Change[] }>().changes;
    expect(confirmed.map(({ path }) => path).sort()).toEqual(['/customer_reference', '/type']);
    const all = (await get(`/compare?from=${first}&to=${second}&show=all`)).json<{ changes: Change[] }>().changes;
    expect(all).toContainEqual({ path: '/currency_code', before: 'GBP', after: 'GBP' });
    expect(all.filter((each) => JSON.stringify(each.before) !== JSON.stringify(each.after))).toEqual(changes);
  });

  it('are compared by default at the last revision and the one before, and at creation with nothing', async () => {
    const byDefault = (await get('/compare')).json<{ events: object[]; changes: Change[] }>();
    expect(byDefault).toMatchObject({
      from: { revision: last - 1 },
      to: { revision: last },
      events: [{ words: expect.any(String) }],
    });
    expect(byDefault.changes).toContainEqual({ path: '/history/0/body', after: 'Hi' });
    const creation = (await get('/compare?to=0')).json<{ events: object[]; changes: Change[] }>();
    expect(creation).toMatchObject({ from: null, to: { revision: 0 }, events: [{ type: 'PurchaseCreated' }] });
    expect(creation.changes).toContainEqual({ path: '/type', after: 'cart' });
  });
});
