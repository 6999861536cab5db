import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PUBLIC_ROUTE } from '../../auth/access';
import { readQuery } from '../query/read-query';
import { createDocument } from './document';

/** Swagger UI runs only its own script and calls only this API; it sets styles of elements. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Purchasing API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="docs"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/api/openapi.json', dom_id: '#docs', deepLinking: true, validatorUrl: null });
`;

const swaggerFile = (name: string): string =>
  readFileSync(join(require.resolve('swagger-ui-dist/package.json'), '..', name), 'utf8');

/** Serves the OpenAPI document at /api/openapi.json, and Swagger UI at /docs. */
export function serveDocs(app: NestFastifyApplication): void {
  const fastify = app.getHttpAdapter().getInstance();
  const serve = (path: string, type: string, read: () => string): void => {
    // One buffer for all responses: a string would be copied for each of them.
    let content: Buffer | undefined;
    fastify.get(path, PUBLIC_ROUTE, (request: FastifyRequest, reply: FastifyReply) => {
      readQuery({}, request.url);
      content ??= Buffer.from(read());
      return reply.headers({ 'content-type': type, 'content-security-policy': CONTENT_SECURITY_POLICY }).send(content);
    });
  };
  const document = createDocument(app);
  serve('/api/openapi.json', 'application/json; charset=utf-8', () => JSON.stringify(document));
  serve('/docs', 'text/html; charset=utf-8', () => PAGE);
  serve('/docs/start.js', 'text/javascript; charset=utf-8', () => START);
  serve('/docs/swagger-ui.css', 'text/css; charset=utf-8', () => swaggerFile('swagger-ui.css'));
  serve('/docs/swagger-ui-bundle.js', 'text/javascript; charset=utf-8', () => swaggerFile('swagger-ui-bundle.js'));
}
