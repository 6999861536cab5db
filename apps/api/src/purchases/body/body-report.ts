/** One wrong value of a body; `property` is a JSON pointer into it (RFC 6901). */
export interface BodyError {
  code: string;
  message: string;
  property: string;
}

/** What is wrong with a body: at most MAX_ERRORS values, and whether there are more. */
export interface BodyErrors {
  errors: readonly BodyError[];
  hasMore: boolean;
}

export const MAX_ERRORS = 100;
/** Members and elements of one body; a body of 1 MiB with 10,000 lines has less than half as many. */
export const MAX_VALUES = 200_000;
/** A longer name of an unknown property is not repeated in the answer. */
const MAX_NAME_LENGTH = 200;

type Key = string | number;

/** Thrown to stop reading a body that needs no further look. */
export class StopReading extends Error {}

const step = (key: Key): string => `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
const isLong = (key: Key | undefined): boolean => typeof key === 'string' && key.length > MAX_NAME_LENGTH;

/** Collects what is wrong while a body is read, and knows where the reader is. */
export class BodyReport implements BodyErrors {
  readonly errors: BodyError[] = [];
  hasMore = false;
  private readonly path: Key[] = [];
  private values = 0;

  /** With `strict` a calculated value is an error. `currency` is that of the body, as it was sent. */
  constructor(
    readonly strict: boolean,
    readonly currency: unknown,
  ) {}

  /** Reads a member or an element: what `read` reports is at `key`. */
  at<T>(key: Key, read: () => T): T {
    this.path.push(key);
    const value = read();
    this.path.pop();
    return value;
  }

  /** @throws StopReading when the body has too many values to be read */
  count(values: number): void {
    this.values += values;
    if (this.values > MAX_VALUES) this.stop('too-many-values', `has more than ${MAX_VALUES} values`);
  }

  /**
   * Reports a value below the current place; `words` follow its name. A name too long to repeat is counted, and its parent is pointed to.
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
