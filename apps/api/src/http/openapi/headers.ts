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
  'X-Request-Id': text(
    'The id of the request: the one that was sent, when it is short and plain, else a random one',
    'b2d6c4a0',
  ),
  ETag: text('The revision of the purchase', '"3"'),
  'Purchase-Id': text('The id of the purchase in this service', '0b6f8d0a-3c1e-4b62-9a55-0f7c2f1f7a11'),
  'Purchase-Changed': text('Whether the write changed the purchase: `true` or `false`', 'true'),
  'Consistency-Token': text('A read that sends it includes this write', 'MTIzLjEyMw'),
  Link: text('The next page, as `<…>; rel="next"`, if any', '</api/v1/purchases?cursor=x>; rel="next"'),
  Location: text('URL of the progress', '/api/v1/projections/purchases/rebuilds/1'),
  'Retry-After': whole('Seconds to wait before a retry', 2),
  'RateLimit-Limit': whole('Maximum requests per minute', 600_000),
  'RateLimit-Remaining': whole('Remaining requests in this minute', 599_999),
  'RateLimit-Reset': whole('Seconds until the minute ends', 60),
  'WWW-Authenticate': text('How to authenticate (RFC 6750)', 'Bearer error="invalid_token"'),
} as const;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

/** Headers of a response about one purchase. */
export const PURCHASE_HEADERS = ['ETag', 'Purchase-Id'] as const satisfies readonly ResponseHeader[];
/** Headers of the response to a write of one purchase. */
export const WRITE_HEADERS = [
  ...PURCHASE_HEADERS,
  'Purchase-Changed',
  'Consistency-Token',
] as const satisfies readonly ResponseHeader[];
