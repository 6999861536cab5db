import { signal } from '@preact/signals';
import {
  ApiProblem,
  type BodyOf,
  callOperation,
  type CallOptions,
  type OperationId,
  ROUTES,
  sendOperation,
} from '@app/client/client';
import { expireSession, openSession, session } from './session';

export { ApiProblem };

/** The API did not answer. */
export class ConnectionLost extends Error {
  constructor() {
    super('The service does not answer.');
    this.name = 'ConnectionLost';
  }
}

/** False while the API does not answer; the banner of the shell shows it. */
export const isOnline = signal(true);

/** The token of the last write of this tab. Reads that follow send it, so that they show the write. */
let consistencyToken: string | undefined;

export interface Answer<T> {
  status: number;
  body: T;
  headers: Headers;
}

function ownHeaders(id: OperationId): Record<string, string> {
  const current = session.value;
  const waits = ROUTES[id][0] === 'GET' && consistencyToken !== undefined && current !== undefined;
  return {
    ...(current && { authorization: `Bearer ${current.token}`, 'site-id': current.site }),
    ...(waits && { 'consistency-token': consistencyToken ?? '', prefer: 'wait=5' }),
  };
}

/** Runs a request and keeps the state of connection and session. @throws ConnectionLost, ApiProblem */
async function watched<T>(request: () => Promise<T>, abort: AbortSignal | undefined): Promise<T> {
  const token = session.value?.token;
  try {
    const answer = await request();
    isOnline.value = true;
    return answer;
  } catch (error) {
    if (abort?.aborted) throw error;
    if (error instanceof ApiProblem) {
      isOnline.value = true;
      if (error.status === 401 && token !== undefined && token === session.value?.token) expireSession();
      throw error;
    }
    isOnline.value = false;
    throw new ConnectionLost();
  }
}

/** Calls an operation of the API in the session of this tab. @throws ConnectionLost, ApiProblem */
export async function call<Id extends OperationId>(id: Id, options: CallOptions<Id> = {}): Promise<Answer<BodyOf<Id>>> {
  const answer = await watched(() => callOperation('', id, options, ownHeaders(id)), options.signal);
  consistencyToken = answer.headers.get('consistency-token') ?? consistencyToken;
  return answer;
}

/** Opens the feed of the site as a stream of server-sent events. @throws ConnectionLost, ApiProblem */
export const openFeed = (after: number, abort: AbortSignal): Promise<Response> =>
  watched(
    () =>
      sendOperation(
        '',
        'readFeed',
        { query: { after }, signal: abort },
        { ...ownHeaders('readFeed'), accept: 'text/event-stream' },
      ),
    abort,
  );

/** A parameter of the next page, from `Link: rel="next"`; undefined at the last page. */
export function nextPage({ headers }: Answer<unknown>, parameter: string): string | undefined {
  const link = /<([^>]*)>\s*;\s*rel="?next"?/.exec(headers.get('link') ?? '')?.[1];
  if (link === undefined) return undefined;
  return new URL(link, location.origin).searchParams.get(parameter) ?? undefined;
}

async function askForToken(site: string, body: NonNullable<CallOptions<'createToken'>['body']>): Promise<void> {
  const request = (): ReturnType<typeof callOperation<'createToken'>> =>
    callOperation('', 'createToken', { body }, { 'site-id': site });
  const answer = await watched(request, undefined);
  consistencyToken = undefined;
  openSession(answer.body.access_token, answer.body.expires_in, site);
}

/** Signs in with a credential. @throws ConnectionLost, ApiProblem */
export const signIn = (site: string, clientId: string, clientSecret: string): Promise<void> =>
  askForToken(site, { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret });

/** Signs in to the demo site with the one-time code of the start-up banner. @throws ConnectionLost, ApiProblem */
export const signInOnce = (site: string, code: string): Promise<void> =>
  askForToken(site, { grant_type: 'one_time_code', code });
