/** Request bodies for tests of the HTTP API. Amounts are in pounds. */

export const gbp = (number: string): object => ({ number, currency: 'GBP' });

/** A line without tax; `net` is the total of the line. */
export const lineBody = (quantity: number, net: string, sku = '71053', name = 'WHITE METAL LANTERN'): object => ({
  identifiers: { sku },
  name_parent: name,
  quantity,
  line_total: { total_net: gbp(net) },
});

/** A `processing` package with one line. */
export const processingBody = (quantity = 6, net = '20.34'): object => ({
  type: 'processing',
  line_items: [lineBody(quantity, net)],
});

export const orderBody = (packages: readonly object[], more: object = {}): object => ({
  type: 'order',
  currency_code: 'GBP',
  packages,
  ...more,
});
