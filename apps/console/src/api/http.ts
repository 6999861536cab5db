import { signal } from '@preact/signals';
import { closeSession, openSession, session } from './session';

/** One value that a request got wrong; `property` is a JSON pointer into the body or the name of a parameter. */
export interface ProblemError {
  code: string;
  message: string;
  property?: string;
}

/** An answer of the API that is not a success, as application/problem+json tells it. */
export class ApiProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly errors: readonly ProblemError[],
    readonly requestId: string | undefined,
  ) {
    super(detail || title);
    this.name = 'ApiProblem';
  }
}

/** The API did not answer. */
export class ConnectionLost extends Error {
  constructor() {
    super('The service does not answer.');
    this.name = 'ConnectionLost';
  }
}

/** False while the API does not answer; the banner of the shell shows it. */
export const isOnline = signal(true);

/** The token of the last write of this tab: reads that follow it wait for it. */
let consistencyToken: string | undefined;

export interface Answer<T> {
  body: T;
  etag: string | undefined;
  /** The path of the next page, from `Link: rel="next"`. */
  next: string | undefined;
  headers: Headers;
}

export interface Call {
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const text = await response.text();
  let told: { type?: string; title?: string; detail?: string; errors?: ProblemError[] } = {};
  try {
    told = JSON.parse(text) as typeof told;
  } catch {
    // An answer of something between the console and the API: the status is all there is to show.
  }
  return new ApiProblem(
    response.status,
    (told.type ?? '').split(/[/:#]/).at(-1) ?? '',
    told.title ?? `HTTP ${response.status}`,
    told.detail ?? '',
    told.errors ?? [],
    response.headers.get('x-request-id') ?? undefined,
  );
}

/** Sends a request with the headers of the session. @throws ConnectionLost, ApiProblem */
export async function send(path: string, { method = 'GET', body, headers, signal: abort }: Call): Promise<Response> {
  const current = session.value;
  const response = await fetch(path, {
    method,
    signal: abort ?? null,
    headers: {
      ...(current && { authorization: `Bearer ${current.token}`, 'site-id': current.site }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  }).catch((error: unknown) => {
    if (abort?.aborted) throw error;
    isOnline.value = false;
    throw new ConnectionLost();
  });
  isOnline.value = true;
  if (response.ok) return response;
  const problem = await problemOf(response);
  if (response.status === 401 && current !== undefined) closeSession();
  throw problem;
}

const nextOf = (headers: Headers): string | undefined =>
  /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers.get('link') ?? '')?.[1]?.replace(/^https?:\/\/[^/]+/, '');

/** Calls the API and reads the JSON of its answer. @throws ConnectionLost, ApiProblem */
export async function call<T>(path: string, options: Call = {}): Promise<Answer<T>> {
  const isRead = (options.method ?? 'GET') === 'GET';
  const waits = isRead && consistencyToken !== undefined;
  const response = await send(path, {
    ...options,
    headers: {
      ...(waits && { 'consistency-token': consistencyToken ?? '', prefer: 'wait=5' }),
      ...options.headers,
    },
  });
  const { headers } = response;
  if (!isRead) consistencyToken = headers.get('consistency-token') ?? consistencyToken;
  const text = response.status === 204 ? '' : await response.text();
  const body = (text === '' ? undefined : JSON.parse(text)) as T;
  return { body, etag: headers.get('etag') ?? undefined, next: nextOf(headers), headers };
}

interface TokenAnswer {
  access_token: string;
  expires_in: number;
}

async function askForToken(site: string, body: object): Promise<void> {
  const answer = await call<TokenAnswer>('/api/auth/token', { method: 'POST', headers: { 'site-id': site }, body });
  openSession(answer.body.access_token, answer.body.expires_in, site);
}

/** Signs in with a credential. @throws ConnectionLost, ApiProblem */
export const signIn = (site: string, clientId: string, clientSecret: string): Promise<void> =>
  askForToken(site, { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });

/** Signs in to the demo site with the one-time code of the start-up banner. @throws ConnectionLost, ApiProblem */
export const signInOnce = (site: string, code: string): Promise<void> =>
  askForToken(site, { grant_type: 'one_time_code', code });
