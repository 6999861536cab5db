import { Problem, type ProblemError } from '../problems/problem';
import type { ParameterSet, ValuesOf } from './parameter';

/** Maximum number of invalid parameters in one response. */
const MAX_ERRORS = 100;

/** Decodes a percent-encoded UTF-8 text; undefined when it is malformed. */
function decoded(piece: string): string | undefined {
  try {
    return decodeURIComponent(piece.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

/** All values of a query by name; a malformed name is reported as it was sent. */
function valuesByName(url: string, report: (name: string, message: string) => void): Map<string, string[]> {
  const values = new Map<string, string[]>();
  const start = url.indexOf('?');
  const pieces = start < 0 ? [] : url.slice(start + 1).split('&');
  for (const piece of pieces) {
    if (piece === '') continue;
    const end = piece.indexOf('=');
    const name = decoded(end < 0 ? piece : piece.slice(0, end));
    const value = decoded(end < 0 ? '' : piece.slice(end + 1));
    if (name === undefined || value === undefined) report(name ?? 'query', 'is not UTF-8 in percent-encoding');
    else if (values.get(name)?.push(value) === undefined) values.set(name, [value]);
  }
  return values;
}

/**
 * Reads the query of a URL as the parameters of a route.
 * @throws Problem invalid-parameter: names every parameter that is unknown, missing, empty, repeated or malformed
 */
export function readQuery<P extends ParameterSet>(parameters: P, url: string): ValuesOf<P> {
  const errors: ProblemError[] = [];
  const report = (property: string, message: string, code = 'invalid-parameter'): void => {
    errors.push({ code, message, property });
  };
  const sent = valuesByName(url, report);
  const read: Record<string, unknown> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const names = [name, ...(parameter.aliases ?? [])].filter((each) => sent.has(each));
    const [first = name] = names;
    const values = names.flatMap((each) => sent.get(each) ?? []);
    for (const each of names) sent.delete(each);
    const [value] = values;
    if (value === undefined) {
      if (parameter.required === true) report(name, 'is missing', 'required');
      continue;
    }
    const result = readOne(parameter, values, value);
    if ('problem' in result) report(first, result.problem);
    else read[name] = result.value;
  }
  for (const name of sent.keys()) report(name, 'is not a parameter of this route');
  if (errors.length > 0) throw problemOf(errors);
  return read as ValuesOf<P>;
}

function readOne(
  parameter: ParameterSet[string],
  values: readonly string[],
  value: string,
): ReturnType<ParameterSet[string]['read']> {
  if (values.length > 1) return { problem: 'must not be repeated' };
  return value === '' ? { problem: 'must not be empty' } : parameter.read(value);
}

function problemOf(errors: readonly ProblemError[]): Problem {
  const named = errors.slice(0, MAX_ERRORS);
  const more = errors.length - named.length;
  const detail = named.map(({ property, message }) => `${property} ${message}`).join('; ');
  return new Problem('invalid-parameter', more > 0 ? `${detail}; and ${more} more` : detail, { errors: named });
}
