import type { components, operations } from './api-types';

export type { components, operations, paths } from './api-types';

export type OperationId = keyof operations;
type Operations = operations;
type Parameters<Id extends keyof Operations> = Operations[Id]['parameters'];
/** Headers of the caller, without those that the client itself sends. */
type OwnHeaders<T> = T extends object ? Omit<T, 'Site-Id'> : undefined;
type JsonOf<T> = T extends { content: { 'application/json': infer Body } } ? Body : undefined;
type Responses<Id extends keyof Operations> = Operations[Id]['responses'];
/** The JSON of the response to an operation. */
export type BodyOf<Id extends keyof Operations> = JsonOf<Responses<Id>[keyof Responses<Id> & (200 | 201 | 202 | 204)]>;

/** The parts of a call: path and query parameters, headers, and body. A string is sent unchanged. */
export interface CallOptions<Id extends keyof Operations> {
  path?: Parameters<Id>['path'];
  query?: Parameters<Id>['query'];
  headers?: Partial<OwnHeaders<Parameters<Id>['header']>>;
  body?: JsonOf<NonNullable<Operations[Id]['requestBody']>> | string;
  signal?: AbortSignal;
}

export interface Result<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

type ProblemBody = operations['getLiveness']['responses'][500]['content']['application/problem+json'];

/** A refusal, with the explanation of the service (RFC 9457). */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly problem: ProblemBody,
    readonly headers: Headers,
  ) {
    super(`${problem.title}: ${problem.detail}`);
  }

  /** For example `identifier-taken` or `stale-revision`. */
  get code(): string {
    return this.problem.type.replace(/^urn:purchasing:problem:/, '');
  }
}

export type BulkLine = components['schemas']['BulkLine'];
export type BulkResult = components['schemas']['BulkResult'];

/** Method and path of each operation. */
export const ROUTES = {
  createToken: ['POST', '/api/auth/token'],
  listCredentials: ['GET', '/api/v1/credentials'],
  issueCredential: ['POST', '/api/v1/credentials'],
  getCredential: ['GET', '/api/v1/credentials/{clientId}'],
  rotateCredential: ['POST', '/api/v1/credentials/{clientId}/rotation'],
  revokeCredential: ['DELETE', '/api/v1/credentials/{clientId}'],
  listPurchases: ['GET', '/api/v1/purchases'],
  getPurchase: ['GET', '/api/v1/purchases/{lookupBy}/{identifier}'],
  putPurchase: ['PUT', '/api/v1/purchases/{lookupBy}/{identifier}'],
  deletePurchase: ['DELETE', '/api/v1/purchases/{lookupBy}/{identifier}'],
  listTransactions: ['GET', '/api/v1/purchases/{lookupBy}/{identifier}/transactions'],
  putTransaction: ['PUT', '/api/v1/purchases/{lookupBy}/{identifier}/transactions'],
  listHistory: ['GET', '/api/v1/purchases/{lookupBy}/{identifier}/history'],
  addHistoryEntry: ['POST', '/api/v1/purchases/{lookupBy}/{identifier}/history'],
  comparePurchase: ['GET', '/api/v1/purchases/{lookupBy}/{identifier}/compare'],
  getTimeline: ['GET', '/api/v1/purchases/{lookupBy}/{identifier}/timeline'],
  getTimelineById: ['GET', '/api/v1/purchases/by-id/{purchaseId}/timeline'],
  getCustomerStats: ['GET', '/api/v1/purchases/stats'],
  getDailyFigures: ['GET', '/api/v1/figures'],
  readFeed: ['GET', '/api/v1/feed'],
  getSiteTimeline: ['GET', '/api/v1/timeline'],
  putPurchases: ['POST', '/api/v1/purchases/bulk'],
  listProjections: ['GET', '/api/v1/projections'],
  listQuarantine: ['GET', '/api/v1/projections/{name}/quarantine'],
  retryQuarantine: ['POST', '/api/v1/projections/{name}/quarantine/retry'],
  replayQuarantine: ['POST', '/api/v1/projections/{name}/quarantine/replay'],
  retryQuarantinedPurchase: ['POST', '/api/v1/projections/{name}/quarantine/{purchase}/retry'],
  replayQuarantinedPurchase: ['POST', '/api/v1/projections/{name}/quarantine/{purchase}/replay'],
  startRebuild: ['POST', '/api/v1/projections/{name}/rebuilds'],
  getRebuild: ['GET', '/api/v1/projections/{name}/rebuilds/{id}'],
  cancelRebuild: ['DELETE', '/api/v1/projections/{name}/rebuilds/{id}'],
  listUsdRates: ['GET', '/api/v1/usd-rates'],
  loadUsdRates: ['PUT', '/api/v1/usd-rates'],
  startVerification: ['POST', '/api/v1/projections/{name}/verifications'],
  getVerification: ['GET', '/api/v1/projections/{name}/verifications/{id}'],
  cancelVerification: ['DELETE', '/api/v1/projections/{name}/verifications/{id}'],
  getLiveness: ['GET', '/health/live'],
  getReadiness: ['GET', '/health/ready'],
} as const satisfies Record<keyof Operations, readonly [method: string, path: string]>;

