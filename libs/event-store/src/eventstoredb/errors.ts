import { ErrorType } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import {
  AppendTooLarge,
  EventStoreRefused,
  EventStoreUnavailable,
  type ExpectedRevision,
  type RefusalReason,
  WrongExpectedRevision,
} from '../event-store';

/** The official client's errors, and the raw ones of gRPC that it lets through, as far as anybody looks at them. */
interface ClientError {
  type?: string;
  code?: number;
  message?: string;
  actualVersion?: bigint | 'no_stream';
  maxAppendSize?: number;
}

/** What the client's own error types mean. Those that are not here, "unknown" above all, are told by their gRPC code. */
const MEANINGS: Readonly<Record<string, RefusalReason | 'passing'>> = {
  [ErrorType.ACCESS_DENIED]: 'access-denied',
  [ErrorType.STREAM_DELETED]: 'stream-deleted',
  [ErrorType.WRONG_EXPECTED_VERSION]: 'invalid-request',
  [ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED]: 'invalid-request',
  [ErrorType.INVALID_ARGUMENT]: 'invalid-request',
  [ErrorType.UNSUPPORTED]: 'invalid-request',
  [ErrorType.TIMEOUT]: 'passing',
  [ErrorType.DEADLINE_EXCEEDED]: 'passing',
  [ErrorType.UNAVAILABLE]: 'passing',
  [ErrorType.CANCELLED]: 'passing',
  [ErrorType.NOT_LEADER]: 'passing',
  [ErrorType.NOT_FOUND]: 'passing',
};

/** gRPC codes that a later try would meet again. The others come of a server that starts, stops, or cannot be reached. */
const REFUSING_CODES: Readonly<Record<number, RefusalReason>> = {
  [status.PERMISSION_DENIED]: 'access-denied',
  [status.UNAUTHENTICATED]: 'access-denied',
  [status.UNKNOWN]: 'invalid-request',
  [status.INVALID_ARGUMENT]: 'invalid-request',
  [status.FAILED_PRECONDITION]: 'invalid-request',
  [status.OUT_OF_RANGE]: 'invalid-request',
  [status.UNIMPLEMENTED]: 'invalid-request',
};

function meaningOf(error: unknown): RefusalReason | 'passing' {
  const { type, code, message = '' } = error as ClientError;
  const known = type === undefined ? undefined : MEANINGS[type];
  if (known !== undefined) return known;
  if (code !== undefined) return REFUSING_CODES[code] ?? 'passing';
  // On the batch call: "Server Is Not Ready" comes as something the client does not recognise, a bad request as unknown without a word.
  if (type === ErrorType.UNKNOWN && !message.startsWith('Could not recognize')) return 'invalid-request';
  return 'passing';
}

/**
 * True when the same call may succeed soon: the server starts, stops, changes its leader or cannot be reached. What nobody knows counts as
 * passing, for the number of tries is bounded; a full disk does not.
 */
export const isPassing = (error: unknown): boolean =>
  meaningOf(error) === 'passing' && (error as ClientError).code !== status.RESOURCE_EXHAUSTED;

/** True when a subscription was dropped for falling behind: routine, it subscribes again. */
export const isTooSlow = (error: unknown): boolean => (error as ClientError).code === status.ABORTED;

const described = (error: unknown): string => {
  const { type, code, message } = error as ClientError;
  return [type ?? (code === undefined ? 'error' : `gRPC code ${code}`), message].filter(Boolean).join(': ');
};

/** What a call ended with, in the words of the port. */
export function toPortError(what: string, error: unknown): Error {
  if (error instanceof EventStoreUnavailable || error instanceof EventStoreRefused || error instanceof TypeError)
    return error;
  const meaning = meaningOf(error);
  const message = `${what}: ${described(error)}`;
  if (meaning === 'passing') return new EventStoreUnavailable(message, { cause: error });
  return new EventStoreRefused(meaning, message, { cause: error });
}

/** What an append ended with, in the words of the port. */
export function toAppendError(stream: string, expected: ExpectedRevision, error: unknown): Error {
  const { type, actualVersion, maxAppendSize } = error as ClientError;
  if (type === ErrorType.WRONG_EXPECTED_VERSION)
    return new WrongExpectedRevision(stream, expected, typeof actualVersion === 'bigint' ? actualVersion : undefined);
  if (type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED) return new AppendTooLarge(stream, maxAppendSize ?? 0);
  return toPortError(`append to ${stream}`, error);
}

/** True for a stream that is not there, a tombstone included. */
export const isNotFound = (error: unknown): boolean => {
  const { type } = error as ClientError;
  return type === ErrorType.STREAM_NOT_FOUND || type === ErrorType.STREAM_DELETED;
};
