import fc from 'fast-check';

/** The keywords of JSON Schema that requests in docs/openapi.json use. */
interface Schema {
  $ref?: string;
  oneOf?: Schema[];
  type?: string;
  const?: unknown;
  enum?: unknown[];
  format?: string;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
}

const TEXTS = ['Mug', 'Café', 'a "quoted" \\ text', '😀', '<b>&amp;</b>', 'a/b%2F c', '日本', 'x'.repeat(300)];
const DECIMALS = ['0', '15.99', '15.990', '-0.05', '007', '1.999', '40000000000000.00', '40000000000000.01'];
const BY_FORMAT: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  'date-time': fc.constantFrom('2026-01-31T09:30:00Z', '0001-01-01T00:00Z', '9999-12-31T23:59:59.999+02:00'),
  date: fc.constantFrom('2026-01-31', '2024-02-29', '0001-01-01'),
  uuid: fc.uuid(),
  uri: fc.constantFrom('https://example.com/a?b=c#d', 'http://example.com'),
  decimal: fc.oneof(
    { weight: 20, arbitrary: fc.constant('15.99') },
    { weight: 1, arbitrary: fc.constantFrom(...DECIMALS) },
  ),
  currency: fc.constant('GBP'),
  'currency-code': fc.constant('GBP'),
  country: fc.constantFrom('GB', 'de'),
  'usd-rate': fc.constantFrom('1.2734', '0.01'),
};

/** Values that match a schema of the document; its references are resolved in `components`. */
export class SchemaArbitraries {
  private readonly named = new Map<string, fc.Arbitrary<unknown>>();

  constructor(private readonly components: Readonly<Record<string, unknown>>) {}

  of(schema: Schema): fc.Arbitrary<unknown> {
    if (schema.$ref !== undefined) return this.ofComponent(schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1));
    if (schema.oneOf !== undefined) return fc.oneof(...schema.oneOf.map((each) => this.of(each)));
    if (schema.const !== undefined) return fc.constant(schema.const);
    if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
    switch (schema.type) {
      case 'array':
        return fc.array(this.of(schema.items ?? {}), { minLength: 1, maxLength: 2 });
      case 'object':
        return this.ofObject(schema);
      case 'string':
        return this.ofText(schema);
      case 'integer':
        return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 9, (schema.minimum ?? 0) + 9) });
      case 'number':
        return fc.constantFrom(0, 20, 17.5);
      case 'boolean':
        return fc.boolean();
      case undefined:
      default:
        return fc.jsonValue({ maxDepth: 3 });
    }
  }

  private ofComponent(name: string): fc.Arbitrary<unknown> {
    const known = this.named.get(name);
    if (known !== undefined) return known;
    const schema = this.components[name] as Schema;
    const made = this.of(name === 'LineTotal' ? withoutSums(schema) : schema);
    this.named.set(name, made);
    return made;
  }

  private ofText({ format, pattern }: Schema): fc.Arbitrary<unknown> {
    const known = BY_FORMAT[format ?? ''];
    if (known !== undefined) return known;
    return pattern === '^[A-Z]{3}$' ? fc.constantFrom('GBP', 'EUR') : fc.constantFrom(...TEXTS);
  }

  private ofObject({ properties = {}, required = [] }: Schema): fc.Arbitrary<unknown> {
    const members = Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, this.of(schema)]));
    return fc.record(members, { requiredKeys: [...required] });
  }
}

/** A line total whose amounts always add up, because the others are derived from the net. */
const withoutSums = ({
  properties: { total_tax: _, total_gross: __, ...properties } = {},
  ...schema
}: Schema): Schema => ({
  ...schema,
  properties,
  required: ['total_net'],
});
