import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ReadModelStatus } from '@app/read-models/projection/read-model-status';
import type { Settings } from '@app/settings/settings';
import { Sites } from '@app/sites/sites';
import type { Tracing } from '@app/telemetry/tracing';
import { PurchaseCache } from '@app/write-model/purchase-cache';
import { addConditionalGet } from '../purchases/conditional-get';
import { ApiModule, type ApiParts } from '../api.module';
import { Tokens } from '../auth/tokens';
import { ByteBudget } from './body/byte-budget';
import type { ApiMetrics } from '../metrics/api-metrics';
import { traceRequests } from '../metrics/trace-requests';
import { type BodyLimits, readBody } from './body/read-body';
import { readDocument, serveConsole } from './console';
import { createLog, type Log, NestLog } from './log';
import { serveDocs } from './openapi/serve-docs';
import { answerBadConnection, answerBadPath } from './problems/framework-errors';
import { ProblemFilter } from './problems/problem.filter';
import { createRateLimits, type RateLimitSettings } from './rate-limits';
import { addRequestHooks, type RequestLimits } from './request-hooks';
import { Routes } from './routes';

export type HttpSettings = RateLimitSettings &
  RequestLimits &
  Pick<Settings, 'bodyLimit' | 'requestTimeout' | 'largeBodies' | 'trustProxy' | 'logLevel'>;

/** Maximum bytes of the request line and the headers together. */
const MAX_HEAD_BYTES = 16_384;
/** A connection is closed after this time without traffic. */
const IDLE_TIMEOUT_MS = 120_000;
const TIMEOUT_CHECK_MS = 2_000;
const REQUEST_ID = /^[\w.:-]{1,100}$/;
const METHODS_WITH_BODY: ReadonlySet<string> = new Set(['PUT', 'POST', 'PATCH']);

/** The request id of the caller when it is short and plain, else a random one. */
const requestIdOf = ({ headers: { 'x-request-id': id } }: IncomingMessage): string =>
  typeof id === 'string' && REQUEST_ID.test(id) ? id : randomUUID();

function createAdapter({ trustProxy, requestTimeout }: HttpSettings, log: Log): FastifyAdapter {
  return new FastifyAdapter({
    // The routes themselves reject identifiers that are too long, with a more specific problem.
    routerOptions: { maxParamLength: MAX_HEAD_BYTES, ignoreTrailingSlash: true },
    http: {
      maxHeaderSize: MAX_HEAD_BYTES,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // Node.js answers without a body; the hook that does it here answers with a problem.
      requireHostHeader: false,
    },
    connectionTimeout: IDLE_TIMEOUT_MS,
    trustProxy: trustProxy ?? false,
    genReqId: requestIdOf,
    frameworkErrors: answerBadPath(log),
    clientErrorHandler: answerBadConnection(log),
    // At shutdown, requests under way and further requests on their connections are answered.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
}

/** Only PUT, POST and PATCH have a body; the body of another method is discarded unread. */
function addBodyReader(fastify: FastifyInstance, limits: BodyLimits): void {
  fastify.addHook('preParsing', async (request, reply) => {
    const { 'content-type': type, 'content-length': length = '0', 'transfer-encoding': coding } = request.headers;
    const hasBody = type !== undefined || length !== '0' || coding !== undefined;
    const isRead = METHODS_WITH_BODY.has(request.method) && request.routeOptions.config.streamsBody !== true;
    if (!isRead || !hasBody) return;
    request.body = await readBody(request, reply.raw, limits);
    // The body is read. Fastify calls a content type parser for these headers, in an AsyncResource, which Node.js 20 takes long to bind.
    request.raw.headers['content-type'] = undefined;
    request.raw.headers['content-length'] = undefined;
    request.raw.headers['transfer-encoding'] = undefined;
  });
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (request, _payload, done) => done(null, request.body));
}

/** Observers of requests. Absent: requests are not observed. */
export interface Telemetry {
  metrics?: ApiMetrics;
  tracing?: Tracing;
}

/** Creates the HTTP application. It does not listen yet. */
export async function createApi(
  parts: ApiParts & Telemetry & { settings: HttpSettings },
): Promise<NestFastifyApplication> {
  const { settings, metrics, tracing } = parts;
  const log = createLog(settings.logLevel);
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(parts), createAdapter(settings, log), {
    logger: new NestLog(log),
    abortOnError: false,
    bodyParser: false,
  });
  app.useGlobalFilters(new ProblemFilter(log));
  const fastify = app.getHttpAdapter().getInstance();
  metrics?.observeRequests(fastify);
  metrics?.watch(app.get(PurchaseCache), app.get(ReadModelStatus));
  if (tracing !== undefined) traceRequests(fastify, tracing);
  // Node.js would answer without a body.
  fastify.server.on('checkExpectation', (request, response) => fastify.server.emit('request', request, response));
  addRequestHooks(fastify, {
    log,
    routes: new Routes(fastify),
    rateLimits: await createRateLimits(fastify, settings),
    tokens: app.get(Tokens),
    sites: app.get(Sites),
    limits: settings,
    document: readDocument(),
  });
  addBodyReader(fastify, {
    bodyLimit: settings.bodyLimit,
    timeoutMs: settings.requestTimeout,
    budget: app.get(ByteBudget),
  });
  addConditionalGet(fastify);
  serveDocs(app);
  await serveConsole(app);
  return app;
}
