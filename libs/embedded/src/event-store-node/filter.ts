import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { LoggedEvent } from './record';
import { InvalidRequest } from './refusal';

export interface Filter {
  matches: (event: LoggedEvent) => boolean;
  /** A checkpoint is sent after so many considered events. */
  checkpointEvery: number;
}

const DEFAULT_WINDOW = 32;

function expressionOf({ regex, prefixes }: { regex: string; prefixes: readonly string[] }): (value: string) => boolean {
  if (prefixes.length > 0) return (value) => prefixes.some((prefix) => value.startsWith(prefix));
  try {
    const pattern = new RegExp(regex, 'u');
    return (value) => pattern.test(value);
  } catch {
    throw new InvalidRequest(`not a regular expression: ${regex}`);
  }
}

/** The filter of a read request, undefined for none. @throws InvalidRequest */
export function filterOf(options: ReadReq.Options): Filter | undefined {
  const filter = options.getFilter();
  if (filter === undefined) return undefined;
  const byStream = filter.getStreamIdentifier();
  const expression = byStream ?? filter.getEventType();
  if (expression === undefined) return undefined;
  const holds = expressionOf({ regex: expression.getRegex(), prefixes: expression.getPrefixList() });
  const window = filter.hasMax() ? filter.getMax() : DEFAULT_WINDOW;
  return {
    matches: byStream === undefined ? ({ type }) => holds(type) : ({ stream }) => holds(stream),
    checkpointEvery: Math.max(1, window) * Math.max(1, filter.getCheckpointintervalmultiplier()),
  };
}
