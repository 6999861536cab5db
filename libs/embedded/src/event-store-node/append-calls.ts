import type { ServerDuplexStream, ServerReadableStream } from '@grpc/grpc-js';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import { AppendReq, AppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { Written } from './append';
import { batchFailed, type BatchRequest, batchSucceeded } from './batch-messages';
import { toCallError } from './errors';
import type { Expected, ProposedEvent } from './event-record';
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

/** Data and metadata are copied, so that the message, which may be larger, is not kept. */
function proposed(message: AppendReq.ProposedMessage): ProposedEvent {
  const metadata = message.getMetadataMap();
  return {
    id: uuidText(message.getId()),
    type: metadata.get('type') ?? '',
    contentType: metadata.get('content-type') ?? 'application/octet-stream',
    data: Uint8Array.from(message.getData_asU8()),
    metadata: Uint8Array.from(message.getCustomMetadata_asU8()),
  };
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
    if (message !== undefined) parts.add(proposed(message));
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

/** Limits of one batch call for unfinished and unanswered appends. */
const MAX_OPEN = 1_000;
const MAX_UNANSWERED = 20_000;
/** For each of both. */
const MAX_BYTES = 64 * 1024 * 1024;

/** An append of which parts have arrived. */
class OpenAppend {
  /** Size of the messages that it refers to, in bytes. */
  size: number;

  constructor(private readonly first: BatchRequest) {
    this.size = first.size;
  }

  add({ events, size }: BatchRequest): void {
    this.first.events.join(events);
    this.size = this.first.events.isRefused ? this.first.size : this.size + size;
  }

  /** Executes the append. Returns the response with its correlation id. Never throws. */
  async execute(append: Append): Promise<Buffer> {
    const { target } = this.first;
    try {
      if (target?.deadline !== undefined && target.deadline < Date.now()) throw new DeadlinePassed('Timeout');
      const written = await append(target?.stream ?? '', target?.expected ?? 'any', this.first.events.whole());
      return batchSucceeded(this.first, written);
    } catch (error) {
      return batchFailed(this.first, error);
    }
  }
}

/** Requests are decoded, and responses encoded, by batch-messages.ts. */
export type BatchCall = ServerDuplexStream<BatchRequest, Buffer>;

/** Appends of one batch call: each arrives in one or more parts and gets one response. */
class BatchAppends {
  private readonly open = new Map<string, OpenAppend>();
  private openBytes = 0;
  private unanswered = 0;
  private unansweredBytes = 0;
  private peerReads = true;
  private ending = false;

  constructor(
    private readonly call: BatchCall,
    private readonly append: Append,
  ) {}

  /** @throws InvalidRequest when too many appends or bytes are unfinished */
  receive(request: BatchRequest): void {
    const { id } = request;
    const known = this.open.get(id);
    if (known !== undefined) this.openBytes -= known.size;
    known?.add(request);
    const append = known ?? new OpenAppend(request);
    if (request.isFinal) {
      this.open.delete(id);
      void this.answer(append);
      return;
    }
    this.open.set(id, append);
    this.openBytes += append.size;
    if (this.open.size > MAX_OPEN || this.openBytes > MAX_BYTES)
      throw new InvalidRequest('too many unfinished appends');
  }

  private async answer(append: OpenAppend): Promise<void> {
    const { call } = this;
    this.unanswered += 1;
    this.unansweredBytes += append.size;
    this.pauseOrResume();
    const response = await append.execute(this.append);
    this.unanswered -= 1;
    this.unansweredBytes -= append.size;
    if (!call.cancelled && !call.destroyed) this.send(response);
    this.pauseOrResume();
    if (this.ending && this.unanswered === 0) call.end();
  }

  /** The peer half-closed: the call ends after the last response. */
  finish(): void {
    this.ending = true;
    if (this.unanswered === 0) this.call.end();
  }

  private send(response: Buffer): void {
    if (this.call.write(response) || !this.peerReads) return;
    this.peerReads = false;
    this.call.once('drain', () => {
      this.peerReads = true;
      this.pauseOrResume();
    });
  }

  /** Stops reading from a peer that does not read its responses, or of which too many appends are unanswered. */
  private pauseOrResume(): void {
    const { call } = this;
    const isFull = !this.peerReads || this.unanswered >= MAX_UNANSWERED || this.unansweredBytes >= MAX_BYTES;
    if (isFull === call.isPaused()) return;
    if (isFull) call.pause();
    else call.resume();
  }
}

/** Serves a batch append call. */
export function answerBatchAppend(call: BatchCall, append: Append): void {
  const appends = new BatchAppends(call, append);
  call.on('data', (request: BatchRequest) => {
    try {
      appends.receive(request);
    } catch (error) {
      call.emit('error', toCallError(error));
    }
  });
  call.on('end', () => appends.finish());
}
