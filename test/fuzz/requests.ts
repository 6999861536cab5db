import fc from 'fast-check';
import type { InjectOptions } from 'fastify';
import { HistoryEntryDto, TransactionDto } from '../../apps/api/src/purchases/body/entry-dto';
import { arbitraryBodyOf, arbitraryPurchaseBody } from '../arbitrary-body';
import { spoilt } from '../spoil-body';

/** Valid requests, and the same with mutations of path, parameters, headers and body. */

export interface FuzzRequest {
  method: NonNullable<InjectOptions['method']>;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

const mostly = <T>(good: fc.Arbitrary<T>, bad: fc.Arbitrary<T>, weight = 5): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: good }, { weight: 1, arbitrary: bad });

/** Few values, so that requests address the same purchases repeatedly. */
const identifier = fc.nat(40).map((n) => `P-${n}`);
const hostileText = fc.oneof(
  fc.constantFrom(
    '',
    '%00',
    '%',
    '%ff',
    '%2F',
    '..',
    '%2e%2e',
    '\u0000',
    "'; drop table x",
    '%ed%a0%80',
    '🙂',
    '%F0%9F%98%80',
    '+',
    '&=?#',
    '9'.repeat(400),
  ),
  fc.string({ maxLength: 20 }).map(encodeURIComponent),
  fc.string({ unit: 'grapheme', maxLength: 10 }).map(encodeURIComponent),
);
const kind = mostly(
  fc.constantFrom('platform', 'internal', 'visible'),
  fc.oneof(fc.constant('sparklayer'), hostileText),
  20,
);
const path = fc
  .tuple(kind, mostly(identifier, hostileText, 20), mostly(fc.constant(''), hostileText, 30))
  .map(([lookupBy, id, more]) => `/api/v1/purchases/${lookupBy}/${id}${more}`);

const PARAMETERS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['limit', ['1', '500', '0', '1e3']],
  ['offset', ['0', '3', '-1']],
  ['order_by', ['placed_at', 'last_updated', 'x']],
  ['cursor', ['0', '5', 'abc', '999999999999999999999']],
  ['type', ['order', 'cart', 'PackageAdded', 'x']],
  ['status', ['processing', 'shipped', 'x']],
  ['search', ['a', 'ÄÖ', '%00', '%25_', "'"]],
  ['actor', ['demo', '%00']],
  ['from', ['2026-01-01T00:00:00Z', '0000-01-01T00:00:00Z']],
  ['to', ['9999-12-31T23:59:59-01:00', '2026-01-01T00:00:00%2B02:00']],
  ['dates[placed][gte]', ['2020-01-01T00:00:00Z', '0001-01-01T00:00:00%2B01:00']],
  ['dates[last_updated[gte]', ['2020-01-01T00:00:00Z', 'yesterday']],
  ['customer_identifiers[sparklayer]', ['A-1', '%00', 'Cafe%CC%81']],
  ['dry_run', ['true', 'false', '1', '']],
  ['revision', ['0', '1', '-1', '99999999999999999999']],
  ['as_of', ['2026-01-01T00:00:00Z', 'now']],
];
const parameter = fc
  .constantFrom(...PARAMETERS)
  .chain(([name, values]) => mostly(fc.constantFrom(...values), hostileText).map((value) => `${name}=${value}`));
const query = mostly(
  fc.constant(''),
  fc.array(parameter, { minLength: 1, maxLength: 3 }).map((each) => `?${each.join('&')}`),
  2,
);

const HEADERS: readonly (readonly [name: string, values: readonly string[]])[] = [
  ['if-match', ['*', '"0"', 'W/"1"', '"a", ,"1"', '"', 'x'.repeat(500)]],
  ['if-none-match', ['*', '"1"', 'x']],
  ['prefer', ['handling=strict', 'wait=1', 'wait=99999999', 'wait=-1', ';;,=']],
  ['idempotency-key', ['k-1', 'k-2', ' ', 'é', 'x'.repeat(300)]],
  ['content-type', ['text/plain', 'application/json; charset=latin1', 'application/x-www-form-urlencoded', 'x', '']],
  ['content-encoding', ['gzip', 'GZIP', 'br', 'identity', 'gzip, identity', 'x']],
  ['accept', ['text/html', '*/*;q=0', 'x']],
  ['consistency-token', ['x', '1', '']],
  ['x-request-id', ['r-1', '<script>', 'x'.repeat(200)]],
  ['site-id', ['other', '', 'x'.repeat(1_000)]],
];
const header = fc
  .constantFrom(...HEADERS)
  .chain(([name, values]) => fc.constantFrom(...values).map((value): [string, string] => [name, value]));
const headers = mostly(
  fc.constant({}),
  fc.array(header, { minLength: 1, maxLength: 2 }).map(Object.fromEntries<string>),
  3,
);

/** Text of a body: unchanged, truncated, or with one character replaced. */
const textOf = (body: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc
    .tuple(
      mostly(body, body.chain(spoilt), 2),
      fc.nat(40),
      fc.nat(),
      fc.constantFrom('"', '{', '\\u0000', '1e400', '\ud800', ','),
    )
    .map(([value, kindOfChange, at, character]) => {
      const text = JSON.stringify(value) ?? '';
      if (kindOfChange === 0) return text.slice(0, at % (text.length + 1));
      if (kindOfChange > 2) return text;
      const from = at % (text.length + 1);
      return text.slice(0, from) + character + text.slice(from + 1);
    });

const sent = (
  method: FuzzRequest['method'],
  url: fc.Arbitrary<string>,
  body: fc.Arbitrary<unknown>,
): fc.Arbitrary<FuzzRequest> => fc.record({ method: fc.constant(method), url, headers, body: textOf(body) });
const asked = (method: FuzzRequest['method'], url: fc.Arbitrary<string>): fc.Arbitrary<FuzzRequest> =>
  fc.record({ method: fc.constant(method), url, headers });

const below = (...names: readonly string[]): fc.Arbitrary<string> =>
  fc.tuple(path, fc.constantFrom(...names), query).map((parts) => parts.join(''));
const purchaseUrl = fc.tuple(path, mostly(fc.constant(''), query, 6)).map((parts) => parts.join(''));

/** A body without identifiers: the path contains one, and no two purchases contend for an identifier. */
const purchaseBody = arbitraryPurchaseBody.map(({ purchase_identifiers: _, ...body }): unknown => body);

export const arbitraryRequest: fc.Arbitrary<FuzzRequest> = fc.oneof(
  { weight: 8, arbitrary: sent('PUT', purchaseUrl, purchaseBody) },
  { weight: 1, arbitrary: sent('PUT', purchaseUrl, arbitraryPurchaseBody) },
  { weight: 3, arbitrary: sent('PUT', below('/transactions'), arbitraryBodyOf(TransactionDto)) },
  { weight: 2, arbitrary: sent('POST', below('/history'), arbitraryBodyOf(HistoryEntryDto)) },
  { weight: 3, arbitrary: asked('GET', below('', '/timeline', '/transactions', '/history', '/compare', '/nothing')) },
  {
    weight: 2,
    arbitrary: asked(
      'GET',
      query.map((each) => `/api/v1/purchases${each}`),
    ),
  },
  { weight: 1, arbitrary: asked('DELETE', purchaseUrl) },
  { weight: 1, arbitrary: asked('PATCH', purchaseUrl) },
  {
    weight: 1,
    arbitrary: sent('POST', fc.constant('/api/auth/token'), fc.constant({ grant_type: 'client_credentials' })),
  },
);
