import type { ConsolePage, ConsoleUnderTest } from '../console-under-test';
import { CUSTOMER } from '../demo-data';

const HTML = '<img src=x onerror=alert(1)><script>alert(1)</script>"\'&amp;{{7*7}}';
const RTL = '\u202eGNIPPIHS \u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627';
/** Text of any length that the API accepts. Identifiers may not contain the character that reverses the direction of text. */
const hostile = (length = 4_000): string => `${HTML} ${RTL} ${'W'.repeat(length)}`.slice(0, length);
const identifier = (length: number): string => hostile(length).replace('\u202e', '');

/** Every text field of a purchase holds hostile text. */
function body(): object {
  const text = hostile();
  const address = {
    name: text,
    company: text,
    address_line1: text,
    address_line2: text,
    city: text,
    region_code: text,
    postal_code: text,
    country_code: 'GB',
    phone: text,
  };
  const file = {
    identifiers: { visible: identifier(900) },
    file_type: text,
    data: { type: 'uri', uri: 'https://example.com/"><b>' },
  };
  return {
    type: 'order',
    currency_code: 'GBP',
    purchase_identifiers: { visible: identifier(900), platform: `${identifier(400)}p` },
    customer_identifiers: {
      sparklayer: CUSTOMER,
      sparklayer_impersonator: identifier(900),
      sparklayer_sales_rep: identifier(900),
    },
    customer_reference: text,
    billing_address: address,
    accounting_files: [file],
    custom_fields: [{ name: text, value: text }],
    packages: [
      {
        type: 'shipment',
        identifiers: { visible: identifier(900) },
        line_items: [
          {
            name_parent: text,
            name_child: text,
            identifiers: { sku: identifier(900) },
            quantity: 1,
            custom_attributes: [{ key: text, value: text }],
            line_total: { total_net: { number: '1.00', currency: 'GBP' } },
          },
        ],
        shipping_method: { name: text },
        shipping_address: address,
        shipments: [{ carrier: text, carrier_id: text, tracking_number: text, tracking_url: 'https://example.com/' }],
        accounting_files: [file],
      },
    ],
  };
}

const IDENTIFIER = identifier(300);

/** No text became an element, no script ran, and the page is not wider than the window. */
async function expectText(page: ConsolePage): Promise<void> {
  await page.getByText(HTML, { exact: false }).first().waitFor();
  expect(await page.locator('#console img[src=x], #console script, #console b').count()).toBe(0);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  expect(page.errors).toEqual([]);
}

export function hostileText(get: () => ConsoleUnderTest): void {
  it('shows hostile text of 4,000 characters in every field as text, on every page', async () => {
    const service = get();
    await service.put(IDENTIFIER, body(), await service.issue(['write'], hostile(100)));
    const text = hostile();
    const path = encodeURIComponent(IDENTIFIER);
    await service.send('POST', IDENTIFIER, '/history', { event_type: 'message', created_by: text, body: text });
    await service.send('PUT', IDENTIFIER, '/transactions', {
      platform_id: identifier(900),
      total: { number: '1.00', currency: 'GBP' },
      apply_to_balance: true,
      status: text,
      gateway: text,
    });
    const page = await service.openAt(`/purchases/internal/${path}`, { width: 390 });
    await page.getByLabel('Timeline').waitFor();
    const closed = page.getByRole('button', { name: 'Before → after' });
    while ((await closed.count()) > 0) await closed.first().click();
    await expectText(page);
    for (const address of [
      `/purchases/internal/${path}?to=1&show=all`,
      '/purchases?search=GNIPPIHS',
      '/activity',
      `/account/${CUSTOMER}`,
      `/account/${CUSTOMER}?by=internal&order=${path}`,
      `/dry-run?identifier=${path}`,
    ]) {
      await page.goto(service.api.url + address);
      if (address.startsWith('/dry-run')) {
        await page
          .getByLabel('Body')
          .fill(JSON.stringify({ ...body(), customer_reference: `${text.slice(0, 3_000)}changed` }));
        await page.getByRole('button', { name: 'Dry run' }).click();
      }
      await expectText(page);
    }
  });
}
