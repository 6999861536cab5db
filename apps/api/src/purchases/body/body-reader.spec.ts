import Ajv, { type ValidateFunction } from 'ajv';
import fc from 'fast-check';
import { viewPurchase } from '@app/read-models/views/purchase-view';
import { arbitraryPurchase } from '../../../../../test/arbitrary-purchase';
import { livePurchase } from '../../../../../test/live-purchase';
import { nested, spoilt } from '../../../../../test/spoil-body';
import { MAX_VALUES } from '../../http/body/bounded-json';
import { MAX_ERRORS } from './body-report';
import { bodySchema, type Dto } from './body-schema';
import { HistoryEntryDto, TransactionDto } from './entry-dto';
import { FORMATS } from './formats';
import { PurchaseDto } from './purchase-dto';
import { readBody } from './read-body';

const seed = Number(process.env.PROPERTY_SEED ?? Date.now() % 2 ** 31);

type Json = Record<string, unknown>;

const money = (number: unknown, currency = 'GBP'): Json => ({ number, currency });
const line = (more: object = {}): Json => ({
  name_parent: 'Mug',
  quantity: 1,
  line_total: { total_net: money('1') },
  ...more,
});
const order = (more: object = {}): Json => ({
  type: 'order',
  currency_code: 'GBP',
  packages: [{ type: 'processing', line_items: [line()] }],
  ...more,
});
const withLine = (more: object): Json => order({ packages: [{ type: 'processing', line_items: [line(more)] }] });
const transaction = (more: object = {}): Json => ({ platform_id: 'p-1', total: money('5'), ...more });
const opaque = (value: unknown): Json => transaction({ full_transaction: value });

const read = (target: Dto, body: unknown): ReturnType<typeof readBody> =>
  readBody(target, body, { strict: false, currency: (body as Json | null)?.currency_code });

/** "code pointer" of each error, sorted. */
const problems = (body: unknown, target: Dto = PurchaseDto): string[] => {
  const result = read(target, body);
  return result.ok ? [] : result.errors.map(({ code, property }) => `${code} ${property}`).sort();
};

