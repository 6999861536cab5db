import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PUBLIC_ROUTE } from '../auth/access';
import { problemTable } from './problems/problem';
import { readQuery } from './query/read-query';
import { bodySchemas } from '../purchases/body/body-schema';

const CONVENTIONS = `A purchase is found by any of its identifiers: \`sparklayer\` (a UUID, which never changes), \`platform\`, \`internal\`, \`visible\`.
Two spellings are the same identifier when they are equal in Unicode normal form C, without white space at their ends; case counts, except in
a UUID. In a path it is percent-encoded, a slash as \`%2F\`; it has 1,000 characters at most. Each belongs to one purchase of a site at a time.

Every answer about one purchase bears \`ETag\` (its revision) and \`Purchase-Id\`; an answer to a write says in \`Purchase-Changed\` whether it
changed anything. Every write honours \`If-Match\` (an ETag, several, or \`*\`) and \`If-None-Match: *\`: 412 when they do not hold.

What cannot be done is told as \`application/problem+json\` (RFC 9457). Its \`type\` is \`urn:purchasing:problem:\` and one of these; where trying
again later helps, \`Retry-After\` says when:`;

/** Answers the description of the API at /api/openapi.json. */
export function describeApi(app: NestFastifyApplication): void {
  const description = `${CONVENTIONS}\n\n${problemTable()}`;
  const document = SwaggerModule.createDocument(
    app,
    new DocumentBuilder().setTitle('Purchasing').setVersion('1').setDescription(description).addBearerAuth().build(),
  );
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, ...(bodySchemas() as object) },
  };
  app
    .getHttpAdapter()
    .getInstance()
    .get('/api/openapi.json', PUBLIC_ROUTE, (request: FastifyRequest, reply: FastifyReply) => {
      readQuery({}, request.url);
      return reply.send(document);
    });
}
