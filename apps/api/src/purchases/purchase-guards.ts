import type { Guards } from '@app/write-model/write-outcome';
import { Problem } from '../http/problems/problem';

/** The revision as an entity tag. */
export const etagOf = (revision: bigint): string => `"${revision}"`;

/** One entity tag (RFC 9110, 8.8.3). */
const TAG = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g;
/** An entity tag of this service: a revision. */
const OWN_TAG = /^"(0|[1-9]\d{0,17})"$/;

/** The entity tags of a header, or undefined when it is not a list of them. Empty elements of the list are ignored (RFC 9110, 5.6.1). */
function tagsIn(header: string): string[] | undefined {
  // A header never contains NUL, so NUL can replace each tag.
  const elements = header.replace(TAG, '\0').split(',');
  const isList = elements.every((each) => ['', '\0'].includes(each.trim()));
  const tags = header.match(TAG);
  return isList && tags !== null ? tags : undefined;
}

const revisionOf = (tag: string): bigint[] => {
  const revision = OWN_TAG.exec(tag)?.[1];
  return revision === undefined ? [] : [BigInt(revision)];
};

const USAGE = 'send * or entity tags as they were answered, such as "3"';

/** The revision that If-Match requires. @throws Problem invalid-parameter */
function readIfMatch(header: string | undefined): Guards {
  const sent = header?.trim();
  if (sent === undefined) return {};
  if (sent === '*') return { mustExist: true };
  const tags = tagsIn(sent);
  if (tags === undefined) throw unusable('If-Match', USAGE);
  // A weak tag never matches (RFC 9110, 13.1.1), nor does one that this service did not send.
  return { ifMatch: tags.flatMap(revisionOf) };
}

/** The revision that the preconditions of a write require. @throws Problem invalid-parameter */
export function readGuards(headers: Record<string, string | undefined>): Guards {
  const ifNoneMatch = headers['if-none-match']?.trim();
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
    throw unusable('If-None-Match', 'a write understands only *: it must not exist yet');
  return { ...readIfMatch(headers['if-match']), ...(ifNoneMatch === '*' && { mustNotExist: true }) };
}

/** The entity tags of If-None-Match of a read; `*` for any. @throws Problem invalid-parameter */
export function readIfNoneMatch(header: string): '*' | string[] {
  if (header.trim() === '*') return '*';
  const tags = tagsIn(header);
  if (tags === undefined) throw unusable('If-None-Match', USAGE);
  return tags;
}

/** True when If-None-Match of a read names the entity tag of the answer. @throws Problem invalid-parameter */
export function matches(ifNoneMatch: string, etag: string): boolean {
  const tags = readIfNoneMatch(ifNoneMatch);
  // Weak comparison (RFC 9110, 13.1.2).
  return tags === '*' || tags.some((tag) => tag.replace(/^W\//, '') === etag);
}

const unusable = (property: string, message: string): Problem =>
  new Problem('invalid-parameter', `${property}: ${message}`, {
    errors: [{ code: 'invalid-parameter', message, property }],
  });