describe('the reader of a body', () => {
  const address = { address_line1: '1 Street', city: 'Town', country_code: 'GB' };

  it.each<[string, Json, string[]]>([
    ['NUL in a text', order({ customer_reference: 'a\u0000b' }), ['control-character /customer_reference']],
    [
      'an escape character',
      withLine({ name_parent: '\u001b[2J' }),
      ['control-character /packages/0/line_items/0/name_parent'],
    ],
    ['a lone surrogate', order({ metadata: [{ name: 'a', value: '\ud800' }] }), ['lone-surrogate /metadata/0/value']],
    [
      'NUL in an identifier',
      order({ purchase_identifiers: { visible: 'a\u0000' } }),
      ['control-character /purchase_identifiers/visible'],
    ],
    ['a rate that is not finite', order({ tax_lines: [{ rate: Infinity }] }), ['inexact-number /tax_lines/0/rate']],
    [
      'a rate that is a whole number beyond 2^53',
      withLine({ tax_lines: [{ rate: 2 ** 53 }] }),
      ['inexact-number /packages/0/line_items/0/tax_lines/0/rate'],
    ],
    [
      'a quantity that is not finite',
      withLine({ quantity: Infinity }),
      ['not-a-whole-number /packages/0/line_items/0/quantity'],
    ],
    [
      'a year before 1',
      order({ dates: { placed_at: '0001-01-01T00:00:00+01:00' } }),
      ['time-out-of-range /dates/placed_at'],
    ],
    ['a year after 9999', order({ revision_date: '9999-12-31T23:59:59-01:00' }), ['time-out-of-range /revision_date']],
    ['a year of five digits', order({ revision_date: '10000-01-01T00:00:00Z' }), ['wrong-format /revision_date']],
    [
      'a year before 1 of a package',
      order({ packages: [{ type: 'shipment', line_items: [line()], dates: { shipped_at: '0000-01-01T00:00:00Z' } }] }),
      ['time-out-of-range /packages/0/dates/shipped_at'],
    ],
    [
      'a country with a dotless i',
      order({ billing_address: { ...address, country_code: 'ıt' } }),
      ['unknown-country /billing_address/country_code'],
    ],
    [
      'a country with a long s',
      order({ billing_address: { ...address, country_code: 'eſ' } }),
      ['unknown-country /billing_address/country_code'],
    ],
    [
      'an empty unknown property',
      order({ custom_feilds: null, metadta: [], x: '' }),
      ['unknown-property /custom_feilds', 'unknown-property /metadta', 'unknown-property /x'],
    ],
    ['empty packages', order({ packages: [] }), ['empty /packages']],
    ['an empty name', withLine({ name_parent: '' }), ['empty /packages/0/line_items/0/name_parent']],
    ['an array in an array', order({ metadata: [[{ name: 'a' }]] }), ['wrong-type /metadata/0']],
    [
      'a text with variation selectors that is too long',
      order({ customer_reference: '☃\ufe0f'.repeat(2_001) }),
      ['too-long /customer_reference'],
    ],
    [
      'javascript: as a tracking URI',
      order({
        packages: [{ type: 'processing', line_items: [line()], shipments: [{ tracking_url: 'javascript:alert(1)' }] }],
      }),
      ['wrong-uri /packages/0/shipments/0/tracking_url'],
    ],
    [
      'data: as a file URI',
      order({ accounting_files: [{ data: { type: 'uri', uri: 'data:text/html,x' } }] }),
      ['wrong-uri /accounting_files/0/data/uri'],
    ],
    ['a URI without a host', withLine({ image_url: 'https://' }), ['wrong-uri /packages/0/line_items/0/image_url']],
    [
      'a URI that begins with white space',
      withLine({ image_url: ' https://a.example/' }),
      ['wrong-uri /packages/0/line_items/0/image_url'],
    ],
    [
      'a scheme with a line break in it',
      withLine({ image_url: 'java\nscript:alert(1)' }),
      ['wrong-uri /packages/0/line_items/0/image_url'],
    ],
    ['an amount over the cap', order({ total_paid: money('40000000000000.01') }), ['too-large /total_paid/number']],
    [
      'a derived gross over the cap',
      withLine({ line_total: { total_net: money('40000000000000.00'), total_tax: money('0.01') } }),
      ['too-large /packages/0/line_items/0/line_total'],
    ],
    [
      'a gross over the cap by its tax lines',
      withLine({ line_total: { total_net: money('40000000000000.00') }, tax_lines: [{ amount: money('0.01') }] }),
      ['too-large /packages/0/line_items/0/line_total'],
    ],
    [
      'more entries than an array may have',
      order({ metadata: Array.from({ length: 10_001 }, () => 5) }),
      ['too-many /metadata'],
    ],
    [
      'more lines than a package may have',
      order({ packages: [{ type: 'processing', line_items: Array.from({ length: 10_001 }, () => ({})) }] }),
      ['too-many /packages/0/line_items'],
    ],
    [
      'a SKU with a character that nobody can see',
      withLine({ identifiers: { sku: 'A\u200b1' } }),
      ['wrong-identifier /packages/0/line_items/0/identifiers/sku'],
    ],
    [
      'names of members of Object.prototype',
      JSON.parse(
        '{"type":"order","currency_code":"GBP","packages":[{"type":"processing","line_items":[{"name_parent":"a","quantity":1,"line_total":{"total_net":{"number":"1","currency":"GBP"}}}]}],"__proto__":{"a":1},"constructor":1,"toString":null,"hasOwnProperty":[]}',
      ) as Json,
      [
        'unknown-property /__proto__',
        'unknown-property /constructor',
        'unknown-property /hasOwnProperty',
        'unknown-property /toString',
      ],
    ],
  ])('reports %s', (_what, body, expected) => {
    expect(problems(body)).toEqual(expected);
  });

  it.each<[string, Json, string[]]>([
    [
      'names of members of Object.prototype',
      transaction({ toString: 1, constructor: null }),
      ['unknown-property /constructor', 'unknown-property /toString'],
    ],
    ['a year before 1', transaction({ created_at: '0000-12-31T00:00:00Z' }), ['time-out-of-range /created_at']],
    ['an unknown currency', transaction({ total: money('1', 'ABC') }), ['unknown-currency /total/currency']],
    ['a platform_id of white space', transaction({ platform_id: ' \ufeff' }), ['wrong-identifier /platform_id']],
    ['NUL in an opaque text', opaque({ a: ['\u0000'] }), ['control-character /full_transaction/a/0']],
    ['NUL in an opaque name', opaque({ a: { 'b\u0000': 1 } }), ['control-character /full_transaction/a/b\u0000']],
    ['a lone surrogate in an opaque name', opaque({ '\udc00': 1 }), ['lone-surrogate /full_transaction/\udc00']],
    ['an opaque number that is not finite', opaque({ a: -Infinity }), ['inexact-number /full_transaction/a']],
    ['an opaque whole number beyond 2^53', opaque([2 ** 53]), ['inexact-number /full_transaction/0']],
    ['an opaque value that is too deep', opaque(nested(33)), [`too-deep /full_transaction${'/0'.repeat(32)}`]],
  ])('reports in a transaction: %s', (_what, body, expected) => {
    expect(problems(body, TransactionDto)).toEqual(expected);
  });

  it.each<[string, Json, string[]]>([
    ['NUL', { event_type: 'note', body: '\u0000' }, ['control-character /body']],
    ['the author of an e-mail', { event_type: 'email', body: 'a', created_by: 'x' }, ['unknown-property /created_by']],
    ['the sender of a message', { event_type: 'message', body: 'a', sent_by: 'x' }, ['unknown-property /sent_by']],
    ['no type', { body: '' }, ['empty /body', 'required /event_type']],
  ])('reports in a history entry: %s', (_what, body, expected) => {
    expect(problems(body, HistoryEntryDto)).toEqual(expected);
  });

  // Bodies with the omissions and errors of the samples in SparkLayer's documentation (docs/adr/0037).
  it.each<[string, Json, string[]]>([
    [
      'an answer without packages',
      order({ packages: undefined, payment_method: '', calculated_total: {}, billing_address: {} }),
      ['required /packages'],
    ],
    [
      'packages as one object, and no currency',
      { type: 'order', dates: {}, total_paid: money('1'), packages: { line_items: [line()] } },
      ['required /currency_code', 'wrong-type /packages'],
    ],
    [
      'empty texts where a value is required',
      {
        type: '',
        purchase_identifiers: { sparklayer: '' },
        billing_address: { city: '' },
        packages: '',
        metadata: [{ name: '', value: '' }],
      },
      [
        'empty /billing_address/city',
        'empty /metadata/0/name',
        'empty /packages',
        'empty /type',
        'required /billing_address/address_line1',
        'required /billing_address/country_code',
        'required /currency_code',
      ],
    ],
    [
      'a file without a URI, a parcel without a carrier id, a field without a value',
      order({
        accounting_files: [{ identifiers: { visible: 'INV' }, data: { type: 'uri' }, file_type: 'invoice' }],
        custom_fields: [{ name: 'Delivery' }],
        packages: [
          {
            type: 'shipment',
            line_items: [
              line({
                unit_total: { total_net: money('1'), tax_rate: 20 },
                rrp: money('2'),
                line_total: { total_net: money('1'), discount_gross: money('1'), tax_rate: 20 },
              }),
            ],
            shipping_method: { name: 'Standard', line_total: {} },
            shipments: [{ carrier: 'Carrier', carrier_id: '' }],
          },
        ],
      }),
      [],
    ],
  ])('answers %s', (_what, body, expected) => {
    expect(problems(JSON.parse(JSON.stringify(body)))).toEqual(expected);
  });

  it('keeps opaque values as sent', () => {
    const text =
      '{"calculated_statement_descriptor":"x","country_code":"GBR","constructor":{"a":1},"__proto__":{"b":2},"toString":null,"empty":"","amount_at":"yesterday","list":[[],{},""]}';
    const result = readBody<TransactionDto>(TransactionDto, opaque(JSON.parse(text)), { strict: true });
    expect(result.ok && JSON.stringify(result.value.full_transaction)).toBe(text);
    expect(problems(opaque(nested(32)), TransactionDto)).toEqual([]);
  });

  it('normalises identifiers, times, countries and URIs', () => {
    const result = readBody<PurchaseDto>(
      PurchaseDto,
      withLine({ identifiers: { sku: ' \ufeffCafe\u0301 ' }, image_url: 'HTTPS://a.example/x?y#z' }),
      { strict: false, currency: 'GBP' },
    );
    expect(result.ok && result.value.packages[0]?.line_items?.[0]).toMatchObject({
      identifiers: { sku: 'Caf\u00e9' },
      image_url: 'HTTPS://a.example/x?y#z',
    });
    const body = order({
      billing_address: { ...address, country_code: 'it' },
      revision_date: '2026-01-01T01:00:00+0100',
    });
    expect(read(PurchaseDto, body)).toMatchObject({
      value: { billing_address: { country_code: 'IT' }, revision_date: '2026-01-01T00:00:00.000Z' },
    });
  });

  it('reports at most 100 errors, indicates that there are more, and does not repeat long names', () => {
    const lines = Array.from({ length: 10_000 }, () => ({}));
    const many = read(PurchaseDto, order({ packages: [{ type: 'processing', line_items: lines }] }));
    expect(many).toMatchObject({ ok: false, hasMore: true });
    expect(many.ok ? 0 : many.errors.length).toBe(MAX_ERRORS);
    const exact = read(PurchaseDto, Object.fromEntries(Array.from({ length: 97 }, (_, n) => [`x${n}`, 1])));
    expect(exact).toMatchObject({ ok: false, hasMore: false });
    const long = read(PurchaseDto, order({ dates: { ['x'.repeat(500_000)]: 1 } }));
    expect(long).toMatchObject({
      errors: [{ property: '/dates', message: 'a property with a name of 500000 characters is not a known property' }],
    });
  });

  it('stops reading a body with too many values', () => {
    const shipments = Array.from({ length: 10_000 }, () => ({}));
    const packages = Array.from({ length: 30 }, () => ({ type: 'processing', shipments }));
    expect(problems(order({ type: 'cart', packages }))).toEqual(['too-many-values ']);
    expect(problems(opaque(Array.from({ length: MAX_VALUES }, () => 1)), TransactionDto)).toEqual(['too-many-values ']);
  });
});

