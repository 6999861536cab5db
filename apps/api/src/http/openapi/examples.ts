const gbp = (number: string): object => ({ number, currency: 'GBP' });
const lineTotal = { total_net: gbp('20.34'), total_tax: gbp('4.07'), total_gross: gbp('24.41') };
const lantern = {
  identifiers: { sku: '71053' },
  name_parent: 'WHITE METAL LANTERN',
  quantity: 6,
  line_total: lineTotal,
};
const address = { address_line1: '1 High Street', city: 'Leeds', postal_code: 'LS1 1AA', country_code: 'GB' };

const header = {
  type: 'order',
  purchase_identifiers: { internal: 'ERP-1', visible: '536365' },
  customer_identifiers: { sparklayer: 'cu_17850' },
  payment_method: 'on_account',
  dates: { placed_at: '2026-11-02T09:30:00.000Z' },
  currency_code: 'GBP',
  billing_address: address,
};
const base = {
  ...header,
  dates: { ...header.dates, calculated_submitted_at: '2026-11-02T09:31:07.120Z' },
  accounting_files: [],
  custom_fields: [],
  metadata: [],
  tax_lines: [],
  calculated_fulfilment_status: 'processing',
  calculated_payment_status: 'unpaid',
  calculated_totals: {
    items: gbp('20.34'),
    shipping: gbp('0.00'),
    tax: gbp('4.07'),
    discount: gbp('0.00'),
    ordered: gbp('24.41'),
    cancelled: gbp('0.00'),
    refunded: gbp('0.00'),
    payable: gbp('24.41'),
    paid: gbp('0.00'),
    outstanding: gbp('24.41'),
  },
  calculated_total: gbp('24.41'),
  calculated_total_usd: { number: '31.08', currency: 'USD' },
  calculated_shipping_address: '1 High Street, Leeds, LS1 1AA, GB',
  calculated_revision: 1,
};
const purchase = {
  ...base,
  packages: [
    {
      type: 'processing',
      identifiers: {},
      dates: {},
      line_items: [{ ...lantern, custom_attributes: [], tax_lines: [] }],
      shipping_address: address,
      shipments: [],
      accounting_files: [],
    },
  ],
};
const transaction = { platform_id: 'pay_1', total: gbp('20.00'), apply_to_balance: true, status: 'captured' };
const entry = { event_type: 'note', created_by: 'Ann of support', body: 'The customer asked to deliver before noon.' };
const event = {
  type: 'TypeConfirmed',
  words: 'The order was confirmed',
  before: { type: 'order_unconfirmed' },
  after: { type: 'order' },
};
const comparedEntry = {
  ...event,
  revision: 4,
  event_id: '6f1b7a52-58a5-4b43-9f0e-5a1f6a9d3a77',
  occurred_at: '2026-11-02T10:00:00.000Z',
  recorded_at: '2026-11-02T10:00:00.012Z',
  actor: '0b6f8d0a-3c1e-4b62-9a55-0f7c2f1f7a11',
  request_id: 'b2d6c4a0',
};
const credential = {
  client_id: '0b6f8d0a-3c1e-4b62-9a55-0f7c2f1f7a11',
  scopes: ['read', 'write'],
  label: 'ERP connector',
};
const part = { ready: true, since: '2026-11-02T09:00:00.000Z' };

/** One example for each schema that a route names. A specification validates them. */
export const EXAMPLES: Readonly<Record<string, unknown>> = {
  PurchaseBody: {
    ...header,
    packages: [{ type: 'processing', line_items: [lantern], shipping_address: address }],
  },
  TransactionBody: transaction,
  HistoryEntryBody: entry,
  TokenRequest: {
    grant_type: 'client_credentials',
    client_id: '0b6f8d0a-3c1e-4b62-9a55-0f7c2f1f7a11',
    client_secret: 'the secret that was shown once',
  },
  Token: { token_type: 'bearer', expires_in: 3600, access_token: 'eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl' },
  CredentialBody: { scopes: ['read', 'write'], label: 'ERP connector' },
  RotationBody: { grace_seconds: 3600 },
  UsdRatesBody: { rates: [{ day: '2026-11-02', currency: 'GBP', rate: '1.2734' }] },
  UsdRate: { day: '2026-11-02', currency: 'GBP', rate: '1.2734' },
  LoadedRates: { loaded: 1, changed: 1 },
  Credential: { ...credential, state: 'active', issued_at: '2026-11-02T09:00:00.000Z' },
  IssuedCredential: { ...credential, client_secret: 'shown once' },
  Purchase: purchase,
  PurchaseBase: base,
  Transaction: transaction,
  HistoryEntry: { ...entry, created_at: '2026-11-02T10:00:00.000Z' },
  Event: event,
  TimelineEntry: { ...comparedEntry, actor_label: credential.label },
  Comparison: {
    from: { revision: 3, recorded_at: '2026-11-02T09:31:07.120Z' },
    to: { revision: 4, recorded_at: '2026-11-02T10:00:00.012Z' },
    events: [comparedEntry],
    has_more_events: false,
    changes: [{ path: '/type', before: 'order_unconfirmed', after: 'order' }],
  },
  DryRun: { events: [event], purchase },
  Liveness: { status: 'ok' },
  Readiness: {
    status: 'ok',
    event_store: part,
    read_model: part,
    projector: { ...part, role: 'leading', leader: 'api-1', leads_since: part.since, lag_seconds: 0 },
  },
  Problem: {
    type: 'urn:purchasing:problem:invalid-body',
    title: 'The body is not valid',
    status: 400,
    detail: '1 wrong value',
    errors: [{ code: 'required', message: 'currency_code is missing', property: '/currency_code' }],
  },
};
