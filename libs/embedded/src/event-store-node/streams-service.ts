import type { sendUnaryData, UntypedServiceImplementation } from '@grpc/grpc-js';
import { type IStreamsServer, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import {
  type DeleteReq,
  DeleteResp,
  type TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb';
import { Appender, type Written } from './append';
import type { Expected } from './event-record';
import { type BatchCall, answerAppend, answerBatchAppend, expectedOf } from './append-calls';
import { readBatchRequest } from './batch-messages';
import { CommitQueue } from './commit-queue';
import { type CallError, toCallError } from './errors';
import type { LogStore } from './log-store';
import { streamNameOf } from './messages';
import { answerRead, type ReadCall } from './read-call';
import { InvalidRequest } from './refusal';
import { checkBounds, REQUESTS } from './request-bounds';
import { answerSubscription } from './subscription';
import type { Tail } from './tail';

/** Maximum size of a request without events, in bytes. The largest are reads with many prefixes in their filter. */
const MAX_REQUEST_BYTES = 1024 * 1024;

const checked = <T>(
  fields: Parameters<typeof checkBounds>[1],
  deserialize: (bytes: Buffer) => T,
  maxBytes = MAX_REQUEST_BYTES,
) => ({
  requestDeserialize: (bytes: Buffer): T => {
    if (bytes.length > maxBytes) throw new InvalidRequest(`the request is larger than ${maxBytes} bytes`);
    checkBounds(bytes, fields);
    return deserialize(bytes);
  },
});

/** Service definition: requests are validated before they are decoded; responses to reads and batch appends are already serialized. */
export const STREAMS = {
  ...StreamsService,
  read: {
    ...StreamsService.read,
    ...checked(REQUESTS.read, StreamsService.read.requestDeserialize),
    responseSerialize: (bytes: Buffer) => bytes,
  },
  append: {
    ...StreamsService.append,
    ...checked(REQUESTS.append, StreamsService.append.requestDeserialize, Infinity),
  },
  batchAppend: {
    ...StreamsService.batchAppend,
    requestDeserialize: readBatchRequest,
    responseSerialize: (bytes: Buffer) => bytes,
  },
  delete: { ...StreamsService.delete, ...checked(REQUESTS.delete, StreamsService.delete.requestDeserialize) },
  tombstone: {
    ...StreamsService.tombstone,
    ...checked(REQUESTS.tombstone, StreamsService.tombstone.requestDeserialize),
  },
};

/** Fails a server stream. Only an `error` event reaches the client. */
const failCall = (call: ReadCall, error: CallError): void => void call.emit('error', error);

/** Answers a call with the result of its work, or with its error. */
function answer<R>(work: Promise<R>, reply: sendUnaryData<R>): void {
  work.then(
    (response) => reply(null, response),
    (error: unknown) => reply(toCallError(error)),
  );
}

/** Implementation of the Streams service over one log. */
export function streamsService(log: LogStore, tail: Tail): UntypedServiceImplementation {
  const appender = new Appender(log);
  const commits = new CommitQueue(log, () => tail.wakeAll());
  const append = (...args: Parameters<Appender['append']>): Promise<Written> =>
    commits.submit(() => appender.append(...args));
  const service: Pick<IStreamsServer, 'append' | 'delete' | 'tombstone'> & {
    read: (call: ReadCall) => void;
    batchAppend: (call: BatchCall) => void;
  } = {
    read: (call: ReadCall) => {
      const isSubscription = call.request.getOptions()?.hasSubscription() === true;
      const answer = isSubscription ? answerSubscription(call, tail) : answerRead(call, log);
      answer.catch((error: unknown) => failCall(call, toCallError(error)));
    },
    append: (call, reply) => answer(answerAppend(call, append), reply),
    batchAppend: (call) => answerBatchAppend(call, append),
    delete: (call, reply) => {
      const { stream, expected } = deletionOf(call.request.getOptions());
      const written = commits.submit(() => appender.delete(stream, expected));
      answer(
        written.then(({ position }) => deleted(new DeleteResp(), new DeleteResp.Position(), position)),
        reply,
      );
    },
    tombstone: (call, reply) => {
      const { stream, expected } = deletionOf(call.request.getOptions());
      const written = commits.submit(() => appender.tombstone(stream, expected));
      answer(
        written.then(({ position }) => deleted(new TombstoneResp(), new TombstoneResp.Position(), position)),
        reply,
      );
    },
  };
  return service;
}

type DeletionOptions = DeleteReq.Options | TombstoneReq.Options | undefined;

const deletionOf = (options: DeletionOptions): { stream: string; expected: Expected } => ({
  stream: streamNameOf(options?.getStreamIdentifier()),
  expected: options ? expectedOf(options, options.hasRevision() ? options.getRevision() : undefined) : 'any',
});

function deleted<
  P extends { setCommitPosition(value: string): unknown; setPreparePosition(value: string): unknown },
  R extends { setPosition(value: P): unknown },
>(response: R, at: P, position: number): R {
  at.setCommitPosition(String(position));
  at.setPreparePosition(String(position));
  response.setPosition(at);
  return response;
}
