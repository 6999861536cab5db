const money = (pence: number): object => ({ number: (pence / 100).toFixed(2), currency: 'GBP' });

const lineItem = (n: number, quantity: number): object => ({
  identifiers: { sku: `SKU-${n}` },
  name_parent: `WHITE METAL LANTERN ${n}`,
  quantity,
  line_total: { total_net: money(quantity * 339), total_tax: money(quantity * 68), total_gross: money(quantity * 407) },
});

/** An order with a number of lines in one package; `reference` distinguishes versions. 14 lines are about 4 KB. */
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

type Pack = Record<string, unknown>;

/** A line of one of `articles` articles, at one of three prices. */
const similarLine = (n: number, articles: number, quantity: number): object => ({
  identifiers: { sku: `SKU-${n % articles}` },
  name_parent: `LANTERN ${n % articles}`,
  quantity,
  line_total: { total_net: money(quantity * (300 + (n % 3))) },
});

const packed = (type: string, names: readonly string[], items: readonly object[]): Pack[] =>
  names.map((visible, index) => ({
    type,
    identifiers: { visible },
    line_items: items.filter((_, n) => n % names.length === index),
  }));

const range = <T>(lines: number, make: (n: number) => T): T[] => Array.from({ length: lines }, (_, n) => make(n));

/** Pairs of bodies that are difficult for the diff, by name. */
export const DIFFICULT_BODIES: Record<string, (lines: number) => readonly [before: object, after: object]> = {
  'many lines of ten articles, half of each shipped': (lines) => {
    const body = (packages: Pack[]): object => ({ ...orderBody(0, 'PO 1'), packages });
    return [
      body(
        packed(
          'processing',
          ['P'],
          range(lines, (n) => similarLine(n, 10, 4)),
        ),
      ),
      body([
        ...packed(
          'processing',
          ['P'],
          range(lines, (n) => similarLine(n, 10, 2)),
        ),
        ...packed(
          'shipment',
          ['S-1', 'S-2', 'S-3'],
          range(lines, (n) => similarLine(n + 1, 10, 2)),
        ),
      ]),
    ];
  },
  'all moved from five packages to five others': (lines) => {
    const body = (packages: Pack[]): object => ({ ...orderBody(0, 'PO 1'), packages });
    const items = (from: number): object[] => range(lines, (n) => similarLine((n * 7 + from) % lines, lines, 3));
    return [
      body(packed('processing', ['A', 'B', 'C', 'D', 'E'], items(0))),
      body(packed('shipment', ['S-1', 'S-2', 'S-3', 'S-4', 'S-5'], items(3))),
    ];
  },
  'everything changed at once': (lines) => {
    const body = (reference: string, packages: Pack[]): object => ({ ...orderBody(0, reference), packages });
    return [
      body(
        'PO 1',
        packed(
          'processing',
          ['A', 'B'],
          range(lines, (n) => similarLine(n, lines, 3)),
        ),
      ),
      body('PO 2', [
        ...packed(
          'on_hold',
          ['B', 'C'],
          range(lines / 2, (n) => similarLine(2 * n + 1, lines, 4)),
        ),
        ...packed(
          'shipment',
          ['S-1', 'A'],
          range(lines / 2, (n) => similarLine(3 * n + 2, 2 * lines, 2)),
        ),
      ]),
    ];
  },
};
