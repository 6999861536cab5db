/** An invalid value; `property` is a JSON pointer into the body, a header or a parameter name. */
export interface ProblemError {
  code: string;
  message: string;
  property?: string;
}

/** All problem codes, with status and title (RFC 9457). */
export const PROBLEMS = {
  'malformed-json': [400, 'The body is not JSON'],
  'invalid-body': [400, 'The body is not valid'],
  'invalid-parameter': [400, 'A parameter is not valid'],
  'invalid-request': [400, 'The request is not valid'],
  'missing-site': [400, 'The Site-Id header is missing'],
  'unsupported-grant-type': [400, 'The grant type is not supported'],
  'identifier-mismatch': [400, 'The body and the path have different identifiers'],
  'sum-too-large': [400, 'The sum of the amounts exceeds the largest amount'],
  'currency-mismatch': [400, 'The amount is in another currency than the purchase'],
  'missing-token': [401, 'An access token is missing'],
  'invalid-token': [401, 'The access token is not valid'],
  'expired-token': [401, 'The access token has expired'],
  'invalid-client': [401, 'The client or its secret is not valid for this site'],
  'foreign-site': [403, 'The token is not for this site'],
  'missing-scope': [403, 'The token lacks the required scope'],
  'sparklayer-id-is-immutable': [403, 'The sparklayer identifier is immutable'],
  'not-found': [404, 'Not found'],
  'purchase-not-found': [404, 'The purchase does not exist'],
  'revision-not-found': [404, 'The purchase has no such revision'],
  'method-not-allowed': [405, 'The path does not support this method'],
  'request-timeout': [408, 'The request did not arrive in time'],
  'currency-change-refused': [409, 'The currency cannot change after a transaction'],
  'type-change-refused': [409, 'This change of type is not allowed'],
  'stale-revision': [409, 'The revision date is older than the stored one'],
  'identifier-taken': [409, 'An identifier belongs to another purchase'],
  'too-many-credentials': [409, 'The site has too many active credentials'],
  'too-many-rates': [409, 'The site has too many US dollar rates'],
  'concurrent-update': [409, 'Concurrent writers changed the purchase'],
  'operation-in-progress': [409, 'Another operation of this kind is running'],
  'precondition-failed': [412, 'The stored revision is not the expected one'],
  'body-too-large': [413, 'The body is too large'],
  'purchase-too-large': [413, 'The purchase is too large to be stored'],
  'unsupported-media-type': [415, 'The media type is not supported'],
  'expectation-failed': [417, 'The Expect header cannot be satisfied'],
  'idempotency-key-reused': [422, 'The Idempotency-Key was used for another body'],
  'too-many-requests': [429, 'Too many requests'],
  'head-too-large': [431, 'The head of the request is too large'],
  'internal-error': [500, 'Internal error'],
  overloaded: [503, 'The service is overloaded'],
  'store-unavailable': [503, 'The event store is unavailable'],
  'read-model-behind': [503, 'The read model does not include the write yet'],
  'read-model-unavailable': [503, 'The read model is unavailable'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** All problems as a Markdown table, for the OpenAPI description. */
export const problemTable = (): string =>
  [
    '| problem | status | means |',
    '|---|---|---|',
    ...Object.entries(PROBLEMS).map(([code, [status, title]]) => `| \`${code}\` | ${status} | ${title} |`),
  ].join('\n');

export interface ProblemOptions {
  errors?: readonly ProblemError[];
  /** Extension members (RFC 9457, 3.2). */
  more?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** Options with a `Retry-After` header. */
export const retryAfter = (seconds: number): ProblemOptions => ({ headers: { 'retry-after': String(seconds) } });

/** An error that is answered as application/problem+json. */
export class Problem extends Error {
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly options: ProblemOptions = {},
  ) {
    super(`${code}: ${detail}`);
  }

  get status(): number {
    return PROBLEMS[this.code][0];
  }

  toJSON(): object {
    const [status, title] = PROBLEMS[this.code];
    const { errors = [{ code: this.code, message: this.detail }], more } = this.options;
    return { type: `urn:purchasing:problem:${this.code}`, title, status, detail: this.detail, errors, ...more };
  }
}
