import { type components, PurchasingClient } from '@app/client/client';
import { type Service, startService } from './service';

type Body = components['schemas']['PurchaseBody'];
type Package = components['schemas']['Package'];
type Purchase = components['schemas']['Purchase'];
type Line = NonNullable<Package['line_items']>[number];

const gbp = (number: string): { number: string; currency: string } => ({ number, currency: 'GBP' });
const PRICES = { LANTERN: 339, MUG: 250 } as const;
type Article = keyof typeof PRICES;

/** A line of an article at its price, with 20 % tax. */
function line(article: Article, quantity: number): Line {
  const net = PRICES[article] * quantity;
  const tax = Math.round(net / 5);
  const pence = (amount: number): { number: string; currency: string } => gbp((amount / 100).toFixed(2));
  return {
    identifiers: { sku: article },
    name_parent: article,
    quantity,
    line_total: { total_net: pence(net), total_tax: pence(tax), total_gross: pence(net + tax) },
  };
}

const processing = (...lines: Line[]): Package => ({ type: 'processing', line_items: lines });
const shipment = (visible: string, shippedAt: string, lines: Line[], deliveredAt?: string): Package => ({
  type: 'shipment',
  identifiers: { visible },
  dates: { shipped_at: shippedAt, ...(deliveredAt !== undefined && { delivered_at: deliveredAt }) },
  shipments: [{ carrier: 'DPD', tracking_number: `T-${visible}` }],
  line_items: lines,
});
const refund = (visible: string, ...lines: Line[]): Package => ({
  type: 'refund',
  identifiers: { visible },
  dates: { refunded_at: '2026-03-09T09:00:00.000Z' },
  line_items: lines,
});
const cancelled = (...lines: Line[]): Package => ({ type: 'cancelled', line_items: lines });

const body = (type: Body['type'], packages: Package[], more: Partial<Body> = {}): Body => ({
  type,
  currency_code: 'GBP',
  purchase_identifiers: { visible: 'B2B-1' },
  customer_identifiers: { sparklayer: 'cu_1' },
  packages,
  ...more,
});

const FIRST = shipment('S-1', '2026-03-04T09:00:00.000Z', [line('LANTERN', 4)]);
const FIRST_DELIVERED = shipment('S-1', '2026-03-04T09:00:00.000Z', [line('LANTERN', 4)], '2026-03-05T09:00:00.000Z');
const SECOND = shipment('S-2', '2026-03-06T09:00:00.000Z', [line('LANTERN', 4), line('MUG', 6)]);

/** The body of each PUT, from the cart to the cancellation of the remaining items. */
const STATES: Body[] = [
  body('cart', [processing(line('LANTERN', 6))]),
  body('cart', [processing(line('LANTERN', 10), line('MUG', 12))]),
  body('quote', [processing(line('LANTERN', 10), line('MUG', 12))]),
  body('awaiting_approval', [processing(line('LANTERN', 10), line('MUG', 12))], { customer_reference: 'PO 7' }),
  body('order_unconfirmed', [processing(line('LANTERN', 10), line('MUG', 12))], { customer_reference: 'PO 7' }),
  body('order', [processing(line('LANTERN', 10), line('MUG', 12))], { customer_reference: 'PO 7' }),
  body('order', [FIRST, processing(line('LANTERN', 6), line('MUG', 12))], { customer_reference: 'PO 7' }),
  body('order', [FIRST_DELIVERED, SECOND, processing(line('LANTERN', 2), line('MUG', 6))], {
    customer_reference: 'PO 7',
  }),
  body(
    'order',
    [
      FIRST_DELIVERED,
      shipment('S-2', '2026-03-06T09:00:00.000Z', [line('LANTERN', 4), line('MUG', 5)]),
      refund('R-1', line('MUG', 1)),
      processing(line('LANTERN', 2), line('MUG', 6)),
    ],
    { customer_reference: 'PO 7' },
  ),
  body(
    'order',
    [
      FIRST_DELIVERED,
      shipment('S-2', '2026-03-06T09:00:00.000Z', [line('LANTERN', 4), line('MUG', 5)]),
      refund('R-1', line('MUG', 1)),
      cancelled(line('LANTERN', 2), line('MUG', 6)),
    ],
    { customer_reference: 'PO 7' },
  ),
];

