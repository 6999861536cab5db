import fc from 'fast-check';
import { isSamePurchase } from '@app/purchase/plain';
import type { Purchase } from '@app/purchase/purchase';
import { arbitraryPurchase } from '../../../../../test/arbitrary-purchase';
import { livePurchase } from '../../../../../test/live-purchase';
import { viewPurchase } from '@app/read-models/views/purchase-view';
import { readPurchaseBody } from './purchase-body';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);
const sent = (purchase: Purchase): unknown => JSON.parse(JSON.stringify(viewPurchase(livePurchase(purchase), 0n)));
const money = (number: string, currency = 'GBP'): object => ({ number, currency });
const line = (more: object = {}): object => ({
  name_parent: 'Mug',
  quantity: 1,
  line_total: { total_net: money('1.00') },
  ...more,
});
const order = (more: object = {}): Record<string, unknown> => ({
  type: 'order',
  currency_code: 'GBP',
  packages: [{ type: 'processing', line_items: [line()] }],
  ...more,
});
const errorsOf = (body: unknown, strict = false): string[] => {
  const read = readPurchaseBody(body, { strict });
  return read.ok ? [] : read.errors.map(({ code, property }) => `${code} ${property}`).sort();
};

describe('the body of a PUT', () => {
  it(`accepts the response of GET (seed ${seed})`, () => {
    fc.assert(
      fc.property(arbitraryPurchase, (purchase) => {
        const filled = {
          ...purchase,
          type: 'cart' as const,
          packages: purchase.packages.length > 0 ? purchase.packages : [empty],
        };
        const read = readPurchaseBody(sent(filled), { strict: false });
        if (!read.ok) throw new Error(JSON.stringify(read.errors));
        expect(isSamePurchase(livePurchase(filled), read.value)).toBe(true);
      }),
      { numRuns: 100, seed },
    );
  });

  it('treats empty values as absent', () => {
    const read = readPurchaseBody(
      order({ customer_reference: '', payment_method: '', billing_address: {}, metadata: [], total_paid: null }),
      {
        strict: true,
      },
    );
    expect(read).toMatchObject({ ok: true });
    if (read.ok) expect(Object.keys(read.value)).not.toContain('billingAddress');
  });

  it('derives net, tax and gross, in minor units', () => {
    const read = readPurchaseBody(
      order({
        packages: [
          {
            type: 'processing',
            line_items: [line({ line_total: { total_net: money('10'), total_gross: money('12.00') } })],
          },
        ],
      }),
      { strict: false },
    );
    expect(read.ok && read.value.packages[0]?.items[0]?.totals).toEqual({ net: 1000, tax: 200, gross: 1200 });
  });

  it.each<[string, unknown, string[]]>([
    ['no object', [], ['wrong-type ']],
    ['nothing', {}, ['required /currency_code', 'required /packages', 'required /type']],
    [
      'an unknown property, deep down',
      order({ packages: [{ type: 'processing', line_items: [line({ sku: 'x' })] }] }),
      ['unknown-property /packages/0/line_items/0/sku'],
    ],
    [
      'wrong types',
      order({ customer_reference: 5, packages: 'x', total_paid: '5' }),
      ['wrong-type /customer_reference', 'wrong-type /packages', 'wrong-type /total_paid'],
    ],
    [
      'a number for an amount',
      order({ total_paid: { number: 5, currency: 'GBP' } }),
      ['wrong-type /total_paid/number'],
    ],
    [
      'a wrong type and, elsewhere, amounts that do not add up',
      order({
        customer_reference: 5,
        packages: [
          {
            type: 'processing',
            line_items: [
              line({ line_total: { total_net: money('1'), total_tax: money('1'), total_gross: money('3') } }),
            ],
          },
        ],
      }),
      ['total-does-not-add-up /packages/0/line_items/0/line_total', 'wrong-type /customer_reference'],
    ],
    ['two currencies', order({ total_paid: money('1', 'EUR') }), ['currency-mismatch /total_paid/currency']],
    ['too many decimals', order({ total_paid: money('1.001') }), ['too-many-decimals /total_paid/number']],
    [
      'a currency that is none',
      order({
        currency_code: 'ABC',
        packages: [{ type: 'on_hold', line_items: [line({ line_total: { total_net: money('1', 'ABC') } })] }],
      }),
      ['unknown-currency /currency_code'],
    ],
    [
      'an address without its parts',
      order({ billing_address: { name: 'Ann', country_code: 'XX' } }),
      [
        'required /billing_address/address_line1',
        'required /billing_address/city',
        'unknown-country /billing_address/country_code',
      ],
    ],
    ['30 February', order({ dates: { placed_at: '2026-02-30T10:00:00Z' } }), ['no-such-time /dates/placed_at']],
    ['a time without an offset', order({ revision_date: '2026-02-20T10:00:00' }), ['wrong-format /revision_date']],
    [
      'quantities that are none',
      order({
        packages: [
          { type: 'processing', line_items: [line({ quantity: 0 }), line({ quantity: 1.5 }), line({ quantity: '2' })] },
        ],
      }),
      [
        'not-a-whole-number /packages/0/line_items/1/quantity',
        'not-a-whole-number /packages/0/line_items/2/quantity',
        'too-small /packages/0/line_items/0/quantity',
      ],
    ],
    ['an order without items', order({ packages: [{ type: 'processing' }] }), ['no-line-items /packages']],
    [
      'a line without totals',
      order({ packages: [{ type: 'processing', line_items: [line({ line_total: { total_tax: money('1') } })] }] }),
      ['required /packages/0/line_items/0/line_total/total_net'],
    ],
    [
      'a sparklayer id that is no UUID',
      order({ purchase_identifiers: { sparklayer: 'x' } }),
      ['wrong-identifier /purchase_identifiers/sparklayer'],
    ],
  ])('reports %s', (_case, body, errors) => {
    expect(errorsOf(body)).toEqual(errors);
  });

  it('ignores calculated values, and reports them in strict mode', () => {
    const body = order({ calculated_total: money('9'), dates: { calculated_submitted_at: 'x' } });
    expect(errorsOf(body)).toEqual([]);
    expect(errorsOf(body, true)).toEqual([
      'calculated-property /calculated_total',
      'calculated-property /dates/calculated_submitted_at',
    ]);
  });

  it('rejects deeply nested bodies and prototype properties', () => {
    let deep: unknown = 'x';
    for (let depth = 0; depth < 50_000; depth++) deep = [deep];
    expect(errorsOf(order({ metadata: deep })).length).toBeGreaterThan(0);
    expect(
      errorsOf(
        JSON.parse('{"type":"order","currency_code":"GBP","packages":[{"type":"processing"}],"__proto__":{"a":1}}'),
      ).length,
    ).toBeGreaterThan(0);
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

const empty: Purchase['packages'][number] = {
  type: 'processing',
  identifiers: {},
  dates: {},
  trackings: [],
  accountingFiles: [],
  items: [],
};