/** A proxy in front of the service may respond with something other than a problem. */
async function problemOf(response: Response): Promise<ApiProblem> {
  const { status, statusText, headers } = response;
  const text = await response.text();
  const unknown = { type: 'about:blank', title: `HTTP ${status}`, status, detail: statusText, errors: [] };
  try {
    const body = JSON.parse(text) as ProblemBody;
    if (typeof body.title === 'string') return new ApiProblem(status, { ...unknown, ...body }, headers);
  } catch {
    // Not JSON: only the status is known.
  }
  return new ApiProblem(status, unknown, headers);
}

/**
 * One value of a path. A URL cannot name these: it would be the URL of another operation, which would be called instead.
 * @throws ApiProblem invalid-parameter, as the service refuses such identifiers
 */
function segmentOf(property: string, value: string | undefined): string {
  if (value !== undefined && !['', '.', '..'].includes(value)) return encodeURIComponent(value);
  const message = value ? 'is a dot segment, which no URL can name' : 'is empty';
  const [type, title] = ['urn:purchasing:problem:invalid-parameter', 'A parameter is not valid'];
  const errors = [{ code: 'invalid-parameter', message, property }];
  throw new ApiProblem(400, { type, title, status: 400, detail: `${property} ${message}`, errors }, new Headers());
}

/**
 * Sends a request and returns the response without reading its body.
 * @throws ApiProblem for a refusal; TypeError when the service cannot be reached
 */
export async function sendOperation<Id extends keyof Operations>(
  url: string,
  id: Id,
  { path, query, headers, body, signal }: CallOptions<Id>,
  ownHeaders: Record<string, string>,
): Promise<Response> {
  const [method, template] = ROUTES[id];
  const values = (path ?? {}) as Record<string, string>;
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => segmentOf(name, values[name]));
  const given = Object.entries((query ?? {}) as Record<string, string | number>).filter(
    ([, value]) => value !== undefined,
  );
  const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  const response = await fetch(`${url}${filled}${search === '' ? '' : `?${search}`}`, {
    method,
    headers: {
      ...ownHeaders,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(headers as Record<string, string> | undefined),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    ...(signal !== undefined && { signal }),
  });
  if (!response.ok && response.status !== 304) throw await problemOf(response);
  return response;
}

/** Sends a request and reads the response. The body is undefined for 204 and 304. @throws the errors of sendOperation */
export async function callOperation<Id extends keyof Operations>(
  url: string,
  id: Id,
  options: CallOptions<Id>,
  ownHeaders: Record<string, string>,
): Promise<Result<BodyOf<Id>>> {
  const response = await sendOperation(url, id, options, ownHeaders);
  const text = await response.text();
  const body = (text === '' ? undefined : JSON.parse(text)) as BodyOf<Id>;
  return { status: response.status, headers: response.headers, body };
}

export interface Credentials {
  site: string;
  clientId: string;
  clientSecret: string;
}

/** Refusals of a token that another one can mend. */
const RENEWABLE: ReadonlySet<string> = new Set(['invalid-token', 'expired-token']);
/** Maximum time for a token request, which several calls can wait for. */
const TOKEN_TIMEOUT_MS = 30_000;

interface AccessToken {
  value: Promise<string>;
  /** Milliseconds since 1970; Infinity while it is requested. */
  expiresAt: number;
}

/** Waits for what other calls wait for too, until the signal of one call ends its wait. */
async function unlessAborted<T>(shared: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return shared;
  signal.throwIfAborted();
  let end = (): void => {};
  const aborted = new Promise<never>((_, reject) => (end = () => reject(signal.reason as Error)));
  signal.addEventListener('abort', end);
  return Promise.race([shared, aborted]).finally(() => signal.removeEventListener('abort', end));
}

/**
 * A client of the API with calls typed by its OpenAPI document. It requests and renews tokens itself: also when the service refuses one before it
 * expires, because its credential was rotated or the service was restarted with another secret.
 */
export class PurchasingClient {
  private token?: AccessToken;

