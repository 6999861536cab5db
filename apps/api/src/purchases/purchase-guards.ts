import type { Guards } from '@app/write-model/write-outcome';
import { Problem } from '../http/problems/problem';

/** The revision as an entity tag, and back. */
export const etagOf = (revision: bigint): string => `"${revision}"`;

/** Entity tags with commas between them, as RFC 9110 writes them (8.8.3). */
const TAG = String.raw`(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"`;
const TAGS = new RegExp(String.raw`^${TAG}(?:[ \t]*,[ \t]*${TAG})*$`);
/** One that this service answered: strong, and a revision. */
const OWN_TAG = /^"(0|[1-9]\d{0,17})"$/;

/** The revisions of the tags that can match; a weak tag never does (RFC 9110, 13.1.1), nor one that we did not give. */
const revisionsOf = (tags: string): bigint[] =>
  [...tags.matchAll(new RegExp(TAG, 'g'))].flatMap(([tag]) => {
    const revision = OWN_TAG.exec(tag)?.[1];
    return revision === undefined ? [] : [BigInt(revision)];
  });

/** What If-Match asks of the stored revision. @throws Problem invalid-parameter */
function readIfMatch(header: string | undefined): Guards {
  const sent = header?.trim();
  if (sent === undefined) return {};
  if (sent === '*') return { mustExist: true };
  if (!TAGS.test(sent)) throw unusable('If-Match', 'send * or an entity tag as it was answered, such as "3"');
  return { ifMatch: revisionsOf(sent) };
}

/** What the preconditions of a write ask of the stored revision. @throws Problem invalid-parameter */
export function readGuards(headers: Record<string, string | undefined>): Guards {
  const ifNoneMatch = headers['if-none-match']?.trim();
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
    throw unusable('If-None-Match', 'a write understands only *: it must not exist yet');
  return { ...readIfMatch(headers['if-match']), ...(ifNoneMatch === '*' && { mustNotExist: true }) };
}

const unusable = (property: string, message: string): Problem =>
  new Problem('invalid-parameter', `${property}: ${message}`, {
    errors: [{ code: 'invalid-parameter', message, property }],
  });