/** Removes empty and calculated values, independently of the reader under test. */
function withoutEmpty(value: unknown, schema: Json, definitions: Record<string, Json>): unknown {
  const { $ref, items } = schema as { $ref?: string; items?: Json };
  const resolved = $ref === undefined ? schema : (definitions[$ref.split('/').at(-1) ?? ''] ?? {});
  if (Array.isArray(value)) return value.map((each) => withoutEmpty(each, items ?? {}, definitions));
  const properties = resolved.properties as Record<string, Json> | undefined;
  if (typeof value !== 'object' || value === null || properties === undefined) return value;
  const entries = Object.entries(value).flatMap(([key, child]): [string, unknown][] => {
    if (!Object.hasOwn(properties, key)) return key.startsWith('calculated_') ? [] : [[key, child]];
    const inner = withoutEmpty(child, properties[key] ?? {}, definitions);
    const empty = inner === '' || inner === null || (typeof inner === 'object' && Object.keys(inner).length === 0);
    return empty ? [] : [[key, inner]];
  });
  return Object.fromEntries(entries);
}

function oracle(target: Dto): (body: unknown) => boolean {
  const ajv = new Ajv({ strict: false, ownProperties: true });
  for (const [name, check] of Object.entries(FORMATS))
    ajv.addFormat(name, (text: string) => typeof check(text) === 'string');
  const schema = bodySchema(target);
  const validate: ValidateFunction = ajv.compile(schema);
  return (body) => validate(withoutEmpty(body, schema as never, schema.definitions as never));
}

