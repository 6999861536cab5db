import type { Guards } from '@app/event-store/write-outcome';
import { Problem } from '../problems/problem';

/** The revision as an entity tag, and back. */
export const etagOf = (revision: bigint): string => `"${revision}"`;

/** What If-Match and If-None-Match ask of the stored revision. @throws Problem invalid-parameter */
export function readGuards(ifMatch: string | undefined, ifNoneMatch: string | undefined): Guards {
  const guards: Guards = {};
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== '*') throw unusable('If-None-Match', 'only * is understood');
    guards.mustNotExist = true;
  }
  if (ifMatch !== undefined) {
    const revision = /^\s*"(\d{1,18})"\s*$/.exec(ifMatch)?.[1];
    if (revision === undefined) throw unusable('If-Match', 'send one entity tag as it was answered, such as "3"');
    guards.ifMatch = BigInt(revision);
  }
  return guards;
}

const unusable = (property: string, message: string): Problem =>
  new Problem('invalid-parameter', `${property}: ${message}`, {
    errors: [{ code: 'invalid-parameter', message, property }],
  });
