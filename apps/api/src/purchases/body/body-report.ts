import { MAX_VALUES } from '../../http/body/bounded-json';

/** One invalid value of a body; `property` is a JSON pointer (RFC 6901). */
export interface BodyError {
  code: string;
  message: string;
  property: string;
}

/** The errors of a body: at most MAX_ERRORS, and whether there are more. */
export interface BodyErrors {
  errors: readonly BodyError[];
  hasMore: boolean;
}

export const MAX_ERRORS = 100;
/** Longer names of unknown properties are not repeated in the response. */
const MAX_NAME_LENGTH = 200;

type Key = string | number;

/** Thrown to stop reading a body early. */
export class StopReading extends Error {}

const step = (key: Key): string => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
const isLong = (key: Key | undefined): boolean => typeof key === 'string' && key.length > MAX_NAME_LENGTH;

/** Collects errors while a body is read and tracks the current path. */
export class BodyReport implements BodyErrors {
  readonly errors: BodyError[] = [];
  hasMore = false;
  private readonly path: Key[] = [];
  private values = 0;

  /** With `strict`, calculated values are errors. `currency` is the raw currency code of the body. */
  constructor(
    readonly strict: boolean,
    readonly currency: unknown,
  ) {}

  /** Reports errors below the member or element `key` until the matching `leave`. */
  enter(key: Key): void {
    this.path.push(key);
  }

  leave(): void {
    this.path.pop();
  }

  /** Counts values. @throws StopReading above MAX_VALUES */
  count(values: number): void {
    this.values += values;
    if (this.values > MAX_VALUES) this.stop('too-many-values', `has more than ${MAX_VALUES} values`);
  }

  /**
   * Reports an error below the current path; `words` follow the property name. For an overlong name the pointer is that of its parent.
   * @throws StopReading after MAX_ERRORS
   */
  add(code: string, words: string, ...below: readonly Key[]): undefined {
    if (this.errors.length === MAX_ERRORS) {
      this.hasMore = true;
      throw new StopReading();
    }
    const keys = [...this.path, ...below];
    const end = keys.findIndex(isLong);
    const named = end < 0 ? keys : keys.slice(0, end);
    const label = end < 0 ? nameOf(keys.at(-1)) : `a property with a name of ${String(keys[end]).length} characters`;
    this.errors.push({ code, message: `${label} ${words}`, property: named.map(step).join('') });
    return undefined;
  }

  private stop(code: string, words: string): never {
    this.errors.length = 0;
    this.path.length = 0;
    this.add(code, words);
    throw new StopReading();
  }
}

const nameOf = (key: Key | undefined): string => {
  if (key === undefined) return 'the body';
  return typeof key === 'number' ? `entry ${key}` : key;
};
