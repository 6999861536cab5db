import { PAYMENT_STATUSES } from '@app/purchase/payment-status';
import { FULFILMENT_STATUSES } from '@app/purchase/status';
import { SCOPES } from '@app/sites/sites';
import { SCHEMA_VERSIONS } from '@app/stored-events/codec';
import { bodySchemas, type Schema } from '../../purchases/body/body-schema';
import { NEW_CREDENTIAL, ROTATION } from '../../credentials/credential-body';
import { EXAMPLES } from './examples';

/** DTO classes that are published under a name ending in `Body`. */
const BODIES: Readonly<Record<string, string>> = {
  PurchaseDto: 'PurchaseBody',
  TransactionDto: 'TransactionBody',
  HistoryEntryDto: 'HistoryEntryBody',
  UsdRatesDto: 'UsdRatesBody',
};

const NAMES = [
  'PurchaseBody',
  'TransactionBody',
  'HistoryEntryBody',
  'TokenRequest',
  'Token',
  'CredentialBody',
  'RotationBody',
  'UsdRatesBody',
  'UsdRate',
  'LoadedRates',
  'Credential',
  'IssuedCredential',
  'Purchase',
  'PurchaseBase',
  'Transaction',
  'HistoryEntry',
  'Event',
  'TimelineEntry',
  'FeedEntry',
  'DryRun',
  'Comparison',
  'CustomerStats',
  'DailyFigures',
  'BulkLine',
  'BulkResult',
  'Projection',
  'Quarantine',
  'Released',
  'Rebuild',
  'Verification',
  'Liveness',
  'Readiness',
  'Problem',
] as const;

export type SchemaName = (typeof NAMES)[number];
type AnySchema = Record<string, unknown>;

export const refTo = (name: string): { $ref: string } => ({ $ref: `#/components/schemas/${name}` });

const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };
const uuid = { type: 'string', format: 'uuid' };
const whole = { type: 'integer', minimum: 0 };
const money = refTo('Money');
const anything = { type: 'object', additionalProperties: true };

const object = (properties: AnySchema, required: readonly string[] = Object.keys(properties)): AnySchema => ({
  type: 'object',
  properties,
  required: [...required].sort(),
  additionalProperties: false,
});

const TOTALS = [
  'items',
  'shipping',
  'tax',
  'discount',
  'ordered',
  'cancelled',
  'refunded',
  'payable',
  'paid',
  'outstanding',
];

const CALCULATED = {
  calculated_fulfilment_status: { type: 'string', enum: FULFILMENT_STATUSES },
  calculated_payment_status: { type: 'string', enum: PAYMENT_STATUSES },
  calculated_totals: object(Object.fromEntries(TOTALS.map((name) => [name, money]))),
  calculated_total: money,
  calculated_total_usd: { oneOf: [money, { type: 'null' }] },
  calculated_revision: whole,
};
const SOMETIMES_CALCULATED = {
  calculated_shipping_address: text,
  calculated_follows: { ...uuid, description: 'The deleted purchase that had the identifier before' },
};

const published = (name: string): string => BODIES[name] ?? name.replace(/Dto$/, '');

/** The DTOs under the names that clients see. */
function requestSchemas(): Record<string, Schema> {
  const renamed = JSON.stringify(bodySchemas()).replace(
    /"#\/components\/schemas\/(\w+)"/g,
    (_, name: string) => `"#/components/schemas/${published(name)}"`,
  );
  const schemas = Object.entries(JSON.parse(renamed) as Record<string, Schema>);
  return Object.fromEntries(schemas.map(([name, schema]) => [published(name), schema]));
}

/** A purchase in a response: the body of a PUT with the members that the service adds. */
function purchaseSchema({ PurchaseBody: body, PurchaseDates: dates }: Record<string, Schema>): AnySchema {
  const properties = {
    ...body?.properties,
    dates: object({ ...dates?.properties, calculated_submitted_at: time }, []),
    ...CALCULATED,
    ...SOMETIMES_CALCULATED,
  };
  return object(properties, [
    'type',
    'currency_code',
    'packages',
    'purchase_identifiers',
    'dates',
    ...Object.keys(CALCULATED),
  ]);
}

/** A stored transaction or history entry in a response: its body with the members that the service adds. */
const stored = (body: Schema | undefined, more: AnySchema, required: readonly string[]): AnySchema =>
  object({ ...body?.properties, ...more }, [...(body?.required ?? []), ...required]);

