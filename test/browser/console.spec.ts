/// <reference lib="dom" />
import { ConsoleUnderTest, order, parcel } from './console-under-test';

const lantern = (quantity: number, net: string): { name: string; sku: string; quantity: number; net: string } => ({
  name: 'White metal lantern',
  sku: '71053',
  quantity,
  net,
});
const HOSTILE = `<img src=x onerror=alert(1)>\u202eRTL "quoted" & ${'x'.repeat(4_000)}`;

describe('the console', () => {
  let service: ConsoleUnderTest;

  beforeAll(async () => {
    service = await ConsoleUnderTest.start();
    await service.put('ERP-1', order([parcel('processing', [lantern(6, '20.34')])]));
    await service.put(
      'ERP-1',
      order([
        parcel('shipment', [lantern(4, '13.56')], {
          identifiers: { visible: 'S-1' },
          dates: { shipped_at: '2026-11-02T09:00:00Z' },
          shipments: [{ carrier: 'DHL', tracking_number: 'T-1', tracking_url: 'https://example.com/T-1' }],
        }),
        parcel('refund', [lantern(2, '6.78')], { identifiers: { visible: 'R-1' } }),
      ]),
    );
    await service.put('ERP-2', order([parcel('processing', [{ name: 'Candle', quantity: 1, net: '2.00' }])]));
  }, 120_000);
  afterAll(() => service.stop());

  it('signs in, finds a purchase by search, and keeps the search in the address', async () => {
    const page = await service.open();
    await service.signIn(page);
    await page.getByLabel('Search', { exact: true }).fill('ERP-1');
    await page.waitForURL(/search=ERP-1/);
    await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
    await page.reload();
    await page.waitForSelector('tbody tr');
    expect(await page.locator('tbody tr').allInnerTexts()).toEqual([
      expect.stringMatching(/ERP-1[^]*Order[^]*13\.56 GBP/),
    ]);
    await page.getByRole('link', { name: 'ERP-1' }).click();
    await page.waitForURL(/\/purchases\/internal\/ERP-1$/);
    await page.goBack();
    await page.waitForURL(/search=ERP-1/);
    expect(page.errors).toEqual([]);
  });

  it('refuses a wrong secret in words and with the code', async () => {
    const page = await service.open();
    await page.goto(service.api.url);
    await page.fill('[name=site]', 'shop');
    await page.fill('[name=client_id]', service.credential.clientId);
    await page.fill('[name=client_secret]', 'wrong');
    await page.click('button[type=submit]');
    expect(await page.getByRole('alert').innerText()).toMatch(/invalid-client[^]*request/);
  });

  it('tells what happened to a purchase, who did it, and what was there before', async () => {
    const page = await service.open();
    await service.signIn(page, '/purchases/internal/ERP-1');
    const timeline = page.getByLabel('Timeline');
    await timeline.getByText('2 × White metal lantern', { exact: false }).first().waitFor();
    const text = await timeline.innerText();
    expect(text).toMatch(/moved from Processing to Shipment S-1/);
    expect(text).toContain(service.credential.clientId);
    await timeline.getByRole('button', { name: 'Before → after' }).first().click();
    await page.getByLabel('Before', { exact: true }).first().waitFor();
    expect(await page.getByRole('link', { name: 'T-1' }).getAttribute('href')).toBe('https://example.com/T-1');
    expect(page.errors).toEqual([]);
  });

  it('shows a dry run and the problems of a body by place, and stores nothing', async () => {
    const page = await service.open();
    await service.signIn(page, '/dry-run?identifier=ERP-9');
    const body = page.getByLabel('Body');
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('PurchaseCreated').waitFor();
    await body.fill('{"type":"order","currency_code":"GBP","packages":[{"type":"shipmnt","line_items":[{}]}]}');
    await page.getByRole('button', { name: 'Dry run' }).click();
    await page.getByText('/packages/0/type').waitFor();
    const found = await page.request.get(`${service.api.url}/api/v1/purchases/internal/ERP-9`, {
      headers: service.headers,
    });
    expect(found.status()).toBe(404);
  });

  it('adds a note and shows it', async () => {
    const page = await service.open();
    await service.signIn(page, '/purchases/internal/ERP-2');
    await page.getByLabel('Your name').fill('Ada');
    await page.getByLabel('Text').fill('Call the customer');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.locator('.note-body', { hasText: 'Call the customer' }).waitFor();
  });

  it('shows hostile text as text', async () => {
    await service.put(
      'ERP-3',
      order([parcel('processing', [{ name: HOSTILE.slice(0, 250), quantity: 1, net: '1.00' }])], {
        customer_reference: '<script>alert(1)</script>',
      }),
    );
    const page = await service.open();
    page.on('dialog', () => page.errors.push('a dialog opened'));
    await service.signIn(page, '/purchases/internal/ERP-3');
    await page.getByText('<script>alert(1)</script>').first().waitFor();
    expect(await page.locator('main img[src=x], main script').count()).toBe(0);
    expect(page.errors).toEqual([]);
  });

  it('hides what a token may not do', async () => {
    const page = await service.open();
    await service.signIn(page, '/purchases', await service.issue(['read']));
    const links = await page.getByRole('navigation').getByRole('link').allInnerTexts();
    expect(links).toEqual(['Purchases', 'Activity', 'My Account']);
  });

  it('asks to sign in again when the token is refused, and returns to the same page', async () => {
    const page = await service.open();
    await service.signIn(page, '/purchases/internal/ERP-1');
    await page.getByLabel('Timeline').waitFor();
    await page.evaluate(() => {
      const session = JSON.parse(sessionStorage.getItem('purchasing.session') ?? '{}') as { token: string };
      sessionStorage.setItem('purchasing.session', JSON.stringify({ ...session, token: `${session.token}x` }));
    });
    await page.reload();
    await page.fill('[name=site]', 'shop');
    await page.fill('[name=client_id]', service.credential.clientId);
    await page.fill('[name=client_secret]', service.credential.clientSecret);
    await page.click('button[type=submit]');
    await page.getByLabel('Timeline').waitFor();
    expect(page.url()).toMatch(/ERP-1$/);
  });
});
