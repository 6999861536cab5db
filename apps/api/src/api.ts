import { randomUUID } from 'node:crypto';
import { createGunzip, createInflate } from 'node:zlib';
import { type LogLevel, ConsoleLogger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Settings } from '@app/settings/settings';
import { ApiModule, type ApiParts } from './api.module';
import { Problem } from './problems/problem';
import { ProblemFilter } from './problems/problem.filter';
import { bodySchemas } from './purchases/body/accept-body';

const LEVELS: LogLevel[] = ['error', 'warn', 'log', 'debug'];
/** An identifier of 1,000 characters, percent-encoded from UTF-8. */
const LONGEST_PARAMETER = 12_100;
const REQUEST_ID = /^[\w.:-]{1,100}$/;

const SECURITY_HEADERS = {
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
};

/** Takes gzip and deflate bodies, up to a cap on what they become. */
function inflate(request: FastifyRequest, payload: NodeJS.ReadableStream, mostBytes: number): NodeJS.ReadableStream {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return payload;
  if (encoding !== 'gzip' && encoding !== 'deflate')
    throw new Problem('unsupported-media-type', 'bodies may be gzip or deflate');
  delete request.headers['content-encoding'];
  delete request.headers['content-length'];
  const inflated = encoding === 'gzip' ? createGunzip() : createInflate();
  let bytes = 0;
  inflated.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > mostBytes)
      inflated.destroy(new Problem('body-too-large', `the body is larger than ${mostBytes} bytes once inflated`));
  });
  payload.on('error', (error) => inflated.destroy(error));
  return payload.pipe(inflated);
}

function describeApi(app: NestFastifyApplication): void {
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder().setTitle('Purchasing').setVersion('1').addBearerAuth().build(),
  );
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...bodySchemas() } };
  app.getHttpAdapter().get('/api/openapi.json', (_request: unknown, reply: FastifyReply) => reply.send(document));
}

/** The HTTP application on what it stands on, not listening yet. */
export async function createApi(
  parts: ApiParts & { settings: Pick<Settings, 'bodyLimit' | 'inflatedBodyLimit' | 'logLevel'> },
): Promise<NestFastifyApplication> {
  const { bodyLimit, inflatedBodyLimit, logLevel } = parts.settings;
  const adapter = new FastifyAdapter({
    bodyLimit: Math.max(bodyLimit, inflatedBodyLimit),
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    genReqId: ({ headers: { 'x-request-id': id } }: { headers: Record<string, unknown> }) =>
      typeof id === 'string' && REQUEST_ID.test(id) ? id : randomUUID(),
    forceCloseConnections: true,
  });
  const app = await NestFactory.create<NestFastifyApplication>(ApiModule.with(parts), adapter, {
    logger: new ConsoleLogger({ logLevels: LEVELS.slice(0, LEVELS.indexOf(logLevel) + 1) }),
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter());
  const fastify = app.getHttpAdapter().getInstance();
  fastify.addHook('onRequest', async (request, reply) => {
    void reply.headers({ ...SECURITY_HEADERS, 'x-request-id': request.id });
  });
  fastify.addHook('preParsing', async (request, _reply, payload) => {
    if (Number(request.headers['content-length'] ?? 0) > bodyLimit)
      throw new Problem('body-too-large', `the body is larger than ${bodyLimit} bytes`);
    return inflate(
      request,
      payload,
      request.headers['content-encoding'] === undefined ? bodyLimit : inflatedBodyLimit,
    ) as typeof payload;
  });
  describeApi(app);
  return app;
}
