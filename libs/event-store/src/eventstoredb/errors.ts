import { ErrorType } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import {
  AppendTooLarge,
  EventStoreRefused,
  EventStoreUnavailable,
  type ExpectedRevision,
  type RefusalReason,
  StreamTooLarge,
  WrongExpectedRevision,
} from '../event-store';

/** The fields used of errors of the official client, and of gRPC errors that it passes on. */
interface ClientError {
  type?: string;
  code?: number;
  message?: string;
  actualVersion?: bigint | 'no_stream';
  maxAppendSize?: number;
}

/** Classifies the error types of the client. Other types, mainly "unknown", are classified by their gRPC code. */
const CLASS_BY_TYPE: Readonly<Record<string, RefusalReason | 'transient'>> = {
  [ErrorType.ACCESS_DENIED]: 'access-denied',
  [ErrorType.STREAM_DELETED]: 'stream-deleted',
  [ErrorType.WRONG_EXPECTED_VERSION]: 'invalid-request',
  [ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED]: 'invalid-request',
  [ErrorType.INVALID_ARGUMENT]: 'invalid-request',
  [ErrorType.UNSUPPORTED]: 'invalid-request',
  [ErrorType.TIMEOUT]: 'transient',
  [ErrorType.DEADLINE_EXCEEDED]: 'transient',
  [ErrorType.UNAVAILABLE]: 'transient',
  [ErrorType.CANCELLED]: 'transient',
  [ErrorType.NOT_LEADER]: 'transient',
  [ErrorType.NOT_FOUND]: 'transient',
};

/** gRPC codes of permanent errors. The other codes mean that the server is starting, stopping or unreachable. */
const REFUSAL_CODES: Readonly<Record<number, RefusalReason>> = {
  [status.PERMISSION_DENIED]: 'access-denied',
  [status.UNAUTHENTICATED]: 'access-denied',
  [status.UNKNOWN]: 'invalid-request',
  [status.INVALID_ARGUMENT]: 'invalid-request',
  [status.FAILED_PRECONDITION]: 'invalid-request',
  [status.OUT_OF_RANGE]: 'invalid-request',
  [status.UNIMPLEMENTED]: 'invalid-request',
};

function classify(error: unknown): RefusalReason | 'transient' {
  const { type, code, message = '' } = error as ClientError;
  const known = type === undefined ? undefined : CLASS_BY_TYPE[type];
  if (known !== undefined) return known;
  if (code !== undefined) return REFUSAL_CODES[code] ?? 'transient';
  // On the batch call the client reports "Server Is Not Ready" as "Could not recognize ...", and a bad request as unknown without a message.
  if (type === ErrorType.UNKNOWN && !message.startsWith('Could not recognize')) return 'invalid-request';
  return 'transient';
}

/**
 * True when a retry may succeed: the server is starting, stopping, changing its leader or unreachable. Unknown errors count as transient, because
 * retries are bounded; a full disk does not.
 */
export const isTransient = (error: unknown): boolean =>
  classify(error) === 'transient' && (error as ClientError).code !== status.RESOURCE_EXHAUSTED;

/** True when the server dropped a subscription because its reader was too slow. */
export const isTooSlow = (error: unknown): boolean => (error as ClientError).code === status.ABORTED;

const described = (error: unknown): string => {
  const { type, code, message } = error as ClientError;
  return [type ?? (code === undefined ? 'error' : `gRPC code ${code}`), message].filter(Boolean).join(': ');
};

/** Converts the error of a call to an error of the port. */
export function toPortError(what: string, error: unknown): Error {
  if ([EventStoreUnavailable, EventStoreRefused, StreamTooLarge, TypeError].some((kind) => error instanceof kind))
    return error as Error;
  const kind = classify(error);
  const message = `${what}: ${described(error)}`;
  if (kind === 'transient') return new EventStoreUnavailable(message, { cause: error });
  return new EventStoreRefused(kind, message, { cause: error });
}

/** Converts the error of an append to an error of the port. */
export function toAppendError(stream: string, expected: ExpectedRevision, error: unknown): Error {
  const { type, actualVersion, maxAppendSize } = error as ClientError;
  if (type === ErrorType.WRONG_EXPECTED_VERSION)
    return new WrongExpectedRevision(stream, expected, typeof actualVersion === 'bigint' ? actualVersion : undefined);
  if (type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED) return new AppendTooLarge(stream, maxAppendSize ?? 0);
  return toPortError(`append to ${stream}`, error);
}

/** True when the stream does not exist or has a tombstone. */
export const isNotFound = (error: unknown): boolean => {
  const { type } = error as ClientError;
  return type === ErrorType.STREAM_NOT_FOUND || type === ErrorType.STREAM_DELETED;
};
