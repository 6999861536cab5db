const text = (description: string, example: string): object => ({
  description,
  schema: { type: 'string' },
  example,
});

const whole = (description: string, example: number): object => ({
  description,
  schema: { type: 'integer', minimum: 0 },
  example,
});

/** Headers of responses: components of the OpenAPI document. */
export const RESPONSE_HEADERS = {
  'X-Request-Id': text('The id of the request: the one that was sent, where it is short and plain', 'b2d6c4a0'),
  ETag: text('The revision of the purchase', '"3"'),
  'Purchase-Id': text('The id of the purchase in this service', '0b6f8d0a-3c1e-4b62-9a55-0f7c2f1f7a11'),
  'Purchase-Changed': text('Whether the write changed anything: `true` or `false`', 'true'),
  'Consistency-Token': text('Sent with a read, it makes that read include this write', 'MTIzLjEyMw'),
  Link: text('The next page, as `<…>; rel="next"`, where there is one', '</api/v1/purchases?cursor=x>; rel="next"'),
  Location: text('Where the progress is told', '/api/v1/projections/purchases/rebuilds/1'),
  'Retry-After': whole('Seconds after which to try again', 2),
  'RateLimit-Limit': whole('Requests that are answered in a minute', 600_000),
  'RateLimit-Remaining': whole('Requests that are left in this minute', 599_999),
  'RateLimit-Reset': whole('Seconds until the minute ends', 60),
  'WWW-Authenticate': text('How to authenticate (RFC 6750)', 'Bearer error="invalid-token"'),
} as const;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

/** Headers of an answer about one purchase. */
export const PURCHASE_HEADERS = ['ETag', 'Purchase-Id'] as const satisfies readonly ResponseHeader[];
/** Headers of the answer to a write of one purchase. */
export const WRITE_HEADERS = [
  ...PURCHASE_HEADERS,
  'Purchase-Changed',
  'Consistency-Token',
] as const satisfies readonly ResponseHeader[];
