/** One wrong value of a body; `property` is a JSON pointer into it (RFC 6901). */
export interface BodyError {
  code: string;
  message: string;
  property: string;
}

/** A step of a JSON pointer. */
export const pointer = (parent: string, key: string | number): string =>
  `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
