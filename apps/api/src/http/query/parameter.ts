import { problemOfText, TEXT_PROBLEMS } from '@app/purchase/text';
import { readInstant, TIME_PROBLEMS } from '@app/purchase/time';

/** The result of reading one value: the value, or an error message that follows the parameter's name. */
export type ReadValue<T> = { value: T } | { problem: string };

/** A query parameter of a route: how it is read, and how OpenAPI describes it. */
export interface Parameter<T> {
  read(text: string): ReadValue<T>;
  schema: Record<string, unknown>;
  description: string;
  /** True: a request without it is rejected. */
  required?: boolean;
  /** Other spellings of the name that clients use. */
  aliases?: readonly string[];
}

/** The query parameters of a route, by name. */
export type ParameterSet = Readonly<Record<string, Parameter<unknown>>>;

/** The values of the parameters that were sent. */
export type ValuesOf<P extends ParameterSet> = { [K in keyof P]?: P[K] extends Parameter<infer T> ? T : never };

const MAX_TEXT_LENGTH = 1_000;
const MAX_LIST_LENGTH = 100;

/** Text without control characters, of at most 1,000 characters. */
export const text = (description: string): Parameter<string> => ({
  description,
  schema: { type: 'string', maxLength: MAX_TEXT_LENGTH },
  read: (sent) => {
    if (sent.length > MAX_TEXT_LENGTH) return { problem: `must have at most ${MAX_TEXT_LENGTH} characters` };
    const problem = problemOfText(sent);
    return problem === undefined ? { value: sent } : { problem: TEXT_PROBLEMS[problem] };
  },
});

export const oneOf = <T extends string>(values: readonly T[], description: string): Parameter<T> => ({
  description,
  schema: { type: 'string', enum: values },
  read: (sent) => (isOneOf(values, sent) ? { value: sent } : { problem: `must be one of ${values.join(', ')}` }),
});

/** Values from a list, separated by commas. */
export const listOf = <T extends string>(values: readonly T[], description: string): Parameter<readonly T[]> => ({
  description,
  schema: { type: 'string' },
  read: (sent) => {
    const parts = sent.split(',', MAX_LIST_LENGTH + 1);
    if (parts.length > MAX_LIST_LENGTH) return { problem: `must have at most ${MAX_LIST_LENGTH} values` };
    const known = parts.filter((part): part is T => isOneOf(values, part));
    return known.length === parts.length ? { value: known } : { problem: `must be a list of ${values.join(', ')}` };
  },
});

/** An integer from `min` to `max`, inclusive. */
export const whole = (min: number, max: number, description: string): Parameter<number> => ({
  description,
  schema: { type: 'integer', minimum: min, maximum: max },
  read: (sent) =>
    /^\d{1,16}$/.test(sent) && Number(sent) >= min && Number(sent) <= max
      ? { value: Number(sent) }
      : { problem: `must be a whole number from ${min} to ${max}` },
});

/** A text in one of the formats of bodies. */
export const formatted = (
  format: (text: string) => string | { words: string },
  schema: Record<string, unknown>,
  description: string,
): Parameter<string> => ({
  description,
  schema,
  read: (sent) => {
    const read = format(sent);
    return typeof read === 'string' ? { value: read } : { problem: read.words };
  },
});

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export const isUuid = (text: string): boolean => UUID.test(text);

/** A UUID; converted to lower case. */
export const uuid = (description: string): Parameter<string> => ({
  description,
  schema: { type: 'string', format: 'uuid' },
  read: (sent) => (isUuid(sent) ? { value: sent.toLowerCase() } : { problem: 'must be a UUID' }),
});

/** An ISO 8601 time with an offset; its year in UTC is 1 to 9999. Converted to UTC with milliseconds. */
export const time = (description: string, aliases: readonly string[] = []): Parameter<string> => ({
  description,
  aliases,
  schema: { type: 'string', format: 'date-time' },
  read: (sent) => {
    // A plus sign that was not percent-encoded arrives as a space.
    const result = readInstant(sent.replace(' ', '+'));
    return result.ok ? { value: result.instant } : { problem: TIME_PROBLEMS[result.problem] };
  },
});

const isOneOf = <T extends string>(values: readonly T[], sent: string): sent is T =>
  (values as readonly string[]).includes(sent);
