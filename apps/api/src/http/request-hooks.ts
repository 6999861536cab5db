import { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AuthenticatedRequest, authenticate } from '../auth/authenticate';
import type { Settings } from '@app/settings/settings';
import type { Sites } from '@app/sites/sites';
import type { Tokens } from '../auth/tokens';
import { answerUnknownPage } from './console';
import type { Log } from './log';
import { Problem, retryAfter } from './problems/problem';
import type { RateLimits } from './rate-limits';
import type { Routes } from './routes';
import { FairShare } from './fair-share';
import { standardHeaders } from './standard-headers';
import { turnOfConnection } from './turn-of-connection';
import { UnsentAnswers } from './unsent-answers';

/** Limits of all requests together. */
export type RequestLimits = Pick<Settings, 'maxRequestsInFlight' | 'unreadAnswers'>;

export interface RequestHookParts {
  log: Log;
  routes: Routes;
  rateLimits: RateLimits;
  tokens: Tokens;
  sites: Sites;
  limits: RequestLimits;
  /** The document of the console; undefined: the console was not built. */
  document: Buffer | undefined;
}

/** Time for which the rest of a body is read and discarded after the response. Closing the connection at once could lose the response. */
const LINGER_MS = 2_000;
const UNREAD_CHECK_MS = 250;

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

/** Answers a request that matches no route. @throws Problem not-found, method-not-allowed */
function answerUnrouted(
  request: FastifyRequest,
  reply: FastifyReply,
  { routes, document }: Pick<RequestHookParts, 'routes' | 'document'>,
): FastifyReply {
  const { method, url } = request;
  const methods = routes.methodsOf(pathOf(url));
  if (methods.length === 0) {
    const answered = document && answerUnknownPage(request, reply, document);
    if (answered !== undefined) return answered;
    throw new Problem('not-found', 'no route matches this path');
  }
  const headers = { allow: methods.join(', ') };
  if (method === 'OPTIONS') return reply.status(204).headers(headers).send();
  throw new Problem('method-not-allowed', `this path supports ${headers.allow}`, { headers });
}

/** @throws Problem invalid-request, expectation-failed (RFC 9112, 3.2; RFC 9110, 10.1.1) */
function checkHead({ raw: { headers, httpVersion } }: FastifyRequest): void {
  if (headers.host === undefined && httpVersion === '1.1')
    throw new Problem('invalid-request', 'the Host header is missing');
  if (headers.expect !== undefined && headers.expect.toLowerCase() !== '100-continue')
    throw new Problem('expectation-failed', 'Expect can be 100-continue only');
}

/** Limits the number of concurrent requests and the memory of their answers. The sites share both. */
class Admission {
  private readonly share: FairShare;
  private readonly answers: UnsentAnswers;

  constructor(
    { maxRequestsInFlight, unreadAnswers }: RequestLimits,
    private readonly log: Log,
  ) {
    this.share = new FairShare(maxRequestsInFlight);
    this.answers = new UnsentAnswers(unreadAnswers);
  }

  /** @throws Problem overloaded */
  enter({ raw: answer }: FastifyReply, site: string): void {
    // The client left while its token was checked: no event follows that would release what is taken now.
    if (answer.destroyed) return;
    const release = this.share.take(site, 1);
    if (release === undefined) throw new Problem('overloaded', 'too many concurrent requests', retryAfter(1));
    if (answer.socket !== null) this.answers.watch(answer.socket, site);
    answer.once('close', release);
  }

  /** Closes connections whose clients leave too many bytes of answers unread. */
  closeUnread(): void {
    for (const { site, connections, bytes } of this.answers.close())
      this.log.warn({ site, connections, bytes }, 'closed connections: their clients do not read the answers');
  }
}

/** Checks a request before its body is read, cheapest check first. */
function addAdmission(
  fastify: FastifyInstance,
  { log, routes, rateLimits, tokens, sites, limits, document }: RequestHookParts,
): void {
  const admission = new Admission(limits, log);
  const timer = setInterval(() => admission.closeUnread(), UNREAD_CHECK_MS).unref();
  fastify.addHook('onClose', async () => clearInterval(timer));
  fastify.addHook('onRequest', async (request, reply) => {
    // An answer without a socket waits for the answers before it.
    if (reply.raw.socket === null) await turnOfConnection(request.raw, reply.raw);
    void reply.headers(standardHeaders(request.id));
    checkHead(request);
    if (request.is404) return answerUnrouted(request, reply, { routes, document });
    const { access, isTokenCall } = request.routeOptions.config;
    if (isTokenCall === true) await rateLimits.tokenByAddress(request, reply);
    if (access === undefined || access === 'public') return undefined;
    const caller = await authenticate(request, access, { tokens, sites });
    (request as AuthenticatedRequest).caller = caller;
    admission.enter(reply, caller.site);
    await rateLimits.byCredential(request, reply);
  });
  fastify.addHook('preHandler', async (request, reply) => {
    if (request.routeOptions.config.isTokenCall === true) await rateLimits.tokenByClient(request, reply);
  });
}

/** Closes connections at shutdown, and after a response that was sent before the whole body had arrived. */
function addConnectionHooks(fastify: FastifyInstance): void {
  let isClosing = false;
  fastify.addHook('preClose', async () => {
    isClosing = true;
  });
  fastify.addHook('onSend', async (_request, reply) => {
    if (isClosing) void reply.header('connection', 'close');
  });
  fastify.addHook('onResponse', async ({ raw }) => {
    const { complete, socket } = raw;
    if (complete || !(socket instanceof Socket)) return;
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    raw.once('close', () => clearTimeout(timer));
  });
}

/** Logs one line per request. It has no URL, address or body, which may contain personal data. */
function addAccessLog(fastify: FastifyInstance, log: Log): void {
  if (!log.isLevelEnabled('info')) return;
  fastify.addHook('onResponse', async (request, reply) => {
    const { caller } = request as Partial<AuthenticatedRequest>;
    log.info(
      {
        method: request.method,
        route: request.routeOptions.url,
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        site: caller?.site,
        client: caller?.clientId,
        request_id: request.id,
      },
      'request',
    );
  });
}

/** Adds the hooks that run for every request. */
export function addRequestHooks(fastify: FastifyInstance, parts: RequestHookParts): void {
  addAdmission(fastify, parts);
  addConnectionHooks(fastify);
  addAccessLog(fastify, parts.log);
}
