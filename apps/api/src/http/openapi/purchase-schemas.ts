import { PAYMENT_STATUSES } from '@app/purchase/payment-status';
import { FULFILMENT_STATUSES } from '@app/purchase/status';
import { SCHEMA_VERSIONS } from '@app/stored-events/codec';
import type { Schema } from '../../purchases/body/body-schema';
import { anything, type JsonSchema, money, object, refTo, text, time, uuid, whole } from './schema-parts';

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

/** A purchase in a response: the body of a PUT with the members that the service adds. */
function purchaseSchema({ PurchaseBody: body, PurchaseDates: dates }: Record<string, Schema>): JsonSchema {
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
const stored = (body: Schema | undefined, more: JsonSchema, required: readonly string[]): JsonSchema =>
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
  actor_label: {
    ...text,
    description:
      'The label that the credential of the actor has now, also when revoked; absent without a label or while it is not known. In timelines only: the feed and comparisons have none',
  },
  impersonator: text,
  request_id: text,
};

/** Schemas of responses about purchases. `requests` are the schemas of bodies. */
export function purchaseSchemas(requests: Record<string, Schema>): Record<string, JsonSchema> {
  const purchase = purchaseSchema(requests);
  const { packages: _packages, ...base } = purchase.properties as JsonSchema;
  return {
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
  };
}
