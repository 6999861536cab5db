import type { ServerDuplexStream, ServerReadableStream } from '@grpc/grpc-js';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import { AppendReq, AppendResp, BatchAppendReq, BatchAppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { Written } from './append';
import type { Expected } from './event-record';
import { toBatchStatus, toCallError } from './errors';
import type { ProposedEvent } from './event-record';
import { streamNameOf, uuidText } from './messages';
import { ProposedEvents } from './proposed-events';
import { DeadlinePassed, InvalidRequest, WrongExpectedVersion } from './refusal';

export type Append = (stream: string, expected: Expected, events: readonly ProposedEvent[]) => Promise<Written>;

/** Expected revision of a request, in the form that all request types share. */
export function expectedOf(
  options: { hasNoStream(): boolean; hasAny(): boolean; hasStreamExists(): boolean },
  revision: string | undefined,
): Expected {
  if (revision !== undefined) return BigInt(revision);
  if (options.hasNoStream()) return 'no-stream';
  return options.hasStreamExists() ? 'stream-exists' : 'any';
}

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

/** Answers a unary append. A wrong expected version is a regular response of this call, not an error. */
function wrongVersion({ expected, actual }: WrongExpectedVersion): AppendResp {
  const message = new AppendResp.WrongExpectedVersion();
  if (typeof expected === 'bigint') message.setExpectedRevision(String(expected));
  else if (expected === 'no-stream') message.setExpectedNoStream(new shared.Empty());
  else if (expected === 'stream-exists') message.setExpectedStreamExists(new shared.Empty());
  else message.setExpectedAny(new shared.Empty());
  if (actual < 0) message.setCurrentNoStream(new shared.Empty());
  else message.setCurrentRevision(String(actual));
  const response = new AppendResp();
  response.setWrongExpectedVersion(message);
  return response;
}

/** @throws what the append throws, except WrongExpectedVersion */
export async function answerAppend(
  call: ServerReadableStream<AppendReq, AppendResp>,
  append: Append,
): Promise<AppendResp> {
  let options: AppendReq.Options | undefined;
  const parts = new ProposedEvents();
  for await (const request of call as AsyncIterable<AppendReq>) {
    options ??= request.getOptions();
    const message = request.getProposedMessage();
    if (message !== undefined) parts.add([message]);
  }
  if (options === undefined) throw new InvalidRequest('an append without options');
  const events = parts.whole();
  const expected = expectedOf(options, options.hasRevision() ? options.getRevision() : undefined);
  try {
    return succeeded(await append(streamNameOf(options.getStreamIdentifier()), expected, events));
  } catch (error) {
    if (error instanceof WrongExpectedVersion) return wrongVersion(error);
    throw error;
  }
}

interface OpenAppend {
  options: BatchAppendReq.Options;
  parts: ProposedEvents;
}

/** Limits of one batch call for unfinished and unanswered appends. */
const MAX_OPEN = 1_000;
const MAX_OPEN_BYTES = 64 * 1024 * 1024;
const MAX_UNANSWERED = 20_000;

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

async function writeBatch({ options, parts }: OpenAppend, append: Append): Promise<Written> {
  checkDeadline(options);
  const events = parts.whole();
  const expected = expectedOf(options, options.hasStreamPosition() ? options.getStreamPosition() : undefined);
  return append(streamNameOf(options.getStreamIdentifier()), expected, events);
}

type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

/** Returns the response to one append, with its correlation id. Never throws. */
async function answerOf(id: shared.UUID | undefined, open: OpenAppend, append: Append): Promise<BatchAppendResp> {
  const { options } = open;
  const response = new BatchAppendResp();
  response.setCorrelationId(id);
  response.setStreamIdentifier(options.getStreamIdentifier());
  if (options.hasStreamPosition()) response.setStreamPosition(options.getStreamPosition());
  else if (options.hasNoStream()) response.setNoStream(new Empty());
  else if (options.hasStreamExists()) response.setStreamExists(new Empty());
  else response.setAny(new Empty());
  try {
    return response.setSuccess(batchSucceeded(await writeBatch(open, append)));
  } catch (error) {
    return response.setError(toBatchStatus(error));
  }
}

/** Appends of one batch call: each arrives in one or more parts and gets one response. */
class BatchAppends {
  private readonly open = new Map<string, OpenAppend>();
  private openBytes = 0;
  private unanswered = 0;
  private ending = false;

  constructor(
    private readonly call: BatchCall,
    private readonly append: Append,
  ) {}

  /** @throws InvalidRequest when too many appends or bytes are unfinished */
  receive(request: BatchAppendReq): void {
    const id = uuidText(request.getCorrelationId());
    const append = this.open.get(id) ?? {
      options: request.getOptions() ?? new BatchAppendReq.Options(),
      parts: new ProposedEvents(),
    };
    this.openBytes -= append.parts.bytes;
    append.parts.add(request.getProposedMessagesList());
    if (request.getIsFinal()) {
      this.open.delete(id);
      void this.answer(request.getCorrelationId(), append);
      return;
    }
    this.open.set(id, append);
    this.openBytes += append.parts.bytes;
    if (this.open.size > MAX_OPEN || this.openBytes > MAX_OPEN_BYTES)
      throw new InvalidRequest('too many unfinished appends');
  }

  private async answer(id: shared.UUID | undefined, append: OpenAppend): Promise<void> {
    const { call } = this;
    if (++this.unanswered === MAX_UNANSWERED) call.pause();
    const response = await answerOf(id, append, this.append);
    if (this.unanswered-- === MAX_UNANSWERED) call.resume();
    if (!call.cancelled && !call.destroyed) this.send(response);
    if (this.ending && this.unanswered === 0) call.end();
  }

  /** The peer half-closed: the call ends after the last response. */
  finish(): void {
    this.ending = true;
    if (this.unanswered === 0) this.call.end();
  }

  /** Stops reading from a peer that does not read its responses. */
  private send(response: BatchAppendResp): void {
    const { call } = this;
    if (call.write(response) || call.isPaused()) return;
    call.pause();
    call.once('drain', () => call.resume());
  }
}

/** Serves a batch append call. */
export function answerBatchAppend(call: BatchCall, append: Append): void {
  const appends = new BatchAppends(call, append);
  call.on('data', (request: BatchAppendReq) => {
    try {
      appends.receive(request);
    } catch (error) {
      call.emit('error', toCallError(error));
    }
  });
  call.on('end', () => appends.finish());
}
