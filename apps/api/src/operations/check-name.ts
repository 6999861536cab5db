import { PROJECTION_NAMES } from '@app/read-models/tables';
import { Problem } from '../http/problems/problem';

/** Checks the name of a projection in a path. @throws Problem not-found */
export function checkName(name: string): void {
  if (!PROJECTION_NAMES.includes(name))
    throw new Problem('not-found', `there is no projection of this name; there are ${PROJECTION_NAMES.join(', ')}`);
}
