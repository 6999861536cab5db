import { SCOPES } from '@app/sites/sites';
import { NEW_CREDENTIAL, ROTATION } from '../../credentials/credential-body';
import { amount, anything, type JsonSchema, object, refTo, text, time, uuid, whole } from './schema-parts';

const scopes = { type: 'array', items: { type: 'string', enum: SCOPES } };
const PART = { ready: { type: 'boolean' }, since: time };
const part = object({ ...PART, error: text }, Object.keys(PART));

/** Schemas of the bodies and responses of operations, credentials, rates and health, and of problems. */
export const SERVICE_SCHEMAS: Record<string, JsonSchema> = {
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
  Projection: object(
    {
      name: text,
      version: whole,
      includes: {
        type: 'array',
        items: object({ name: text, version: whole, tables: { type: 'array', items: text } }),
        description: 'The projections that share this position; each name is accepted in paths',
      },
      position: object({ commit: text, prepare: text }),
      end_position: object({ commit: text, prepare: text }),
      lag_events: { ...whole, description: 'Exact up to 100 events, else estimated from the positions' },
      lag_seconds: amount,
      events_per_second: { ...amount, description: 'As last reported by the leader, at most 3 s ago' },
      quarantined: whole,
      leader: object({ name: text, host: text, pid: whole, since: time }, ['name', 'since']),
    },
    ['name', 'version', 'includes', 'lag_events', 'lag_seconds', 'quarantined'],
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
  Quarantine: object({ purchases: { type: 'array', items: refTo('QuarantinedPurchase') }, next: text }, ['purchases']),
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
            purchase_id: { ...text, description: 'A UUID, or the name of a stream that is no purchase' },
            table: {
              type: 'string',
              enum: ['purchases', 'timeline', 'customer_orders', 'daily_figures', 'feed', 'quarantine'],
            },
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