const TODAY = new Date().toISOString().slice(0, 10);

const STORY = [
  'Cart created',
  'Processing with 6 × LANTERN added',
  '12 × MUG added to Processing',
  '4 × LANTERN (SKU LANTERN) added to Processing: from 6 for 24.41 GBP to 10 for 40.68 GBP',
  'Quote requested',
  'Approval requested',
  'Customer reference set to PO 7',
  'Approved as an unconfirmed order',
  `US dollar rate fixed: 1 GBP is 1.25 USD, the rate of ${TODAY}`,
  'Order confirmed',
  'Payment of 50.00 GBP (pay_1) recorded',
  'Payment of 26.68 GBP (pay_2) recorded',
  'Payment pay_2 changed: no longer counted as paid',
  'Payment pay_2 changed: now counted as paid',
  'Message by cu_1: When will it come?',
  'Note by Ann: Called back',
  '4 × LANTERN moved from Processing to Shipment S-1',
  'Shipment S-1 shipped at 2026-03-04 09:00 UTC',
  '4 × LANTERN, 6 × MUG moved from Processing to Shipment S-2',
  'Shipment S-1 delivered at 2026-03-05 09:00 UTC',
  'Shipment S-2 shipped at 2026-03-06 09:00 UTC',
  '1 × MUG moved from Shipment S-2 to Refund R-1',
  'Refund R-1 made at 2026-03-09 09:00 UTC',
  '2 × LANTERN, 6 × MUG moved from Processing to Cancellation',
  'Refund of 29.14 GBP (ref_1) recorded',
];
const DELETED = 'Deleted; its identifiers are free';

