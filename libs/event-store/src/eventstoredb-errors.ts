import { ErrorType } from '@eventstore/db-client';
import { AppendTooLarge, EventStoreUnavailable, type ExpectedRevision, WrongExpectedRevision } from './event-store';

/** The official client's errors, and the raw ones of gRPC that it lets through, as far as anybody looks at them. */
interface ClientError {
  type?: string;
  code?: number;
  message?: string;
  actualVersion?: bigint | 'no_stream';
  maxAppendSize?: number;
}

/** The server said no, and would say so again. */
const FINAL: ReadonlySet<string> = new Set<string>([
  ErrorType.STREAM_DELETED,
  ErrorType.ACCESS_DENIED,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.UNSUPPORTED,
  ErrorType.WRONG_EXPECTED_VERSION,
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
]);

/**
 * True when the same call may succeed later: the server starts, stops, changes its leader or cannot be reached. "Server is not ready" arrives
 * as an unknown error, a dying server as raw codes 13 and 14, so everything that is not known to be final counts.
 */
export function isPassing(error: unknown): boolean {
  const { type } = error as ClientError;
  if (type === undefined) return true;
  return !FINAL.has(type);
}

const described = (error: unknown): string => {
  const { type, code, message } = error as ClientError;
  return [type ?? (code === undefined ? 'error' : `gRPC code ${code}`), message].filter(Boolean).join(': ');
};

/** What an append ended with, in the words of the port. */
export function appendError(stream: string, expected: ExpectedRevision, error: unknown): Error {
  const { type, actualVersion, maxAppendSize } = error as ClientError;
  if (type === ErrorType.WRONG_EXPECTED_VERSION)
    return new WrongExpectedRevision(stream, expected, typeof actualVersion === 'bigint' ? actualVersion : undefined);
  if (type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED) return new AppendTooLarge(stream, maxAppendSize ?? 0);
  return unavailable(`append to ${stream}`, error);
}

export const unavailable = (what: string, cause: unknown): EventStoreUnavailable =>
  cause instanceof EventStoreUnavailable ? cause : new EventStoreUnavailable(`${what}: ${described(cause)}`, { cause });

/** True for a stream that is not there. */
export const isNotFound = (error: unknown): boolean => (error as ClientError).type === ErrorType.STREAM_NOT_FOUND;