/** Codes of rules that JSON Schema cannot express. */
const BEYOND_SCHEMA = new Set(
  'control-character lone-surrogate inexact-number currency-mismatch too-many-decimals total-does-not-add-up no-line-items too-deep'.split(
    ' ',
  ),
);

const entry = fc.record({
  event_type: fc.constantFrom('message', 'note'),
  created_by: fc.constant('x'),
  body: fc.constant('Hello'),
});
const payment = fc.record({
  platform_id: fc.constant('p'),
  total: fc.constant(money('5.00')),
  apply_to_balance: fc.boolean(),
  status: fc.constant('paid'),
  created_at: fc.constant('2026-01-01T00:00:00Z'),
  full_transaction: fc.constant({ a: [{ b: 'c' }] }),
});
const purchase = arbitraryPurchase.map((each): unknown =>
  JSON.parse(JSON.stringify(viewPurchase(livePurchase(each), 0n))),
);

describe.each<[string, Dto, fc.Arbitrary<unknown>]>([
  ['purchase', PurchaseDto, purchase],
  ['transaction', TransactionDto, payment],
  ['history entry', HistoryEntryDto, entry],
])('the body of a %s', (_what, target, good) => {
  it(`is rejected for its shape exactly when Ajv rejects it, and every rejection has an error (seed ${seed})`, () => {
    const accepts = oracle(target);
    fc.assert(
      fc.property(good.chain(spoilt), (body) => {
        const result = read(target, body);
        const errors = result.ok ? [] : result.errors;
        if (!result.ok && errors.length === 0) throw new Error('refused without a reason');
        const shapes = errors.filter(
          ({ code, property, message }) =>
            !BEYOND_SCHEMA.has(code) &&
            !(code === 'required' && message.includes('and so is')) &&
            !(code === 'too-large' && !property.endsWith('quantity')) &&
            !(code === 'unknown-currency' && property === '/total/currency') &&
            !(code === 'unknown-property' && message.includes('of a')),
        );
        // A control character in a text hides its other problems.
        if (accepts(body) ? shapes.length > 0 : result.ok) throw new Error(JSON.stringify({ shapes, body }));
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 200), seed },
    );
  });
});