/** The life cycle of a purchase, by the generated client only. */
describe('the life cycle of a purchase', () => {
  let service: Service;
  let client: PurchasingClient;
  const path = { lookupBy: 'internal' as const, identifier: 'ERP/1' };
  const answers: Purchase[] = [];

  beforeAll(async () => {
    service = await startService();
    await service.app.listen(0, '127.0.0.1');
    const { clientId, clientSecret } = await service.sites.issue('life');
    client = new PurchasingClient(await service.app.getUrl(), { site: 'life', clientId, clientSecret });
    await client.call('loadUsdRates', { body: { rates: [{ day: TODAY, currency: 'GBP', rate: '1.25' }] } });
  });
  afterAll(() => service.stop());

  const put = async (state: Body): Promise<void> => {
    const { body: answer } = await client.call('putPurchase', { path, body: state });
    answers.push(answer as Purchase);
  };
  const read = async (): Promise<Purchase> => (await client.call('getPurchase', { path })).body;

  it('from the cart to the order', async () => {
    for (const state of STATES.slice(0, 6)) await put(state);
    expect(answers.map(({ type }) => type)).toEqual([
      'cart',
      'cart',
      'quote',
      'awaiting_approval',
      'order_unconfirmed',
      'order',
    ]);
    expect(answers[3]?.calculated_total_usd).toBeNull();
    expect(answers[5]).toMatchObject({
      calculated_fulfilment_status: 'processing',
      calculated_payment_status: 'unpaid',
      calculated_total: gbp('76.68'),
      calculated_total_usd: { number: '95.85', currency: 'USD' },
    });
  });

  it('payments and messages', async () => {
    const pay = (platform_id: string, number: string, apply_to_balance = true): Promise<unknown> =>
      client.call('putTransaction', { path, body: { platform_id, total: gbp(number), apply_to_balance } });
    const statuses: unknown[] = [];
    const paid = async (): Promise<void> => {
      const { calculated_payment_status: status, calculated_totals: totals } = await read();
      statuses.push([status, totals.paid.number, totals.outstanding.number]);
    };
    await pay('pay_1', '50.00');
    await paid();
    await pay('pay_2', '26.68');
    await paid();
    await pay('pay_2', '26.68', false);
    await paid();
    await pay('pay_2', '26.68');
    await paid();
    expect(statuses).toEqual([
      ['part_paid', '50.00', '26.68'],
      ['paid', '76.68', '0.00'],
      ['part_paid', '50.00', '26.68'],
      ['paid', '76.68', '0.00'],
    ]);
    await client.call('addHistoryEntry', {
      path,
      body: { event_type: 'message', created_by: 'cu_1', body: 'When will it come?' },
    });
    await client.call('addHistoryEntry', {
      path,
      body: { event_type: 'note', created_by: 'Ann', body: 'Called back' },
    });
    expect((await client.call('listHistory', { path })).body).toHaveLength(2);
    expect((await client.call('listTransactions', { path })).body.map(({ platform_id: id }) => id)).toEqual([
      'pay_1',
      'pay_2',
    ]);
  });

  it('two partial shipments, a partial refund, and the cancellation of the remaining items', async () => {
    for (const state of STATES.slice(6)) await put(state);
    await client.call('putTransaction', { path, body: { platform_id: 'ref_1', total: gbp('-29.14') } });
    expect(answers.slice(6).map((each) => each.calculated_fulfilment_status)).toEqual([
      'part_shipped',
      'part_shipped',
      'part_shipped',
      'shipped',
    ]);
    expect(await read()).toMatchObject({
      calculated_payment_status: 'paid',
      calculated_totals: {
        ordered: gbp('76.68'),
        cancelled: gbp('26.14'),
        refunded: gbp('3.00'),
        payable: gbp('47.54'),
        paid: gbp('47.54'),
        outstanding: gbp('0.00'),
      },
      calculated_total_usd: { number: '59.43', currency: 'USD' },
    });
  });

  it('the timeline lists the steps in order', async () => {
    const story: string[] = [];
    for await (const page of client.pages('getTimeline', { path, query: { limit: 7 } }))
      story.push(...page.map(({ words }) => words));
    expect(story).toEqual(STORY);
  });

  it('past states and comparisons', async () => {
    for (const answer of answers) {
      const { body: past } = await client.call('getPurchase', {
        path,
        query: { revision: answer.calculated_revision },
      });
      expect(past).toEqual(answer);
    }
    const { body: entries } = await client.call('getTimeline', { path, query: { type: 'TypeConfirmed' } });
    const { body: then } = await client.call('getPurchase', { path, query: { as_of: entries[0]?.recorded_at ?? '' } });
    expect(then).toEqual(answers[5]);
    const [cart, order] = [answers[1], answers[5]];
    const { body: comparison } = await client.call('comparePurchase', {
      path,
      query: { from: cart?.calculated_revision, to: order?.calculated_revision },
    });
    expect(comparison.changes.find((change) => change.path === '/type')).toMatchObject({
      before: 'cart',
      after: 'order',
    });
    expect(comparison.events.map(({ type }) => type)).toContain('PurchaseApproved');
  });

  it('deletion, and the complete feed', async () => {
    const { headers } = await client.call('deletePurchase', { path });
    await expect(read()).rejects.toMatchObject({ status: 404, code: 'purchase-not-found' });
    const consistent = { 'Consistency-Token': headers.get('consistency-token') ?? '', Prefer: 'wait=30' };
    const feed: { sequence: number; words?: string }[] = [];
    for await (const page of client.pages('readFeed', { query: { limit: 10 }, headers: consistent }))
      feed.push(...page);
    expect(feed.map(({ sequence }) => sequence)).toEqual(feed.map((_, index) => index + 1));
    expect(feed.map(({ words }) => words)).toEqual([...STORY, DELETED]);
    const purchaseId = headers.get('purchase-id') ?? '';
    const { body: kept } = await client.call('getTimelineById', { path: { purchaseId }, query: { limit: 500 } });
    expect(kept.map(({ words }) => words)).toEqual([...STORY, DELETED]);
  });

  it('many purchases in one call', async () => {
    const lines = Array.from({ length: 20 }, (_, n) => ({
      lookupBy: 'internal',
      identifier: `B-${n}`,
      purchase: { ...STATES[0]!, purchase_identifiers: {} },
    }));
    const results: number[] = [];
    for await (const { status } of client.putMany(lines)) results.push(status);
    expect(results).toEqual(Array.from({ length: 20 }, () => 201));
  });
});
