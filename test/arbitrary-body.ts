import fc from 'fast-check';
import { bodySchema, type Dto, type Schema } from '../apps/api/src/purchases/body/body-schema';
import type { FormatName } from '../apps/api/src/purchases/body/formats';
import { PurchaseDto } from '../apps/api/src/purchases/body/purchase-dto';

/** Valid bodies with every property that the DTOs declare, generated from the schemas, so that new properties are tested automatically. */

const CURRENCY = 'GBP';

const TEXTS = ['Mug', 'Café', 'a "quoted" \\ text', 'tab\tand\r\nbreak', '😀', '\\u0000', '<b>&amp;</b>', ' spaces '];
const IDENTIFIERS = ['A-1', ' A-1 ', 'Cafe\u0301', '\ufeffB 2', 'a/b%2F', '日本'];
const TIMES = [
  '2026-01-31T09:30:00Z',
  '2026-01-31T11:30:00.123456+02:00',
  '0001-01-01T00:00Z',
  '9999-12-31T23:59:59.999Z',
];

/** An amount that fits in the sum of a body even if each tax line of each line has it: 3 packages of 3 lines of 3 tax lines. */
const LARGE_AMOUNT = '1000000000000.99';

const BY_FORMAT: Record<FormatName, fc.Arbitrary<string>> = {
  'date-time': fc.constantFrom(...TIMES),
  date: fc.constantFrom('2026-01-31', '0001-01-01'),
  'usd-rate': fc.constantFrom('1', '1.2734'),
  identifier: fc.constantFrom(...IDENTIFIERS),
  'purchase-identifier': fc.uuid().map((id) => ` ${id} `),
  uuid: fc.uuid().map((id) => id.toUpperCase()),
  uri: fc.constantFrom('https://example.com/a?b=c#d', 'HTTP://example.com'),
  decimal: fc.constantFrom('0', '15.99', '15.990', '-0.05', '007', LARGE_AMOUNT),
  'currency-code': fc.constant(CURRENCY),
  currency: fc.constant(CURRENCY),
  country: fc.constantFrom('GB', 'it', 'De'),
};

const amount = fc.integer({ min: -1_000, max: 1_000_000 });
const money = (minor: number): object => ({ number: (minor / 100).toFixed(2), currency: CURRENCY });

/** Totals that are consistent and can be completed. */
const lineTotal: fc.Arbitrary<object> = fc
  .record({
    net: amount,
    tax: amount,
    shape: fc.nat(4),
    discount: fc.option(amount, { nil: undefined }),
    rate: fc.option(fc.constantFrom(0, 5.5, 20), { nil: undefined }),
  })
  .map(({ net, tax, shape, discount, rate }) => ({
    ...(shape !== 0 && { total_net: money(net) }),
    ...(shape > 1 && { total_tax: money(tax) }),
    ...((shape === 0 || shape > 2) && { total_gross: money(net + (shape > 1 ? tax : 0)) }),
    ...(discount !== undefined && { discount_net: money(discount), discount_gross: money(discount + 1) }),
    ...(rate !== undefined && { tax_rate: rate }),
  }));

/** A value that means absent. */
const empty: fc.Arbitrary<unknown> = fc.constantFrom<unknown>('', null, [], {});

class Generator {
  constructor(private readonly definitions: Readonly<Record<string, Schema>>) {}

  of(schema: Schema): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined) return this.named(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    switch (schema.type) {
      case 'array':
        return fc.array(this.of(schema.items ?? {}), { minLength: 1, maxLength: 3 });
      case 'string':
        return schema.format === undefined ? fc.constantFrom(...TEXTS) : BY_FORMAT[schema.format as FormatName];
      case 'integer':
        return fc.integer({ min: schema.minimum ?? 0, max: 9 });
      case 'number':
        return fc.constantFrom(0, 20, 17.5, -1);
      case 'boolean':
        return fc.boolean();
      case 'object':
      case undefined:
        return fc.json().map((text): unknown => JSON.parse(text));
    }
  }

  named(name: string): fc.Arbitrary<unknown> {
    if (name === 'LineTotalDto') return lineTotal;
    const { properties = {}, required = [] } = this.definitions[name] ?? {};
    const optional = (schema: Schema): fc.Arbitrary<unknown> =>
      fc.oneof({ weight: 6, arbitrary: this.of(schema) }, { weight: 1, arbitrary: empty });
    const members = Object.fromEntries(
      Object.entries(properties).map(([key, schema]) => [
        key,
        required.includes(key) ? this.of(schema) : optional(schema),
      ]),
    );
    return fc.record(members, { requiredKeys: [...required] });
  }
}

/** Valid bodies of a DTO. */
export const arbitraryBodyOf = (target: Dto): fc.Arbitrary<Record<string, unknown>> =>
  new Generator(bodySchema(target).definitions).named(target.name) as fc.Arbitrary<Record<string, unknown>>;

const hasLine = ({ packages }: { packages?: { line_items?: unknown[] | null }[] }): boolean =>
  packages?.some(({ line_items: items }) => Array.isArray(items) && items.length > 0) === true;

/** Valid bodies of a PUT of a purchase; an order has at least one line. */
export const arbitraryPurchaseBody = arbitraryBodyOf(PurchaseDto).filter(
  (body) => (body.type !== 'order' && body.type !== 'order_unconfirmed') || hasLine(body),
);
