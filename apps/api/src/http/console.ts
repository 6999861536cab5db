import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PUBLIC_ROUTE } from '../auth/access';
import { accepting } from './accepting';
import { Problem } from './problems/problem';

/** The folder into which the build writes the console, relative to the compiled file (dist/apps/api/src/http). */
const FOLDER = resolve(__dirname, '../../../../console');
const DOCUMENT = join(FOLDER, 'index.html');

/** The paths of the console's pages. Each returns the same document, which selects the page by its path. */
const PAGES = [
  '/',
  '/purchases',
  '/purchases/*',
  '/activity',
  '/dry-run',
  '/account',
  '/account/*',
  '/operations',
] as const;

/** The console runs only its own scripts and styles and calls only this API. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The account page may be embedded by other sites; no other page may be. */
const frameAncestors = (path: string): string => (path.startsWith('/account') ? '*' : "'none'");

const secure = (reply: FastifyReply, path: string): FastifyReply =>
  reply.header('content-security-policy', `${CONTENT_SECURITY_POLICY}; frame-ancestors ${frameAncestors(path)}`);

/** The response of `/` when the console was not built. */
const CONTENTS = { description: '/api/openapi.json', purchases: '/api/v1/purchases', health: '/health/ready' };

/** Serves the console at `/`, if it was built. Assets are immutable: their name contains a hash. */
export async function serveConsole(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  if (!existsSync(DOCUMENT)) {
    fastify.get('/', PUBLIC_ROUTE, (_request, reply) => reply.send(CONTENTS));
    return;
  }
  await app.register(fastifyStatic, {
    root: FOLDER,
    serve: false,
    cacheControl: false,
  });
  for (const page of PAGES)
    fastify.get(page, PUBLIC_ROUTE, (request, reply) => secure(reply, request.url).sendFile('index.html'));
  fastify.get('/icon.svg', PUBLIC_ROUTE, (_request, reply) => reply.sendFile('icon.svg'));
  const assets = new Set(readdirSync(join(FOLDER, 'assets')));
  fastify.get('/assets/*', PUBLIC_ROUTE, (request, reply) => {
    const name = (request.params as { '*': string })['*'];
    if (!assets.has(name)) throw new Problem('not-found', 'the console has no such file');
    return reply.header('cache-control', 'public, max-age=31536000, immutable').sendFile(`assets/${name}`);
  });
}

/** The document of the console's pages; undefined: the console was not built. */
export const readDocument = (): Buffer | undefined => (existsSync(DOCUMENT) ? readFileSync(DOCUMENT) : undefined);

/** Below these paths an unknown one is answered as a problem, also to a browser. */
const NOT_PAGES = /^\/(?:api|docs|health|metrics)(?:\/|$)/;
const HTML = accepting('text/html');

/**
 * Answers a browser that opens an unknown address with status 404 and the document of the console, which shows "No such page". Undefined: the request
 * is not one of a browser for a page.
 */
export function answerUnknownPage(
  { method, url, headers }: FastifyRequest,
  reply: FastifyReply,
  document: Buffer,
): FastifyReply | undefined {
  const [path = ''] = url.split('?', 1);
  if (method !== 'GET' || NOT_PAGES.test(path) || !HTML.test(headers.accept ?? '')) return undefined;
  return secure(reply.status(404).type('text/html; charset=utf-8'), '/').send(document);
}
