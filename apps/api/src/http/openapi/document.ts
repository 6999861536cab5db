import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { MAX_DEPTH, MAX_VALUES } from '../body/bounded-json';
import type { Scope } from '@app/sites/sites';
import { SCOPE_EXTENSION } from '../../auth/access';
import { type ProblemCode, PROBLEMS, problemTable } from '../problems/problem';
import { PROBLEMS_EXTENSION } from './describe';
import { RESPONSE_HEADERS, type ResponseHeader } from './headers';
import { refTo } from './schema-parts';
import { componentSchemas } from './schemas';

const CONVENTIONS = `A purchase can be addressed by each of its identifiers: \`sparklayer\` (a UUID, immutable), \`platform\`, \`internal\`, \`visible\`. Two
identifiers are equal when they are equal in Unicode normal form C without white space at both ends; case is significant, except in a UUID. In a
path, identifiers are percent-encoded, a slash as \`%2F\`; they have at most 1,000 characters. An identifier belongs to one purchase of a site at a
time. The role of a security requirement is the scope that the call requires.

Every response about one purchase has \`ETag\` (its revision) and \`Purchase-Id\`. The response to a write has \`Purchase-Changed\`. Every write
honours \`If-Match\` (one or more ETags, or \`*\`) and \`If-None-Match: *\`: 412 when they do not hold.

Bodies are JSON in UTF-8, optionally compressed by gzip or deflate; the size limit applies to the compressed and to the inflated body. They have at
most ${MAX_DEPTH} levels and ${MAX_VALUES.toLocaleString('en')} values. A path may end in a slash.

Errors are \`application/problem+json\` (RFC 9457). The \`type\` is \`urn:purchasing:problem:\` followed by one of these codes. \`Retry-After\` is
present when a retry can succeed.`;

interface Operation {
  requestBody?: { content: Record<string, object> };
  responses: Record<string, object>;
  parameters?: { name: string; in: string; schema?: object; description?: string }[];
  security?: object[];
  [SCOPE_EXTENSION]?: Scope;
  [PROBLEMS_EXTENSION]?: ProblemCode[];
}

const SECURED: readonly ProblemCode[] = [
  'missing-site',
  'missing-token',
  'invalid-token',
  'expired-token',
  'foreign-site',
  'missing-scope',
  'too-many-requests',
  'overloaded',
  'store-unavailable',
];
const WITH_BODY: readonly ProblemCode[] = [
  'malformed-json',
  'invalid-body',
  'invalid-request',
  'request-timeout',
  'body-too-large',
  'unsupported-media-type',
  'overloaded',
];
const ALWAYS: readonly ProblemCode[] = ['invalid-parameter', 'head-too-large', 'internal-error'];

const HEADERS_OF_STATUS: Readonly<Record<number, readonly ResponseHeader[]>> = {
  401: ['WWW-Authenticate'],
  409: ['Retry-After'],
  412: ['ETag'],
  429: ['Retry-After', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
  503: ['Retry-After'],
};

const headersNamed = (names: readonly ResponseHeader[]): object =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

function problemResponse(status: number, codes: readonly ProblemCode[]): object {
  const [code = 'internal-error'] = codes;
  const [, title] = PROBLEMS[code];
  const errors = [{ code, message: title }];
  const example = { type: `urn:purchasing:problem:${code}`, title, status, detail: title, errors };
  return {
    description: codes.map((each) => `\`${each}\`: ${PROBLEMS[each][1]}`).join('\n\n'),
    headers: headersNamed(['X-Request-Id', ...(HEADERS_OF_STATUS[status] ?? [])]),
    content: { 'application/problem+json': { schema: refTo('Problem'), example } },
  };
}

/** One response for each status; its description lists the problems with that status. */
function problemResponses(codes: readonly ProblemCode[]): Record<string, object> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...new Set(codes)].sort()) {
    const [status] = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries([...byStatus].map(([status, found]) => [status, problemResponse(status, found)]));
}

