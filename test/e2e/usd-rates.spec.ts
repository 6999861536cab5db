import { type Service, startService } from './service';

const money = (number: string, currency: string): object => ({ number, currency });
const packageOf = (type: string, currency = 'GBP'): object => ({
  type,
  line_items: [{ name_parent: 'LANTERN', quantity: 6, line_total: { total_net: money('20.34', currency) } }],
});
const order = (more: object = {}, currency = 'GBP'): object => ({
  type: 'order',
  currency_code: currency,
  packages: [packageOf('processing', currency)],
  ...more,
});
const placedOn = (day: string): object => ({ dates: { placed_at: `${day}T12:00:00Z` } });

interface Answer {
  calculated_total_usd: { number: string; currency: string } | null;
  errors: { code: string; property: string }[];
}

describe('US dollar totals', () => {
  let service: Service;
  let count = 0;
  const fresh = (): string => `/api/v1/purchases/internal/U-${++count}`;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service.stop());

  const load = (...rates: [day: string, rate: string, currency?: string][]): ReturnType<Service['call']> =>
    service.call('PUT', '/api/v1/usd-rates', {
      body: { rates: rates.map(([day, rate, currency = 'GBP']) => ({ day, currency, rate })) },
    });
  const put = async (url: string, body: object): Promise<string | null> => {
    const answer = await service.call('PUT', url, { body });
    expect(answer.statusCode).toBeLessThan(300);
    const read = await service.eventually(url, ({ headers }) => headers.etag === answer.headers.etag);
    expect(read.body).toBe(answer.body);
    return answer.json<Answer>().calculated_total_usd?.number ?? null;
  };
  const typesOf = async (url: string): Promise<string[]> =>
    (await service.call('GET', `${url}/timeline`)).json<{ type: string }[]>().map(({ type }) => type);

  it('use the rate of the day on which the order was placed, fixed by an event', async () => {
    expect((await load(['2026-03-02', '1.25'], ['2026-03-03', '1.3'])).json()).toEqual({ loaded: 2, changed: 2 });
    const url = fresh();
    expect(await put(url, order(placedOn('2026-03-02')))).toBe('25.43');
    expect(await typesOf(url)).toContain('UsdRateFixed');
    expect(await put(fresh(), order(placedOn('2026-03-05')))).toBe('26.44');
    expect(await put(fresh(), order(placedOn('2026-03-01')))).toBeNull();
    expect(await put(fresh(), order(placedOn('2026-03-11')))).toBeNull();
  });

  it('keep their rate when other rates are loaded, and follow the total of the order', async () => {
    await load(['2026-04-01', '2']);
    const url = fresh();
    expect(await put(url, order(placedOn('2026-04-01')))).toBe('40.68');
    await load(['2026-04-01', '3']);
    expect(await put(url, order({ ...placedOn('2026-04-01'), customer_reference: 'PO 2' }))).toBe('40.68');
    expect((await typesOf(url)).filter((type) => type === 'UsdRateFixed')).toHaveLength(1);
    expect(await put(url, { ...order(placedOn('2026-04-01')), packages: [packageOf('cancelled')] })).toBe('0.00');
  });

  it('are null until the purchase is placed and when there is no rate; an order in US dollars needs none', async () => {
    const today = new Date().toISOString().slice(0, 10);
    await load([today, '1.5']);
    const url = fresh();
    expect(await put(url, order({ type: 'quote' }))).toBeNull();
    expect(await put(url, order())).toBe('30.51');
    expect(await put(fresh(), order({}, 'EUR'))).toBeNull();
    expect(await put(fresh(), order({}, 'USD'))).toBe('20.34');
  });

  it('are returned by a dry run with the event that would fix the rate', async () => {
    await load(['2026-05-01', '1.25']);
    const dry = await service.call('PUT', `${fresh()}?dry_run=true`, { body: order(placedOn('2026-05-01')) });
    const { events, purchase } = dry.json<{ events: { type: string }[]; purchase: Answer }>();
    expect(events.at(-1)?.type).toBe('UsdRateFixed');
    expect(purchase.calculated_total_usd).toEqual({ number: '25.43', currency: 'USD' });
  });

  it('use rates of their own site only; rates of another site are not returned', async () => {
    await load(['2026-06-01', '1.25']);
    const token = await service.tokenFor('other');
    const answer = await service.call('PUT', fresh(), { token, site: 'other', body: order(placedOn('2026-06-01')) });
    expect(answer.json<Answer>().calculated_total_usd).toBeNull();
    expect((await service.call('GET', '/api/v1/usd-rates?currency=GBP', { token, site: 'other' })).json()).toEqual([]);
  });

  it('rates are listed page by page, newest day first', async () => {
    await load(['2026-07-01', '1', 'CHF'], ['2026-07-03', '3', 'CHF'], ['2026-07-02', '2', 'CHF']);
    const page = await service.call('GET', '/api/v1/usd-rates?currency=CHF&limit=2');
    expect(page.json<{ day: string }[]>().map(({ day }) => day)).toEqual(['2026-07-03', '2026-07-02']);
    const next = /^<([^>]+)>; rel="next"$/.exec(String(page.headers.link))?.[1] ?? '';
    const last = await service.call('GET', next);
    expect(last.json()).toEqual([{ day: '2026-07-01', currency: 'CHF', rate: '1' }]);
    expect(last.headers.link).toBeUndefined();
  });

  it('every invalid value of a load is reported, and nothing is loaded', async () => {
    const bad = await load(['2026-02-30', '1'], ['2026-08-01', '0'], ['2026-08-01', '1', 'XXX'], ['2026-08-01', '1']);
    expect(bad.statusCode).toBe(400);
    expect(bad.json<Answer>().errors.map(({ property }) => property)).toEqual([
      '/rates/0/day',
      '/rates/1/rate',
      '/rates/2/currency',
    ]);
    expect((await service.call('GET', '/api/v1/usd-rates?currency=GBP&before=2026-08-02&limit=1')).json()).not.toEqual([
      { day: '2026-08-01', currency: 'GBP', rate: '1' },
    ]);
    const reading = await service.tokenFor('demo', ['read', 'write']);
    const call = { token: reading, body: { rates: [] } };
    expect((await service.call('PUT', '/api/v1/usd-rates', call)).statusCode).toBe(403);
    expect((await service.call('GET', '/api/v1/usd-rates?limit=1')).json<Answer>().errors).toMatchObject([
      { code: 'required', property: 'currency' },
    ]);
  });
});
