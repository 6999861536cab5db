import { Socket } from 'node:net';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type AuthenticatedRequest, authenticate } from '../auth/authenticate';
import type { Sites } from '@app/sites/sites';
import type { Tokens } from '../auth/tokens';
import type { Log } from './log';
import { Problem, retryAfter } from './problems/problem';
import type { RateLimits } from './rate-limits';
import type { Routes } from './routes';
import { standardHeaders } from './standard-headers';

export interface RequestHookParts {
  log: Log;
  routes: Routes;
  rateLimits: RateLimits;
  tokens: Tokens;
  sites: Sites;
  maxRequestsInFlight: number;
}

/** Time for which the rest of a body is read and discarded after the response. Closing the connection at once could lose the response. */
const LINGER_MS = 2_000;

const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';

/** Answers a request that matches no route. @throws Problem not-found, method-not-allowed */
function answerUnrouted({ method, url }: FastifyRequest, reply: FastifyReply, routes: Routes): FastifyReply {
  const methods = routes.methodsOf(pathOf(url));
  if (methods.length === 0) throw new Problem('not-found', 'no route matches this path');
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

/** Limits the number of concurrent requests. */
class Admission {
  private inFlight = 0;

  constructor(private readonly max: number) {}

  /** @throws Problem overloaded */
  enter(reply: FastifyReply): void {
    if (this.inFlight >= this.max) throw new Problem('overloaded', 'too many concurrent requests', retryAfter(1));
    this.inFlight += 1;
    let isIn = true;
    const leave = (): void => {
      if (isIn) this.inFlight -= 1;
      isIn = false;
    };
    reply.raw.once('close', leave).once('finish', leave);
  }
}

/** Checks a request before its body is read, cheapest check first. */
function addAdmission(
  fastify: FastifyInstance,
  { routes, rateLimits, tokens, sites, maxRequestsInFlight }: RequestHookParts,
): void {
  const admission = new Admission(maxRequestsInFlight);
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.headers(standardHeaders(request.id));
    checkHead(request);
    if (request.is404) return answerUnrouted(request, reply, routes);
    const { access, isTokenCall } = request.routeOptions.config;
    if (isTokenCall === true) await rateLimits.tokenByAddress(request, reply);
    if (access === undefined || access === 'public') return undefined;
    admission.enter(reply);
    (request as AuthenticatedRequest).caller = await authenticate(request, access, { tokens, sites });
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
