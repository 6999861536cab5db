import type { ServerDuplexStream, ServerReadableStream } from '@grpc/grpc-js';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import { AppendReq, AppendResp, BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { Expected, Written } from './append';
import { toBatchStatus } from './errors';
import type { ProposedEvent } from './event-record';
import { identifierOf, streamNameOf, uuidText } from './messages';
import { AppendTooLarge, DeadlinePassed, InvalidRequest, WrongExpectedVersion } from './refusal';

/** The server's default: all events of one write together, in bytes. */
export const MAX_APPEND_BYTES = 1_048_576;

export type Append = (stream: string, expected: Expected, events: readonly ProposedEvent[]) => Promise<Written>;

type Message = AppendReq.ProposedMessage | BatchAppendReq.ProposedMessage;

function proposed(message: Message): ProposedEvent {
  const metadata = message.getMetadataMap();
  return {
    id: uuidText(message.getId()),
    type: metadata.get('type') ?? '',
    contentType: metadata.get('content-type') ?? 'application/octet-stream',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}

function checkSize(events: readonly ProposedEvent[]): void {
  const bytes = events.reduce((sum, { data, metadata }) => sum + data.length + metadata.length, 0);
  if (bytes > MAX_APPEND_BYTES) throw new AppendTooLarge(MAX_APPEND_BYTES);
}

/** Which revision a request expects, in the form that all request types share. */
export function expectedOf(
  options: { hasNoStream(): boolean; hasAny(): boolean; hasStreamExists(): boolean },
  revision: string | undefined,
): Expected {
  if (revision !== undefined) return Number(revision);
  if (options.hasNoStream()) return 'no-stream';
  return options.hasStreamExists() ? 'stream-exists' : 'any';
}

// -------------------------------------------------------------------------------- one append a call

function succeeded({ revision, position }: Written): AppendResp {
  const at = new AppendResp.Position();
  at.setCommitPosition(String(position));
  at.setPreparePosition(String(position));
  const success = new AppendResp.Success();
  success.setCurrentRevision(String(revision));
  success.setPosition(at);
  const response = new AppendResp();
  response.setSuccess(success);
  return response;
}

/** A wrong expected version is an ordinary answer of this call, not an error. */
function wrongVersion({ expected, actual }: WrongExpectedVersion): AppendResp {
  const message = new AppendResp.WrongExpectedVersion();
  if (typeof expected === 'number') message.setExpectedRevision(String(expected));
  else if (expected === 'no-stream') message.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream-exists') message.setExpectedStreamExists(new shared.Empty());
  else message.setExpectedAny(new shared.Empty());
  if (actual < 0) message.setCurrentNoStream(new shared.Empty());
  else message.setCurrentRevision(String(actual));
  const response = new AppendResp();
  response.setWrongExpectedVersion(message);
  return response;
}

/** @throws what the append throws, but for a wrong expected version */
export async function answerAppend(
  call: ServerReadableStream<AppendReq, AppendResp>,
  append: Append,
): Promise<AppendResp> {
  let options: AppendReq.Options | undefined;
  const events: ProposedEvent[] = [];
  for await (const request of call as AsyncIterable<AppendReq>) {
    options ??= request.getOptions();
    const message = request.getProposedMessage();
    if (message !== undefined) events.push(proposed(message));
  }
  if (options === undefined) throw new InvalidRequest('an append without options');
  checkSize(events);
  const expected = expectedOf(options, options.hasRevision() ? options.getRevision() : undefined);
  try {
    return succeeded(await append(streamNameOf(options.getStreamIdentifier()), expected, events));
  } catch (error) {
    if (error instanceof WrongExpectedVersion) return wrongVersion(error);
    throw error;
  }
}

// -------------------------------------------------------------------------------- many appends a call

interface OpenAppend {
  options: BatchAppendReq.Options;
  events: ProposedEvent[];
}

function batchSucceeded({ revision, position }: Written): BatchAppendResp.Success {
  const at = new shared.AllStreamPosition();
  at.setCommitPosition(String(position));
  at.setPreparePosition(String(position));
  const success = new BatchAppendResp.Success();
  success.setCurrentRevision(String(revision));
  success.setPosition(at);
  return success;
}

function checkDeadline(options: BatchAppendReq.Options): void {
  const deadline = options.getDeadline()?.toDate();
  if (deadline !== undefined && deadline.getTime() < Date.now()) throw new DeadlinePassed('Timeout');
}

async function writeBatch({ options, events }: OpenAppend, append: Append): Promise<Written> {
  checkDeadline(options);
  checkSize(events);
  const expected = expectedOf(options, options.hasStreamPosition() ? options.getStreamPosition() : undefined);
  return append(streamNameOf(options.getStreamIdentifier()), expected, events);
}

type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

async function answerOne(
  call: BatchCall,
  id: shared.UUID | undefined,
  open: OpenAppend,
  append: Append,
): Promise<void> {
  const response = new BatchAppendResp();
  response.setCorrelationId(id);
  response.setStreamIdentifier(identifierOf(streamNameOf(open.options.getStreamIdentifier())));
  if (open.options.hasStreamPosition()) response.setStreamPosition(open.options.getStreamPosition());
  else if (open.options.hasNoStream()) response.setNoStream(new Empty());
  else if (open.options.hasStreamExists()) response.setStreamExists(new Empty());
  else response.setAny(new Empty());
  try {
    response.setSuccess(batchSucceeded(await writeBatch(open, append)));
  } catch (error) {
    response.setError(toBatchStatus(error));
  }
  if (!call.cancelled) call.write(response);
}

/** One long stream of appends; each comes in one or more parts and is answered once, by its correlation id. */
export function answerBatchAppend(call: BatchCall, append: Append): void {
  const open = new Map<string, OpenAppend>();
  call.on('data', (request: BatchAppendReq) => {
    const id = uuidText(request.getCorrelationId());
    const part = open.get(id) ?? { options: request.getOptions() ?? new BatchAppendReq.Options(), events: [] };
    part.events.push(...request.getProposedMessagesList().map(proposed));
    if (!request.getIsFinal()) return void open.set(id, part);
    open.delete(id);
    void answerOne(call, request.getCorrelationId(), part, append);
  });
  call.on('end', () => call.end());
  call.on('error', () => open.clear());
}
