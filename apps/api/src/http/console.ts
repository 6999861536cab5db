import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { PUBLIC_ROUTE } from '../auth/access';

/** Where the build puts the console, seen from the compiled file (dist/apps/api/src/http). */
const FOLDER = resolve(__dirname, '../../../../console');

/** The addresses of the console's pages. Each answers the same document; the console reads the address. */
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

/** The console runs its own script and styles alone and talks to this API alone. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The account page may be embedded by other sites; no other page may. */
const frameAncestors = (path: string): string => (path.startsWith('/account') ? '*' : "'none'");

const secure = (reply: FastifyReply, path: string): FastifyReply =>
  reply.header('content-security-policy', `${CONTENT_SECURITY_POLICY}; frame-ancestors ${frameAncestors(path)}`);

/** What `/` answers where the console was not built. */
const CONTENTS = { description: '/api/openapi.json', purchases: '/api/v1/purchases', health: '/health/ready' };

/** Serves the console at `/`, where it was built. Assets have their hash in the name and never change. */
export async function serveConsole(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  if (!existsSync(join(FOLDER, 'index.html'))) {
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
  fastify.get('/assets/*', PUBLIC_ROUTE, (request, reply) =>
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .sendFile(`assets/${(request.params as { '*': string })['*']}`),
  );
}
