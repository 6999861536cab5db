import { randomUUID } from 'node:crypto';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { ANY, convertToCommandError, NO_STREAM, WrongExpectedVersionError } from '@eventstore/db-client';
import { unpackToCommandError } from '@eventstore/db-client/dist/streams/appendToStream/unpackError';
import { createUUID, parseUUID } from '@eventstore/db-client/dist/utils';
import { StreamsClient, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import {
  AppendReq,
  type AppendResp,
  BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb';
import type { Appended, ExpectedRevision } from '../event-store';
import { appended, batchOptions, filled, unaryOptions } from './append-messages';
import type { Connection } from './connection';
import type { ProposedEvent } from './events';

type BatchCall = ClientDuplexStream<BatchAppendReq, BatchAppendResp>;

interface Waiting {
  stream: string;
  resolve: (appended: Appended) => void;
  reject: (error: Error) => void;
}

/** Events in one message of the batch call: a whole append is at most 1 MiB, but each event brings some 100 bytes of its own. */
const EVENTS_IN_A_MESSAGE = 2_000;

/**
 * The append calls, on the client's channel and in its protocol, but with the answers that are waited for kept call by call. The client keeps them
 * in one place for the whole process: there, a call that breaks fails the appends of every other call, and an answer that comes after that throws
 * where nobody can catch it.
 */
export class Appends {
  private readonly calls = new WeakMap<StreamsClient, BatchCall>();
  private readonly waiting = new WeakMap<BatchCall, Map<string, Waiting>>();

  constructor(private readonly connection: Connection) {}

  /** One try. @throws NoAnswer, or what the client makes of the server's answer */
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

  /** Whether appends go by one call, which keeps their order. */
  async canBatch(): Promise<boolean> {
    const { generation } = this.connection;
    try {
      return await this.connection.client['supports'](StreamsService.batchAppend);
    } catch (error) {
      // The client would remember the failure and fail every append from here on.
      await this.connection.renew(generation);
      throw error;
    }
  }

  // ---------------------------------------------------------------- many appends a call

  private async appendInBatch(
    stream: string,
    events: readonly ProposedEvent[],
    expected: ExpectedRevision,
  ): Promise<Appended> {
    const { client } = this.connection;
    const call = await client['GRPCStreamCreator'](
      StreamsClient,
      'append',
      (grpc): BatchCall => this.openCall(grpc),
      this.calls,
    )();
    return new Promise((resolve, reject) => {
      const id = randomUUID();
      const waiting = this.waiting.get(call);
      if (waiting === undefined) return reject(new Error('the call is over'));
      waiting.set(id, { stream, resolve, reject });
      for (let from = 0; from === 0 || from < events.length; from += EVENTS_IN_A_MESSAGE) {
        const request = new BatchAppendReq();
        request.setCorrelationId(createUUID(id));
        if (from === 0) request.setOptions(batchOptions(stream, expected));
        const part = events.slice(from, from + EVENTS_IN_A_MESSAGE);
        request.setProposedMessagesList(part.map((event) => filled(new BatchAppendReq.ProposedMessage(), event)));
        request.setIsFinal(from + EVENTS_IN_A_MESSAGE >= events.length);
        call.write(request);
      }
    });
  }

  private openCall(grpc: StreamsClient): BatchCall {
    const forEver = { deadline: Infinity };
    const call = grpc.batchAppend(...this.connection.client['callArguments']({ requiresLeader: true }, forEver));
    const waiting = new Map<string, Waiting>();
    this.waiting.set(call, waiting);
    const end = (error: Error): void => {
      if (this.calls.get(grpc) === call) this.calls.delete(grpc);
      this.waiting.delete(call);
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    };
    call.on('data', (response: BatchAppendResp) => settle(waiting, response));
    call.on('error', (error: Error) => end(convertToCommandError(error)));
    call.on('end', () => end(new Error('the server ended the call')));
    return call;
  }

  // ---------------------------------------------------------------- one append a call

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
            else resolve(appended(success));
          });
          call.on('error', reject);
          call.write(unaryOptions(stream, expected));
          for (const event of events) {
            const request = new AppendReq();
            request.setProposedMessage(filled(new AppendReq.ProposedMessage(), event));
            call.write(request);
          }
          call.end();
        }),
    );
  }
}

/** Hands an answer to whom it belongs. A second one to the same append, and one that nobody waits for, is let go. */
function settle(waiting: Map<string, Waiting>, response: BatchAppendResp): void {
  const uuid = response.getCorrelationId();
  const id = uuid === undefined ? '' : parseUUID(uuid);
  const asked = waiting.get(id);
  if (asked === undefined) return;
  waiting.delete(id);
  const [error, success] = [response.getError(), response.getSuccess()];
  if (success !== undefined) asked.resolve(appended(success));
  else if (error?.hasDetails() === true) asked.reject(unpackToCommandError(error, asked.stream));
  else asked.reject(new Error(`an answer without a result: ${error?.getMessage() ?? ''}`));
}

/** A wrong expected version is an ordinary answer of this call, not an error. */
function wrongVersion(stream: string, response: AppendResp): WrongExpectedVersionError {
  const wrong = response.getWrongExpectedVersion();
  const current = wrong?.hasCurrentRevision() === true ? BigInt(wrong.getCurrentRevision()) : NO_STREAM;
  const expected = wrong?.hasExpectedRevision() === true ? BigInt(wrong.getExpectedRevision()) : ANY;
  return new WrongExpectedVersionError(undefined, { streamName: stream, current, expected });
}