const EVENT = { type: { type: 'string', enum: Object.keys(SCHEMA_VERSIONS) }, words: text };
const SIDES = { before: anything, after: anything };
const ENTRY = {
  ...EVENT,
  ...SIDES,
  revision: whole,
  event_id: uuid,
  occurred_at: time,
  recorded_at: time,
  actor: text,
  impersonator: text,
  request_id: text,
};
const amount = { type: 'number', minimum: 0 };
const scopes = { type: 'array', items: { type: 'string', enum: SCOPES } };
const PART = { ready: { type: 'boolean' }, since: time };

function answerSchemas(requests: Record<string, Schema>): Record<string, AnySchema> {
  const purchase = purchaseSchema(requests);
  const { packages: _packages, ...base } = purchase.properties as AnySchema;
  const part = object({ ...PART, error: text }, Object.keys(PART));
  return {
    TokenRequest: {
      oneOf: [
        object({ grant_type: { type: 'string', const: 'client_credentials' }, client_id: text, client_secret: text }),
        object({ grant_type: { type: 'string', const: 'one_time_code' }, code: text }),
      ],
    },
    CredentialBody: { ...NEW_CREDENTIAL },
    RotationBody: { ...ROTATION },
    Credential: object(
      {
        client_id: uuid,
        state: { type: 'string', enum: ['active', 'expired', 'revoked'] },
        scopes,
        label: text,
        issued_at: time,
        expires_at: time,
        revoked_at: time,
        previous_secret_until: time,
        last_used_on: { type: 'string', format: 'date' },
      },
      ['client_id', 'state', 'scopes', 'issued_at'],
    ),
    IssuedCredential: object({ client_id: uuid, client_secret: text, scopes, label: text, expires_at: time }, [
      'client_id',
      'client_secret',
      'scopes',
    ]),
    LoadedRates: object({
      loaded: { ...whole, description: 'Rates of the body' },
      changed: { ...whole, description: 'Rates that were new or differed from the stored ones' },
    }),
    Token: object({
      token_type: { type: 'string', enum: ['bearer'] },
      expires_in: { ...whole, description: 'Seconds' },
      access_token: text,
    }),
    Purchase: purchase,
    PurchaseBase: object(
      base,
      (purchase.required as string[]).filter((name) => name !== 'packages'),
    ),
    Transaction: stored(requests.TransactionBody, {}, ['apply_to_balance']),
    HistoryEntry: stored(requests.HistoryEntryBody, { created_at: time }, ['created_at']),
    Event: object({ ...EVENT, ...SIDES }, Object.keys(EVENT)),
    TimelineEntry: object(ENTRY, [
      ...Object.keys(EVENT),
      'revision',
      'event_id',
      'occurred_at',
      'recorded_at',
      'actor',
      'request_id',
    ]),
    FeedEntry: object(
      {
        ...ENTRY,
        sequence: whole,
        purchase_id: uuid,
        quarantined: {
          type: 'boolean',
          description: 'True: the read model refused the event; other members are absent',
        },
      },
      ['sequence', 'purchase_id', 'revision'],
    ),
    DryRun: object({ events: { type: 'array', items: refTo('Event') }, purchase: refTo('Purchase') }),
    RevisionAt: object({ revision: whole, recorded_at: time }),
    ValueChange: object(
      {
        path: { ...text, description: 'A JSON pointer that names packages and lines by their identifiers' },
        before: {},
        after: {},
      },
      ['path'],
    ),
    Comparison: object({
      from: { oneOf: [refTo('RevisionAt'), { type: 'null' }], description: '`null`: before the purchase was created' },
      to: refTo('RevisionAt'),
      events: { type: 'array', items: refTo('TimelineEntry') },
      has_more_events: { type: 'boolean', description: 'True: `events` is truncated; the timeline has all of them' },
      changes: { type: 'array', items: refTo('ValueChange') },
    }),
    StatsOrder: object({
      placed_at: { type: ['string', 'null'], format: 'date-time' },
      purchase_identifiers: refTo('PurchaseIdentifiers'),
    }),
    CustomerStats: object({
      orders: whole,
      totals: { type: 'array', items: object({ orders: whole, total: money }) },
      first_order: { oneOf: [refTo('StatsOrder'), { type: 'null' }] },
      last_order: { oneOf: [refTo('StatsOrder'), { type: 'null' }] },
    }),
    DailyFigures: object({
      day: { type: 'string', format: 'date' },
      currency: text,
      ...Object.fromEntries(
        ['ordered', 'shipped', 'refunded', 'cancelled'].map((measure) => [
          measure,
          object({ count: whole, total: money }),
        ]),
      ),
    }),
    BulkLine: object({ lookupBy: text, identifier: text, purchase: refTo('PurchaseBody') }),
    BulkResult: object(
      {
        line: whole,
        status: whole,
        purchase_id: uuid,
        etag: text,
        changed: { type: 'boolean' },
        consistency_token: text,
        problem: refTo('Problem'),
      },
      ['status'],
    ),
    Projection: object(
      {
        name: text,
        version: whole,
        position: object({ commit: text, prepare: text }),
        end_position: object({ commit: text, prepare: text }),
        lag_events: { ...whole, description: 'Exact up to 100 events, else estimated from the positions' },
        lag_seconds: amount,
        events_per_second: { ...amount, description: 'As last reported by the leader, at most 3 s ago' },
        quarantined: whole,
        leader: object({ name: text, host: text, pid: whole, since: time }, ['name', 'since']),
      },
      ['name', 'version', 'lag_events', 'lag_seconds', 'quarantined'],
    ),
    QuarantinedPurchase: object({
      purchase_id: uuid,
      revision: whole,
      event_id: uuid,
      type: text,
      error: text,
      attempts: whole,
      first_at: time,
      last_at: time,
    }),
    Quarantine: object({ purchases: { type: 'array', items: refTo('QuarantinedPurchase') }, next: text }, [
      'purchases',
    ]),
    Released: object({
      released: { type: 'array', items: uuid },
      refused_again: { type: 'array', items: object({ purchase_id: uuid, type: text, error: text }) },
    }),
    Rebuild: object(
      {
        id: text,
        projection: text,
        state: text,
        events: whole,
        share: amount,
        events_per_second: amount,
        eta_seconds: amount,
        error: text,
        started_at: time,
        finished_at: time,
      },
      ['id', 'projection', 'state', 'events', 'share', 'started_at'],
    ),
    Verification: object(
      {
        id: text,
        projection: text,
        state: { type: 'string', enum: ['running', 'succeeded', 'cancelled', 'failed', 'interrupted'] },
        verified: { ...whole, description: 'Purchases compared so far' },
        total: { ...whole, description: 'Purchases to compare; 0 until they are selected' },
        share: amount,
        quarantined: { ...whole, description: 'Quarantined purchases, compared up to the event that was refused' },
        differences: { ...whole, description: 'Rows that differ' },
        found: {
          type: 'array',
          maxItems: 100,
          description: 'The first 100 of the rows that differ',
          items: object(
            {
              purchase_id: uuid,
              table: { type: 'string', enum: ['purchases', 'timeline'] },
              kind: { type: 'string', enum: ['changed', 'missing', 'surplus'] },
              revision: whole,
              parts_after: object({ revision: whole, type: text }),
              columns: anything,
            },
            ['purchase_id', 'table', 'kind', 'revision', 'columns'],
          ),
        },
        error: text,
        started_at: time,
        finished_at: time,
      },
      ['id', 'projection', 'state', 'verified', 'total', 'share', 'quarantined', 'differences', 'found', 'started_at'],
    ),
    Liveness: object({ status: { type: 'string', enum: ['ok'] } }),
    Readiness: object({
      status: { type: 'string', enum: ['ok', 'not ready'] },
      event_store: part,
      read_model: part,
      projector: object(
        {
          ...PART,
          error: text,
          role: text,
          leader: text,
          leads_since: time,
          lag_seconds: { type: 'number', minimum: 0 },
        },
        [...Object.keys(PART), 'role'],
      ),
    }),
    Problem: {
      type: 'object',
      description: 'RFC 9457. Some problems have extension members.',
      properties: {
        type: { type: 'string', pattern: '^urn:purchasing:problem:[a-z-]+$' },
        title: text,
        status: { type: 'integer', minimum: 400, maximum: 599 },
        detail: text,
        errors: {
          type: 'array',
          maxItems: 101,
          items: object({ code: text, message: text, property: text }, ['code', 'message']),
        },
      },
      required: ['type', 'title', 'status', 'detail', 'errors'],
    },
  };
}

const REF = /"#\/components\/schemas\/(\w+)"/g;

/** Every schema of the document: those that a route names and those they refer to. */
export function componentSchemas(): Record<string, object> {
  const requests = requestSchemas();
  const all: Record<string, object> = { ...requests, ...answerSchemas(requests) };
  const reached = new Set<string>(NAMES);
  for (const name of reached) for (const [, found = ''] of JSON.stringify(all[name]).matchAll(REF)) reached.add(found);
  return Object.fromEntries(
    [...reached].sort().map((name) => {
      const example = EXAMPLES[name as SchemaName];
      return [name, { ...all[name], ...(example !== undefined && { examples: [example] }) }];
    }),
  );
}
