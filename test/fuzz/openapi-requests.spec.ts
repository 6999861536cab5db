import Ajv2020, { type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import type { LightMyRequestResponse } from 'fastify';
import document from '../../docs/openapi.json';
import { fill, type Operation, OPERATIONS, type ParameterObject } from '../e2e/openapi-operations';
import { type Service, startService } from '../e2e/service';
import { spoilt } from '../spoil-body';
import { SchemaArbitraries } from './arbitrary-from-schema';

/** `npm run test:openapi` sends 100,000. */
const REQUESTS = Number(process.env.OPENAPI_REQUESTS ?? 400);
const seed = Number(process.env.OPENAPI_SEED ?? Date.now() % 2 ** 31);
const BATCH = 200;
const AT_ONCE = 8;

interface Request {
  operation: Operation;
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

const schemas = new SchemaArbitraries(document.components.schemas);
const mostly = <T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>, weight: number): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: good }, { weight: 1, arbitrary: bad });
const hostile = fc.constantFrom('', ' ', '%', '\u0000', '-1', '1e3', 'x', '99999999999999999999', "' or 1=1", '🙂');

/** Few identifiers, so that requests address the same purchases repeatedly. */
const PATH_VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  lookupBy: mostly(fc.constantFrom('platform', 'internal'), fc.constantFrom('visible', 'sparklayer'), 10),
  identifier: fc.nat(9).map((n) => `P-${n}`),
  // Excluded, because one rebuild per request would dominate the test; test/e2e/operations.spec.ts tests rebuilds.
  name: fc.constantFrom('nothing'),
};
const HEADER_VALUES: Readonly<Record<string, fc.Arbitrary<string>>> = {
  'If-Match': fc.constantFrom('*', '"1"', '"2", "3"'),
  'If-None-Match': fc.constantFrom('*', '"1"'),
  Prefer: fc.constantFrom('handling=strict', 'wait=1'),
  'Idempotency-Key': fc.constantFrom('k-1', 'k-2'),
  'Last-Event-ID': fc.constantFrom('0', '5'),
  'Consistency-Token': fc.constantFrom('x'),
};

const valueOf = ({ name, in: place, schema }: ParameterObject): fc.Arbitrary<string> => {
  const good = (place === 'path' ? PATH_VALUES[name] : HEADER_VALUES[name]) ?? schemas.of(schema).map(String);
  // An empty segment would change the path.
  const bad = place === 'path' ? hostile.filter((text) => text !== '') : hostile;
  return place === 'header' ? good : mostly(good, bad, 30);
};

/** Some of these parameters, always including the required ones. */
function valuesOf(parameters: readonly ParameterObject[], presence: number): fc.Arbitrary<Record<string, string>> {
  const optional = (parameter: ParameterObject): fc.Arbitrary<string | undefined> =>
    parameter.required === true
      ? valueOf(parameter)
      : fc.option(valueOf(parameter), { nil: undefined, freq: presence });
  return fc
    .record(Object.fromEntries(parameters.map((each) => [each.name, optional(each)])))
    .map(
      (values) =>
        Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<string, string>,
    );
}

const withoutIdentifiers = (body: unknown): unknown => {
  const { purchase_identifiers: _, ...rest } = (body ?? {}) as Record<string, unknown>;
  return rest;
};

