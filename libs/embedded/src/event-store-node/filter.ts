import { createContext, Script } from 'node:vm';
import { LRUCache } from 'lru-cache';
import type { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import type { LoggedEvent } from './record';
import { InvalidRequest } from './refusal';

export interface Filter {
  matches: (event: LoggedEvent) => boolean;
  /** Number of examined events after which a checkpoint is sent. */
  checkpointEvery: number;
}

const DEFAULT_CHECKPOINT_WINDOW = 32;

/** Time limit for one match: a catastrophic expression would block the event loop. */
const MATCH_TIMEOUT_MS = 250;
const MAX_CACHED_RESULTS = 10_000;

/** Compiles a regular expression to a predicate with a time limit and a cache of results. The predicate throws InvalidRequest on time-out. */
function expressionMatcher(regex: string): (value: string) => boolean {
  const context = createContext({ pattern: expressionOf(regex), value: '' });
  const test = new Script('pattern.test(value)');
  const results = new LRUCache<string, boolean>({ max: MAX_CACHED_RESULTS });
  return (value) => {
    const known = results.get(value);
    if (known !== undefined) return known;
    context.value = value;
    try {
      const matches = test.runInContext(context, { timeout: MATCH_TIMEOUT_MS }) as boolean;
      results.set(value, matches);
      return matches;
    } catch {
      throw new InvalidRequest(`the regular expression takes too long: ${regex}`);
    }
  };
}

function expressionOf(regex: string): RegExp {
  try {
    // Unicode classes need the `u` flag; without it JavaScript is as lenient as .NET.
    return new RegExp(regex, /\\[pP]\{/.test(regex) ? 'u' : '');
  } catch {
    throw new InvalidRequest(`not a regular expression: ${regex}`);
  }
}

const matcherOf = ({
  regex,
  prefixes,
}: {
  regex: string;
  prefixes: readonly string[];
}): ((value: string) => boolean) =>
  prefixes.length > 0 ? (value) => prefixes.some((prefix) => value.startsWith(prefix)) : expressionMatcher(regex);

/** Returns the filter of a read request; undefined when it has none. @throws InvalidRequest */
export function filterOf(options: ReadReq.Options): Filter | undefined {
  const filter = options.getFilter();
  if (filter === undefined) return undefined;
  const byStream = filter.getStreamIdentifier();
  const expression = byStream ?? filter.getEventType();
  if (expression === undefined) return undefined;
  const matches = matcherOf({ regex: expression.getRegex(), prefixes: expression.getPrefixList() });
  const window = filter.hasMax() ? filter.getMax() : DEFAULT_CHECKPOINT_WINDOW;
  return {
    matches: byStream === undefined ? ({ type }) => matches(type) : ({ stream }) => matches(stream),
    checkpointEvery: Math.max(1, window) * Math.max(1, filter.getCheckpointintervalmultiplier()),
  };
}
