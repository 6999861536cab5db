export interface Setting {
  readonly name: string;
  /** Default: text. Elements of a list are separated by commas. */
  readonly type?: 'number' | 'list';
  /** Empty: the setting is optional. */
  readonly default: string;
  readonly meaning: string;
}

/** All settings. docs/configuration.md is tested against this list. */
export const SETTINGS = [
  { name: 'HOST', default: '127.0.0.1', meaning: 'address on which the API listens' },
  { name: 'PORT', type: 'number', default: '3000', meaning: 'port on which the API listens' },
  { name: 'DATA_DIR', default: './.data', meaning: 'folder of the embedded servers and of `demo.json`' },
  {
    name: 'EVENTSTORE_URL',
    default: '',
    meaning: 'connection string of an EventStoreDB or KurrentDB; unset: the embedded node starts',
  },
  { name: 'DATABASE_URL', default: '', meaning: 'connection string of a Postgres; unset: the embedded one starts' },
  {
    name: 'TOKEN_SECRET',
    type: 'list',
    default: '',
    meaning:
      'secret that signs access tokens, 32 characters or more; unset: a random one is generated at each start. Required when several API processes run. ' +
      '`new,old`: the first signs, both are accepted',
  },
  {
    name: 'PROJECTOR',
    default: 'inside',
    meaning: '`inside`: the API projects the read models itself; `none`: `npm run start:projector` does',
  },
  {
    name: 'DEMO_SITE',
    default: '',
    meaning:
      '`true` or `false`: whether to create a site `demo` whose credential, with every scope, is written to `DATA_DIR/demo.json`; unset: only when both stores are embedded and HOST is a loopback address',
  },
  {
    name: 'BODY_LIMIT',
    type: 'number',
    default: '1048576',
    meaning: 'maximum size of a request body in bytes, compressed and inflated',
  },
  {
    name: 'REQUEST_TIMEOUT',
    type: 'number',
    default: '30',
    meaning: 'seconds in which the headers of a request, and then its body, must arrive',
  },
  {
    name: 'LARGE_BODIES',
    type: 'number',
    default: '16777216',
    meaning:
      'memory in bytes for request bodies above 64 KiB, shared by the sites; when the share of a site is used up, its further bodies wait up to 10 s, then get 503',
  },
  {
    name: 'UNREAD_ANSWERS',
    type: 'number',
    default: '67108864',
    meaning:
      'memory in bytes for answers that wait for their clients to read them; above it, connections of the site that holds the most are closed',
  },
  {
    name: 'MAX_REQUESTS',
    type: 'number',
    default: '1000',
    meaning:
      'maximum number of concurrent requests, shared by the sites: one has at most as many as stay free, alone thus half of them; more get 503',
  },
  {
    name: 'TOKEN_RATE_PER_ADDRESS',
    type: 'number',
    default: '120',
    meaning: 'token calls per minute from one address (IPv6: one /64); 0: no limit',
  },
  {
    name: 'TOKEN_RATE_PER_CLIENT',
    type: 'number',
    default: '60',
    meaning: 'token calls per minute for one client id; 0: no limit',
  },
  {
    name: 'CREDENTIAL_RATE',
    type: 'number',
    default: '600000',
    meaning: 'calls per minute with one credential, counted by process; 0: no limit',
  },
  {
    name: 'TRUST_PROXY',
    type: 'list',
    default: '',
    meaning: 'addresses or networks of the proxies whose `X-Forwarded-For` is trusted, separated by commas',
  },
  {
    name: 'MAX_LAG_SECONDS',
    type: 'number',
    default: '30',
    meaning: 'lag of the read model in seconds above which `/health/ready` returns 503',
  },
  {
    name: 'METRICS_PORT',
    type: 'number',
    default: '',
    meaning:
      'port on HOST at which API and projector serve `GET /metrics` for Prometheus, without authentication: do not publish it. 0: any free port; unset: no metrics',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    default: '',
    meaning:
      'URL of an OpenTelemetry collector (OTLP over HTTP) that receives traces, for instance `http://collector:4318`; unset: no traces',
  },
  {
    name: 'OTEL_TRACES_SAMPLER_ARG',
    type: 'number',
    default: '1',
    meaning: 'share of requests that are traced, from 0 to 1',
  },
  {
    name: 'CACHE_BYTES',
    type: 'number',
    default: '33554432',
    meaning: 'memory for cached purchases in bytes; 0: no cache',
  },
  {
    name: 'LOG_LEVEL',
    default: 'log',
    meaning: 'minimum level of log lines: `error`, `warn`, `log` (one line per request) or `debug`',
  },
] as const satisfies readonly Setting[];