function bodyOf({ operationId, requestBody }: Operation): fc.Arbitrary<unknown> {
  if (requestBody === undefined) return fc.constant(undefined);
  const [{ schema } = { schema: {} }] = Object.values(requestBody.content);
  const described = schemas.of(schema);
  // The path contains the identifier, so requests do not contend for identifiers.
  const good = operationId === 'putPurchase' ? mostly(described.map(withoutIdentifiers), described, 10) : described;
  const one = mostly(good, good.chain(spoilt), 2);
  return operationId === 'putPurchases'
    ? fc.array(one, { maxLength: 3 }).map((lines) => lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    : one;
}

function requestsOf(operation: Operation): fc.Arbitrary<Request> {
  const placed = (place: string): ParameterObject[] =>
    operation.parameters.filter((each) => each.in === place && each.name !== 'Site-Id');
  return fc
    .record({
      path: valuesOf(placed('path'), 1),
      query: valuesOf(placed('query'), 1),
      // Few queries have several parameters, and fewer have a header.
      few: fc.nat(9),
      headers: valuesOf(placed('header'), 1),
      body: bodyOf(operation),
    })
    .map(({ path, query, few, headers, body }) => {
      const kept = Object.entries(query).filter(
        ([name], index) => index < few || placed('query').some((each) => each.name === name && each.required === true),
      );
      const search = new URLSearchParams(kept).toString();
      return {
        operation,
        url: fill(operation.path, path) + (search === '' ? '' : `?${search}`),
        headers: few > 6 ? headers : {},
        body,
      };
    });
}

const WEIGHTS: Readonly<Record<string, number>> = {
  putPurchase: 60,
  putTransaction: 20,
  addHistoryEntry: 15,
  issueCredential: 1,
};
const arbitraryRequest = fc.oneof(
  ...OPERATIONS.map((operation) => ({
    weight: WEIGHTS[operation.operationId] ?? 10,
    arbitrary: requestsOf(operation),
  })),
);

describe('requests generated from docs/openapi.json', () => {
  let service: Service;
  let read: string;
  const ajv = addFormats(new Ajv2020({ strict: false, logger: false }));
  ajv.addSchema({ $id: 'openapi', ...document });
  const validators = new Map<object, ValidateFunction>();
  const statuses = new Map<string, number>();

  beforeAll(async () => {
    service = await startService({ tokenRatePerAddress: 0, tokenRatePerClient: 0, credentialRate: 0 });
    read = await service.tokenFor('demo');
  });
  afterAll(() => service.stop());

  function validatorOf(schema: object): ValidateFunction {
    const known = validators.get(schema);
    if (known !== undefined) return known;
    const validate = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object);
    validators.set(schema, validate);
    return validate;
  }

  /** Describes where a response differs from the document; undefined when it does not. */
  function faultOf(
    { operationId, responses }: Operation,
    { statusCode, headers, body }: LightMyRequestResponse,
  ): unknown {
    // Readiness reports by 503 that a part is slow or absent.
    if (statusCode >= 500 && operationId !== 'getReadiness') return 'a status of 500 or more';
    const response = responses[statusCode];
    if (response === undefined) return 'a status that the document does not have';
    if (response.content === undefined) return body === '' ? undefined : 'a body that the document does not have';
    const [type = ''] = String(headers['content-type']).split(';');
    const media = response.content[type];
    if (media === undefined) return `a media type that the document does not have: ${type}`;
    const values = type.endsWith('ndjson') ? body.split('\n').filter((line) => line !== '') : [body];
    const validate = validatorOf(media.schema);
    for (const value of values) if (!validate(JSON.parse(value))) return validate.errors;
    return undefined;
  }

  /** A call that gets 503 with `Retry-After`, on a busy machine, is repeated a few times, as that header asks. */
  async function answerTo({ operation, url, headers, body }: Request): Promise<LightMyRequestResponse> {
    const isBulk = operation.operationId === 'putPurchases';
    const all = { ...headers, ...(isBulk && { 'content-type': 'application/x-ndjson' }) };
    for (let tries = 1; ; tries++) {
      const answer = await service.call(operation.method, url, { token: read, headers: all, body });
      if (answer.statusCode !== 503 || answer.headers['retry-after'] === undefined || tries === 50) return answer;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async function send(request: Request): Promise<void> {
    const { operation, url, headers, body } = request;
    const answer = await answerTo(request);
    const fault = faultOf(operation, answer);
    if (fault !== undefined)
      throw new Error(
        `${JSON.stringify(fault)} (seed ${seed}): ${operation.operationId} ` +
          `${url} ${JSON.stringify(headers)} → ${answer.statusCode} ${answer.body.slice(0, 1_000)} ${JSON.stringify(body)?.slice(0, 4_000)}`,
      );
    const answered = `${operation.operationId} ${Math.floor(answer.statusCode / 100)}xx`;
    statuses.set(answered, (statuses.get(answered) ?? 0) + 1);
  }

  it(`${REQUESTS} of them get no 5xx and only responses that the document describes (seed ${seed})`, async () => {
    for (let done = 0; done < REQUESTS; done += BATCH) {
      const batch = fc.sample(arbitraryRequest, { numRuns: Math.min(BATCH, REQUESTS - done), seed: seed + done });
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let next = batch.pop(); next !== undefined; next = batch.pop()) await send(next);
        }),
      );
    }
    // The test would be worthless if all requests, or none, were refused. A short run does not reach every response.
    const answered = [
      'putPurchase 2xx',
      'putPurchase 4xx',
      ...(REQUESTS < 5_000 ? [] : ['getPurchase 2xx', 'putTransaction 2xx']),
    ];
    expect([...statuses.keys()]).toEqual(expect.arrayContaining(answered));
    if (REQUESTS >= 5_000) console.log(Object.fromEntries([...statuses].sort()));
  }, 3_600_000);
});