  constructor(
    private readonly url: string,
    private readonly credentials: Credentials,
  ) {}

  /** @throws ApiProblem for a refusal; TypeError when the service cannot be reached; the reason of `signal` */
  async call<Id extends keyof Operations>(id: Id, options: CallOptions<Id> = {}): Promise<Result<BodyOf<Id>>> {
    if (id === 'createToken') return this.send(id, options, {});
    const token = this.accessToken();
    try {
      return await this.callWith(token, id, options);
    } catch (error) {
      if (!(error instanceof ApiProblem && RENEWABLE.has(error.code))) throw error;
      this.discard(token);
      return this.callWith(this.accessToken(), id, options);
    }
  }

  private async callWith<Id extends keyof Operations>(
    token: AccessToken,
    id: Id,
    options: CallOptions<Id>,
  ): Promise<Result<BodyOf<Id>>> {
    const authorization = `Bearer ${await unlessAborted(token.value, options.signal)}`;
    return this.send(id, options, { authorization });
  }

  /** The pages of a list, in order, following `Link: rel="next"`. @throws the errors of `call` */
  async *pages<Id extends keyof Operations>(id: Id, options: CallOptions<Id> = {}): AsyncGenerator<BodyOf<Id>> {
    for (let query: unknown = options.query; ;) {
      const { body, headers } = await this.call(id, { ...options, query: query as CallOptions<Id>['query'] });
      yield body;
      const [, next] = /<[^>]*\?([^>]*)>;\s*rel="next"/.exec(headers.get('link') ?? '') ?? [];
      if (next === undefined) return;
      query = Object.fromEntries(new URLSearchParams(next));
    }
  }

  /**
   * Creates or replaces many purchases: sends the lines as they become available and yields a result for each, in order.
   * @throws ApiProblem for a refusal of the whole call; TypeError when the connection fails
   */
  async *putMany(lines: AsyncIterable<BulkLine> | Iterable<BulkLine>): AsyncGenerator<BulkResult> {
    const [method, path] = ROUTES.putPurchases;
    const iterator = Symbol.asyncIterator in lines ? lines[Symbol.asyncIterator]() : lines[Symbol.iterator]();
    const ending = new AbortController();
    try {
      const response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          'site-id': this.credentials.site,
          authorization: `Bearer ${await this.accessToken().value}`,
          'content-type': 'application/x-ndjson',
        },
        body: ndjson(iterator),
        duplex: 'half',
        signal: ending.signal,
        // With other values, `fetch` keeps a copy of the whole body in memory so that it can follow a redirect.
        redirect: 'error',
        window: null,
      } as RequestInit);
      if (!response.ok || response.body === null) throw await problemOf(response);
      let rest = '';
      const decoder = new TextDecoder();
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
        const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
        rest = parts.pop() ?? '';
        for (const line of parts) yield JSON.parse(line) as BulkResult;
      }
      if (rest !== '') throw new TypeError('the response ended within a line');
    } finally {
      // The caller or the service stopped: no more lines are read and sent. `fetch` does not end the lines of a call that was answered.
      ending.abort();
      void Promise.resolve(iterator.return?.()).catch(() => {});
    }
  }

  /** The token of all calls; one request for several calls. */
  private accessToken(): AccessToken {
    if (this.token === undefined || this.token.expiresAt < Date.now()) this.token = this.requestToken();
    return this.token;
  }

  private requestToken(): AccessToken {
    const { clientId: client_id, clientSecret: client_secret } = this.credentials;
    const body = { grant_type: 'client_credentials' as const, client_id, client_secret };
    const options = { body, signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS) };
    const value = this.send('createToken', options, {}).then(({ body: { access_token, expires_in } }) => {
      token.expiresAt = Date.now() + expires_in * 900;
      return access_token;
    });
    const token: AccessToken = { value, expiresAt: Infinity };
    value.catch(() => this.discard(token));
    return token;
  }

  private discard(token: AccessToken): void {
    if (this.token === token) this.token = undefined;
  }

  private send<Id extends keyof Operations>(
    id: Id,
    options: CallOptions<Id>,
    authorization: Record<string, string>,
  ): Promise<Result<BodyOf<Id>>> {
    return callOperation(this.url, id, options, { 'site-id': this.credentials.site, ...authorization });
  }
}

/** Streams lines as NDJSON, at the speed at which the service reads them. */
function ndjson(iterator: AsyncIterator<BulkLine> | Iterator<BulkLine>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await iterator.next();
      if (next.done === true) controller.close();
      else controller.enqueue(encoder.encode(`${JSON.stringify(next.value)}\n`));
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
