/** One wrong value of a body; `property` is a JSON pointer into it (RFC 6901). */
export interface BodyError {
  code: string;
  message: string;
  property: string;
}

/** A step of a JSON pointer. */
export const pointer = (parent: string, key: string | number): string =>
  `${parent}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** A place in a body, by its way up; only a mistake needs it spelt out. */
export interface Place {
  parent: Place | undefined;
  key: string | number;
}

/** A place as a JSON pointer. */
export const pointerTo = (place: Place | undefined): string =>
  place === undefined ? '' : pointer(pointerTo(place.parent), place.key);
