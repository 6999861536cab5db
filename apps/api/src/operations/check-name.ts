import { PROJECTION } from '@app/read-models/tables';
import { Problem } from '../http/problems/problem';

/** Checks the name of a projection in a path. @throws Problem not-found */
export function checkName(name: string): void {
  if (name !== PROJECTION)
    throw new Problem('not-found', `there is no projection of this name; there is ${PROJECTION}`);
}
