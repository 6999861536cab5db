/** One wrong value; `property` is a JSON pointer into the body, a header or a parameter name. */
export interface ProblemError {
  code: string;
  message: string;
  property?: string;
}

/** Codes of problems, with what they answer: the one list (RFC 9457). */
export const PROBLEMS = {
  'malformed-json': [400, 'The body is not JSON'],
  'invalid-body': [400, 'The body is not valid'],
  'invalid-parameter': [400, 'A parameter is not valid'],
  'invalid-request': [400, 'The request is not valid'],
  'missing-site': [400, 'The Site-Id header is missing'],
  'unsupported-grant-type': [400, 'The grant type is not supported'],
  'identifier-mismatch': [400, 'The body names another identifier than the path'],
  'sum-too-large': [400, 'The amounts add up to more than the largest amount'],
  'currency-mismatch': [400, 'The amount is in another currency than the purchase'],
  'missing-token': [401, 'An access token is missing'],
  'invalid-token': [401, 'The access token is not valid'],
  'expired-token': [401, 'The access token has expired'],
  'invalid-client': [401, 'The client or its secret is not known to this site'],
  'foreign-site': [403, 'The token is not for this site'],
  'missing-scope': [403, 'The token lacks a scope'],
  'sparklayer-id-is-immutable': [403, 'The sparklayer identifier never changes'],
  'not-found': [404, 'There is no such thing'],
  'purchase-not-found': [404, 'There is no such purchase'],
  'revision-not-found': [404, 'The purchase has no such revision'],
  'method-not-allowed': [405, 'The path does not take this method'],
  'request-timeout': [408, 'The request did not arrive in time'],
  'currency-change-refused': [409, 'The currency cannot change once something was paid in it'],
  'type-change-refused': [409, 'The type cannot change so'],
  'stale-revision': [409, 'The revision date is older than the stored one'],
  'identifier-taken': [409, 'An identifier belongs to another purchase'],
  'too-many-credentials': [409, 'The site has too many active credentials'],
  'too-many-rates': [409, 'The site has too many US dollar rates'],
  'concurrent-update': [409, 'Others changed the purchase at the same time'],
  'operation-in-progress': [409, 'Another operation of this kind is running'],
  'precondition-failed': [412, 'The stored revision is not the expected one'],
  'body-too-large': [413, 'The body is too large'],
  'purchase-too-large': [413, 'The purchase is too large to be stored'],
  'unsupported-media-type': [415, 'The media type is not supported'],
  'expectation-failed': [417, 'The Expect header cannot be met'],
  'idempotency-key-reused': [422, 'The Idempotency-Key was used for another body'],
  'too-many-requests': [429, 'Too many requests'],
  'head-too-large': [431, 'The head of the request is too large'],
  'internal-error': [500, 'Something went wrong here'],
  overloaded: [503, 'The service is overloaded'],
  'store-unavailable': [503, 'The event store does not answer'],
  'read-model-behind': [503, 'The read model does not include the write yet'],
  'read-model-unavailable': [503, 'The read model does not answer'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ProblemCode = keyof typeof PROBLEMS;

/** Every problem in a table of Markdown, for the description of the API. */
export const problemTable = (): string =>
  [
    '| problem | status | means |',
    '|---|---|---|',
    ...Object.entries(PROBLEMS).map(([code, [status, title]]) => `| \`${code}\` | ${status} | ${title} |`),
  ].join('\n');

export interface ProblemOptions {
  errors?: readonly ProblemError[];
  /** Members beside those of RFC 9457. */
  more?: Record<string, unknown>;
  headers?: Record<string, string>;
}

/** The caller is told after how many seconds to try again. */
export const retryAfter = (seconds: number): ProblemOptions => ({ headers: { 'retry-after': String(seconds) } });

/** What is answered instead of the thing asked for. */
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
