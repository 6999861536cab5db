import { ErrorType } from '@eventstore/db-client';
import {
  AppendTooLarge,
  EventStoreRefused,
  EventStoreUnavailable,
  type ExpectedRevision,
  WrongExpectedRevision,
} from './event-store';

/** The official client's errors, and the raw ones of gRPC that it lets through, as far as anybody looks at them. */
interface ClientError {
  /** Undefined on a raw one. */
  type?: string;
  /** gRPC's; undefined where the server refused on the long stream of appends. */
  code?: number;
  message?: string;
  actualVersion?: bigint | 'no_stream';
  maxAppendSize?: number;
}

const GRPC_UNAVAILABLE = 14;

/** The server said no, and would say so again. */
const REFUSED: ReadonlySet<string> = new Set<string>([
  ErrorType.STREAM_DELETED,
  ErrorType.ACCESS_DENIED,
  ErrorType.INVALID_ARGUMENT,
  ErrorType.INVALID_TRANSACTION,
  ErrorType.MISSING_REQUIRED_METADATA_PROPERTY,
  ErrorType.UNSUPPORTED,
]);

/** Nothing was there to read, or the events did not fit: an answer like any other. */
const ANSWERED: ReadonlySet<string> = new Set<string>([
  ErrorType.STREAM_NOT_FOUND,
  ErrorType.WRONG_EXPECTED_VERSION,
  ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED,
]);

const looked = (error: unknown): ClientError => (typeof error === 'object' && error !== null ? error : {});

/** True when the server gave its answer, be it a refusal, so that the same call would be answered the same. */
export function isAnswer(error: unknown): boolean {
  const { type } = looked(error);
  return type !== undefined && (ANSWERED.has(type) || REFUSED.has(type));
}

/**
 * True when the client asked which calls the server knows and got an odd error: it keeps that for ever and appends nothing more. Only after
 * UNAVAILABLE does it ask again by itself.
 */
export function isKeptFailure(error: unknown): boolean {
  const { type, code } = looked(error);
  return type === undefined && code !== undefined && code !== GRPC_UNAVAILABLE;
}

/** True when another node leads: it wrote nothing, and the client's next call goes to the leader. */
export const isNotLeader = (error: unknown): boolean => looked(error).type === ErrorType.NOT_LEADER;

/** True for a stream that never was, or was deleted: there is nothing to read. */
export function isNothingThere(error: unknown): boolean {
  const { type } = looked(error);
  return type === ErrorType.STREAM_NOT_FOUND || type === ErrorType.STREAM_DELETED;
}

function described(error: unknown): string {
  const { type, code, message } = looked(error);
  return [type ?? (code === undefined ? undefined : `gRPC code ${code}`), message].filter(Boolean).join(': ') || 'error';
}

/** A failure of a call in the words of the port. Everything that is not known to be an answer may pass. */
export function callError(what: string, error: unknown): Error {
  if (error instanceof EventStoreUnavailable || error instanceof EventStoreRefused) return error;
  const message = `${what}: ${described(error)}`;
  return REFUSED.has(looked(error).type ?? '')
    ? new EventStoreRefused(message, { cause: error })
    : new EventStoreUnavailable(message, { cause: error });
}

/**
 * What an append ended with, in the words of the port. After a try whose outcome is unknown only a wrong revision settles it: at an exact
 * revision the server would have known its own events again. Any other refusal then leaves the outcome unknown.
 */
export function appendError(stream: string, expected: ExpectedRevision, error: unknown, isUnsettled: boolean): Error {
  const { type, actualVersion, maxAppendSize } = looked(error);
  if (type === ErrorType.WRONG_EXPECTED_VERSION)
    return new WrongExpectedRevision(stream, expected, typeof actualVersion === 'bigint' ? actualVersion : undefined);
  const what = `append to ${stream}`;
  if (isUnsettled) return new EventStoreUnavailable(`${what}: ${described(error)}`, { cause: error });
  if (type === ErrorType.MAXIMUM_APPEND_SIZE_EXCEEDED) return new AppendTooLarge(stream, maxAppendSize ?? 0);
  return callError(what, error);
}
