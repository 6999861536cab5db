import { randomUUID } from 'node:crypto';
import { Transform } from 'node:stream';
import { createGunzip, createInflate } from 'node:zlib';
import { type LogLevel, ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Settings } from '@app/settings/settings';
import { ApiModule, type ApiParts } from '../api.module';
import { serveConsole } from './console';
import { describeApi } from './openapi';
import { answerBadConnection, answerBadPath } from './problems/framework-errors';
import { Problem } from './problems/problem';
import { ProblemFilter } from './problems/problem.filter';

const LEVELS: LogLevel[] = ['error', 'warn', 'log', 'debug'];
/** As much as Node takes for the whole head of a request: what is too long for an identifier is told by us. */
const LONGEST_PARAMETER = 16_384;
const REQUEST_ID = /^[\w.:-]{1,100}$/;

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/** Lets so many bytes through. */
function capped(mostBytes: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > mostBytes) done(new Problem('body-too-large', `the body is larger than ${mostBytes} bytes`));
      else done(null, chunk);
    },
  });
}

/** The body as it was before it was compressed, up to a cap; an encoding that we do not know is refused. */
function readable(
  { headers }: FastifyRequest,
  payload: NodeJS.ReadableStream,
  limits: { bodyLimit: number; inflatedBodyLimit: number },
): NodeJS.ReadableStream {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return payload.pipe(capped(limits.bodyLimit));
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw new Problem('unsupported-media-type', 'bodies may be gzip or deflate');
  delete headers['content-length'];
  const cap = capped(limits.inflatedBodyLimit);
  const inflated = encoding === 'gzip' ? createGunzip() : createInflate();
  inflated.on('error', () => cap.destroy(new Problem('invalid-request', `the body is not ${encoding}`)));
  return payload
    .pipe(capped(limits.bodyLimit).on('error', (error) => cap.destroy(error)))
    .pipe(inflated)
    .pipe(cap);
}

/** What happens to every request: headers, the limits of its body, and, while the service ends, the goodbye to its connection. */
function addHooks(fastify: FastifyInstance, limits: { bodyLimit: number; inflatedBodyLimit: number }): void {
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
    // Many clients name a type with every call; a DELETE without a body has none that it could be the type of.
    const { 'transfer-encoding': coding, 'content-length': length = '0' } = request.headers;
    if (request.method === 'DELETE' && coding === undefined && length === '0') delete request.headers['content-type'];
  });
  let isClosing = false;
  fastify.addHook('preClose', async () => {
    isClosing = true;
  });
  fastify.addHook('onSend', async (_request, reply) => {
    if (isClosing) void reply.header('connection', 'close');
  });
  fastify.addHook('preParsing', async (request, _reply, payload) => {
    if (Number(request.headers['content-length'] ?? 0) > limits.bodyLimit)
      throw new Problem('body-too-large', `the body is larger than ${limits.bodyLimit} bytes`);
    return readable(request, payload, limits);
  });
}

/** The HTTP application on what it stands on, not listening yet. */
export async function createApi(
  parts: ApiParts & { settings: Pick<Settings, 'bodyLimit' | 'inflatedBodyLimit' | 'logLevel'> },
): Promise<NestFastifyApplication> {
  const { bodyLimit, inflatedBodyLimit, logLevel } = parts.settings;
  const adapter = new FastifyAdapter({
    // Our own caps below are lower and say more.
    bodyLimit: 2 * Math.max(bodyLimit, inflatedBodyLimit),
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    genReqId: ({ headers: { 'x-request-id': id } }: { headers: Record<string, unknown> }) =>
      typeof id === 'string' && REQUEST_ID.test(id) ? id : randomUUID(),
    frameworkErrors: answerBadPath,
    clientErrorHandler: answerBadConnection,
    // Requests under way are answered before the service ends, and whatever else comes on their connections.
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(parts), adapter, {
    logger: new ConsoleLogger({ logLevels: LEVELS.slice(0, LEVELS.indexOf(logLevel) + 1) }),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter());
  const fastify = app.getHttpAdapter().getInstance();
  addHooks(fastify, { bodyLimit, inflatedBodyLimit });
  // A PUT of text is refused, not read as a string.
  fastify.removeContentTypeParser('text/plain');
  describeApi(app);
  await serveConsole(app);
  return app;
}
