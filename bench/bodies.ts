const money = (pence: number): object => ({ number: (pence / 100).toFixed(2), currency: 'GBP' });

const lineItem = (n: number, quantity: number): object => ({
  identifiers: { sku: `SKU-${n}` },
  name_parent: `WHITE METAL LANTERN ${n}`,
  quantity,
  line_total: { total_net: money(quantity * 339), total_tax: money(quantity * 68), total_gross: money(quantity * 407) },
});

/** An order of so many lines, all in one package; `reference` tells one version from the next. 14 lines are about 4 KB. */
export const orderBody = (lines: number, reference: string, type = 'processing'): object => ({
  type: 'order',
  currency_code: 'GBP',
  purchase_identifiers: {},
  customer_identifiers: { sparklayer: 'cu_123' },
  customer_reference: reference,
  dates: { placed_at: '2026-01-31T09:30:00Z' },
  billing_address: {
    name: 'Ann Example',
    address_line1: '7 Philosophy Way',
    city: 'Willerby',
    postal_code: 'HU10 6XX',
    country_code: 'GB',
  },
  packages: [
    {
      type,
      shipping_method: { name: 'Standard Shipping', line_total: { total_net: money(499), total_tax: money(100) } },
      shipping_address: {
        name: 'Ann Example',
        address_line1: '7 Philosophy Way',
        city: 'Willerby',
        country_code: 'GB',
      },
      line_items: Array.from({ length: lines }, (_, n) => lineItem(n, (n % 5) + 1)),
    },
  ],
});
