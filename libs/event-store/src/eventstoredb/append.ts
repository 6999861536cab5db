import { randomUUID } from 'node:crypto';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { ANY, convertToCommandError, NO_STREAM, WrongExpectedVersionError } from '@eventstore/db-client';
import { StreamsClient, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { AppendReq, type AppendResp } from '@eventstore/db-client/generated/streams_pb';
import type { Appended, ExpectedRevision } from '../event-store';
import { batchRequest, readBatchAnswer } from './batch-messages';
import type { Connection } from './connection';
import type { ProposedEvent } from './events';
import { toAppended, unaryMessage, unaryOptions } from './unary-messages';

/** A call that sends and receives each message as bytes. */
type BatchCall = ClientDuplexStream<Buffer, Buffer>;

interface Waiting {
  stream: string;
  resolve: (appended: Appended) => void;
  reject: (error: Error) => void;
}

/**
 * Batch calls of a connection whose appends need no order. The messages of one HTTP/2 stream are written one after another, each with a system call
 * that wakes the peer; those of different streams leave together.
 */
export const CONCURRENT_CALLS = 16;

/** Limits the overhead of one message: an append is at most 1 MiB, but each event adds about 100 bytes. */
const MAX_EVENTS_PER_MESSAGE = 2_000;

/**
 * Appends over the channel and protocol of the client, but tracks pending appends per call. The client tracks them per process: a call that fails
 * would fail the appends of all other calls, and a later answer would throw an uncaught exception. See docs/adr/0010.
 */
export class Appends {
  /** The open calls by channel, used in turn. */
  private readonly calls: readonly WeakMap<StreamsClient, BatchCall>[];
  private readonly waiting = new WeakMap<BatchCall, Map<string, Waiting>>();
  private appended = 0;

  /** @param callCount number of batch calls; the server keeps the order of the appends of one call only */
  constructor(
    private readonly connection: Connection,
    callCount: number,
  ) {
    this.calls = Array.from({ length: callCount }, () => new WeakMap());
  }

  /** Appends in one attempt, without retries. @throws CallTimeout, or an error of the client */
  async append(
    stream: string,
    events: readonly ProposedEvent[],
    expected: ExpectedRevision,
    timeoutMs: number,
  ): Promise<Appended> {
    return this.connection.attempt(timeoutMs, async () =>
      (await this.canBatch())
        ? this.appendInBatch(stream, events, expected)
        : this.appendAlone(stream, events, expected, timeoutMs),
    );
  }

  /** Whether the server supports batch appends: a call for many appends, which keeps their order. */
  async canBatch(): Promise<boolean> {
    const { generation } = this.connection;
    try {
      return await this.connection.client['supports'](StreamsService.batchAppend);
    } catch (error) {
      // The client would cache the failure and fail every later append.
      await this.connection.renew(generation);
      throw error;
    }
  }

  private async appendInBatch(
    stream: string,
    events: readonly ProposedEvent[],
    expected: ExpectedRevision,
  ): Promise<Appended> {
    const call = await this.nextCall();
    return new Promise((resolve, reject) => {
      const id = randomUUID();
      const waiting = this.waiting.get(call);
      if (waiting === undefined) return reject(new Error('the call has ended'));
      waiting.set(id, { stream, resolve, reject });
      for (let from = 0; from === 0 || from < events.length; from += MAX_EVENTS_PER_MESSAGE) {
        const to = from + MAX_EVENTS_PER_MESSAGE;
        const target = from === 0 ? { stream, expected } : undefined;
        call.write(batchRequest(id, target, events.slice(from, to), to >= events.length));
      }
    });
  }

  private nextCall(): Promise<BatchCall> {
    const open = this.calls[this.appended++ % this.calls.length] ?? new WeakMap<StreamsClient, BatchCall>();
    const openCall = (grpc: StreamsClient): BatchCall => this.openCall(grpc, open);
    return this.connection.client['GRPCStreamCreator'](StreamsClient, 'append', openCall, open)();
  }

  private openCall(grpc: StreamsClient, open: WeakMap<StreamsClient, BatchCall>): BatchCall {
    const noDeadline = { deadline: Infinity };
    const [metadata, options] = this.connection.client['callArguments']({ requiresLeader: true }, noDeadline);
    const asIs = (bytes: Buffer): Buffer => bytes;
    const call = grpc.makeBidiStreamRequest(StreamsService.batchAppend.path, asIs, asIs, metadata, options);
    const waiting = new Map<string, Waiting>();
    this.waiting.set(call, waiting);
    const end = (error: Error): void => {
      if (open.get(grpc) === call) open.delete(grpc);
      this.waiting.delete(call);
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    call.on('data', (answer: Buffer) => {
      try {
        settle(waiting, answer);
      } catch (error) {
        end(error as Error);
        call.cancel();
      }
    });
    call.on('error', (error: Error) => end(convertToCommandError(error)));
    call.on('end', () => end(new Error('the server ended the call')));
    return call;
  }

  private appendAlone(
    stream: string,
    events: readonly ProposedEvent[],
    expected: ExpectedRevision,
    timeoutMs: number,
  ): Promise<Appended> {
    const { client } = this.connection;
    return client['execute'](
      StreamsClient,
      'append',
      (grpc) =>
        new Promise<Appended>((resolve, reject) => {
          const options = { requiresLeader: true, deadline: timeoutMs };
          const call = grpc.append(...client['callArguments'](options), (error, response) => {
            if (error !== null) return reject(convertToCommandError(error));
            const success = response.getSuccess();
            if (success === undefined) reject(wrongVersion(stream, response));
            else resolve(toAppended(success));
          });
          call.on('error', reject);
          call.write(unaryOptions(stream, expected));
          for (const event of events) {
            const request = new AppendReq();
            request.setProposedMessage(unaryMessage(event));
            call.write(request);
          }
          call.end();
        }),
    );
  }
}

/** Settles the pending append of an answer. Ignores a duplicate or unknown answer. @throws an error for a malformed answer */
function settle(waiting: Map<string, Waiting>, answer: Buffer): void {
  const { id, result } = readBatchAnswer(answer, (each) => waiting.get(each)?.stream ?? '');
  const pending = waiting.get(id);
  waiting.delete(id);
  if (result instanceof Error) pending?.reject(result);
  else pending?.resolve(result);
}

/** The error for a wrong expected version, which this call returns as a normal response. */
function wrongVersion(stream: string, response: AppendResp): WrongExpectedVersionError {
  const wrong = response.getWrongExpectedVersion();
  const current = wrong?.hasCurrentRevision() === true ? BigInt(wrong.getCurrentRevision()) : NO_STREAM;
  const expected = wrong?.hasExpectedRevision() === true ? BigInt(wrong.getExpectedRevision()) : ANY;
  return new WrongExpectedVersionError(undefined, { streamName: stream, current, expected });
}