const LOOK_UP = { type: 'string', enum: ['sparklayer', 'platform', 'internal', 'visible'] };
const PATH_PARAMETERS: Readonly<Record<string, { description: string; schema: object; example: string }>> = {
  lookupBy: { description: 'The kind of the identifier', schema: LOOK_UP, example: 'internal' },
  identifier: { description: 'The identifier', schema: { type: 'string', maxLength: 1_000 }, example: 'ERP-1' },
  clientId: {
    description: 'The id of the credential',
    schema: { type: 'string' },
    example: '0b6f8d0a-3c1e-4b62-9a55-0f7c2f1f7a11',
  },
  name: { description: 'The name of the projection', schema: { type: 'string' }, example: 'purchases' },
  id: { description: 'The id of the rebuild', schema: { type: 'string' }, example: '1' },
  purchase: {
    description: 'The id of a purchase in quarantine',
    schema: { type: 'string' },
    example: '0b6f8d0a-3c1e-4b62-9a55-0f7c2f1f7a11',
  },
  purchaseId: {
    description: 'The `Purchase-Id` of an answer',
    schema: { type: 'string', format: 'uuid' },
    example: '0b6f8d0a-3c1e-4b62-9a55-0f7c2f1f7a11',
  },
};

const headerParameter = (name: string, description: string): NonNullable<Operation['parameters']>[number] => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
});

/** Bodies in which `Prefer: handling=strict` rejects calculated values. */
const STRICT_BODIES = /PurchaseBody|TransactionBody|HistoryEntryBody|BulkLine/;

/** Adds the headers of a conditional GET to operations with an ETag, and `Prefer: handling=strict` to operations with a body. */
function describePreferences(operation: Operation): void {
  const parameters = (operation.parameters ??= []);
  const { 200: found } = operation.responses as Record<number, { headers?: Record<string, object> } | undefined>;
  if (operation.requestBody !== undefined && STRICT_BODIES.test(JSON.stringify(operation.requestBody)))
    parameters.push(headerParameter('Prefer', '`handling=strict`: `calculated_*` in the body is rejected'));
  if (operation.requestBody !== undefined || found?.headers?.ETag === undefined) return;
  parameters.push(headerParameter('If-None-Match', 'one or more ETags: 304 when the purchase has one of them'));
  const { ETag, 'Purchase-Id': id, 'X-Request-Id': requestId } = found.headers;
  operation.responses[304] = {
    description: 'Not modified',
    headers: { ETag, 'Purchase-Id': id, 'X-Request-Id': requestId },
  };
}

/** Adds what all operations of a kind have in common. */
function complete(operation: Operation): void {
  const { [PROBLEMS_EXTENSION]: own = [], [SCOPE_EXTENSION]: scope, requestBody } = operation;
  delete operation[PROBLEMS_EXTENSION];
  delete operation[SCOPE_EXTENSION];
  const isSecured = scope !== undefined;
  operation.security = isSecured ? [{ bearer: [scope] }] : [];
  const shared: ResponseHeader[] = ['X-Request-Id'];
  if (isSecured) shared.push('RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset');
  for (const response of Object.values(operation.responses) as { headers?: object }[])
    response.headers = { ...headersNamed(shared), ...response.headers };
  const codes = [...ALWAYS, ...own, ...(isSecured ? SECURED : []), ...(requestBody === undefined ? [] : WITH_BODY)];
  const problems = problemResponses(codes);
  operation.responses = { ...problems, ...operation.responses };
  describePreferences(operation);
  for (const parameter of operation.parameters ?? [])
    if (parameter.in === 'path') Object.assign(parameter, PATH_PARAMETERS[parameter.name]);
}

/** Creates the OpenAPI document from the decorators of the routes. */
export function createDocument(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Purchasing API')
    .setVersion('1')
    .setDescription(`${CONVENTIONS}\n\n${problemTable()}`)
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addTag('purchases', 'Purchases, their transactions, history and timeline')
    .addTag('auth', 'Access tokens')
    .addTag('credentials', 'The credentials of a site')
    .addTag('feed', 'Every event of a site')
    .addTag('operations', 'Status and maintenance of the read model')
    .addTag('health', 'State of the service')
    .addBearerAuth()
    .build();
  const document = SwaggerModule.createDocument(app, config);
  for (const path of Object.values(document.paths))
    for (const operation of Object.values(path) as Operation[]) complete(operation);
  document.components = {
    securitySchemes: document.components?.securitySchemes,
    schemas: componentSchemas(),
    headers: RESPONSE_HEADERS,
  };
  return JSON.parse(JSON.stringify(document)) as OpenAPIObject;
}
