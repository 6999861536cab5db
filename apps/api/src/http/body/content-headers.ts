import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '../problems/problem';

const unsupported = (detail: string, headers: Record<string, string>): Problem =>
  new Problem('unsupported-media-type', detail, { headers });

/** @throws Problem unsupported-media-type unless the body is JSON in UTF-8 */
export function checkContentType(contentType: string | undefined): void {
  const [type = '', ...parameters] = (contentType ?? '').toLowerCase().split(';');
  if (type.trim() !== 'application/json')
    throw unsupported('send Content-Type: application/json', { accept: 'application/json' });
  const charset = parameters
    .map((each) => /^\s*charset\s*=\s*"?([^"\s]*)"?\s*$/.exec(each)?.[1])
    .find((each) => each !== undefined);
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
    throw unsupported('send JSON in UTF-8', { accept: 'application/json' });
}

export type Compression = 'gzip' | 'deflate' | undefined;

/** The compression of the body (RFC 9110, 8.4). Names are case-insensitive; `identity` means none. @throws Problem unsupported-media-type */
export function readContentEncoding({ 'content-encoding': header = '' }: IncomingHttpHeaders): Compression {
  const codings = header
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && each !== 'identity');
  if (codings.length === 0) return undefined;
  if (codings.length === 1 && (codings[0] === 'gzip' || codings[0] === 'x-gzip')) return 'gzip';
  if (codings.length === 1 && codings[0] === 'deflate') return 'deflate';
  throw unsupported('a body may be compressed once, by gzip or deflate', { 'accept-encoding': 'gzip, deflate' });
}
