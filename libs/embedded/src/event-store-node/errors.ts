import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import type { Message } from 'google-protobuf';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import type { Expected } from './event-record';
import {
  AppendTooLarge,
  ConsumerTooSlow,
  DeadlinePassed,
  DiskFull,
  StreamDeleted,
  StreamDoesNotExist,
  WrongExpectedVersion,
} from './refusal';

/** Error as grpc-js sends it. The client builds its own errors from the trailers. */
export type CallError = Pick<ServiceError, 'code' | 'details' | 'metadata'>;

function callError(code: status, details: string, trailers: Record<string, string> = {}): CallError {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, headerSafe(value));
  return { code, details: shortened(details), metadata };
}

/** Maximum length of a trailer, in characters: all trailers together must fit into the HTTP/2 header limit. */
const MAX_TRAILER_LENGTH = 4_000;

/** Cuts off a text, and replaces halves of surrogate pairs: grpc-js throws for one, where nothing catches it. */
const shortened = (text: string): string => text.slice(0, MAX_TRAILER_LENGTH).replace(/\p{Surrogate}/gu, '\ufffd');

/** Escapes non-ASCII characters, which trailers cannot hold. */
const headerSafe = (value: string): string =>
  value.replace(/[^\x20-\x7e]/gu, (char) => encodeURIComponent(char)).slice(0, MAX_TRAILER_LENGTH);

/** Formats an expected revision for the trailers. */
const expectedNumber = (expected: Expected): string =>
  typeof expected === 'bigint' ? String(expected) : { 'no-stream': '-1', any: '-2', 'stream-exists': '-4' }[expected];

/** Converts a refusal to the error of a unary or streaming call. */
export function toCallError(error: unknown): CallError {
  if (error instanceof WrongExpectedVersion)
    return callError(status.FAILED_PRECONDITION, error.message, {
      exception: 'wrong-expected-version',
      'stream-name': error.stream,
      'expected-version': expectedNumber(error.expected),
      'actual-version': String(error.actual),
    });
  if (error instanceof StreamDeleted)
    return callError(status.FAILED_PRECONDITION, error.message, {
      exception: 'stream-deleted',
      'stream-name': error.stream,
    });
  if (error instanceof AppendTooLarge)
    return callError(status.INVALID_ARGUMENT, error.message, {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(error.maxBytes),
    });
  if (error instanceof StreamDoesNotExist) return callError(status.INTERNAL, error.message);
  if (error instanceof ConsumerTooSlow) return callError(status.ABORTED, error.message);
  if (error instanceof DiskFull) return callError(status.RESOURCE_EXHAUSTED, error.message);
  return callError(status.UNKNOWN, error instanceof Error ? error.message : String(error));
}

function packed(message: Message, type: string): Any {
  const any = new Any();
  any.pack(message.serializeBinary(), `event_store.client.${type}`);
  return any;
}

function wrongExpectedVersion({ expected, actual }: WrongExpectedVersion): Any {
  const message = new shared.WrongExpectedVersion();
  if (typeof expected === 'bigint') message.setExpectedStreamPosition(String(expected));
  else if (expected === 'no-stream') message.setExpectedNoStream(new Empty());
  else if (expected === 'stream-exists') message.setExpectedStreamExists(new Empty());
  else message.setExpectedAny(new Empty());
  if (actual < 0) message.setCurrentNoStream(new Empty());
  else message.setCurrentStreamRevision(String(actual));
  return packed(message, 'WrongExpectedVersion');
}

function tooLarge({ maxBytes }: AppendTooLarge): Any {
  const message = new shared.MaximumAppendSizeExceeded();
  message.setMaxappendsize(maxBytes);
  return packed(message, 'MaximumAppendSizeExceeded');
}

function streamDeleted({ stream }: StreamDeleted): Any {
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  const message = new shared.StreamDeleted();
  message.setStreamIdentifier(identifier);
  return packed(message, 'StreamDeleted');
}

/** Converts a refusal to the google.rpc.Status of a batch append, with the details that the client reads. */
export function toBatchStatus(error: unknown): Status {
  const result = new Status();
  result.setMessage(error instanceof Error ? error.message : String(error));
  if (error instanceof WrongExpectedVersion) result.setDetails(wrongExpectedVersion(error));
  else if (error instanceof StreamDeleted) result.setDetails(streamDeleted(error));
  else if (error instanceof AppendTooLarge) result.setDetails(tooLarge(error));
  else if (error instanceof DeadlinePassed) result.setDetails(packed(new shared.Timeout(), 'Timeout'));
  // The client reports the message for a detail type it does not know, but not for Unknown.
  else if (error instanceof DiskFull) result.setDetails(packed(new shared.Empty(), 'Empty'));
  else result.setDetails(packed(new shared.Unknown(), 'Unknown'));
  return result;
}
