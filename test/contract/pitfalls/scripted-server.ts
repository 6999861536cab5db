import {
  Metadata,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  status,
} from '@grpc/grpc-js';
import { createUUID } from '@eventstore/db-client/dist/utils';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import * as shared from '@eventstore/db-client/generated/shared_pb';
import { Status } from '@eventstore/db-client/generated/status_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import {
  type AppendReq,
  AppendResp,
  type BatchAppendReq,
  BatchAppendResp,
  type ReadReq,
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb';
import type { EventStore } from '@app/event-store/event-store';
import { connectEventStoreDb, type EventStoreDbOptions } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import type { Message } from 'google-protobuf';
import { Any } from 'google-protobuf/google/protobuf/any_pb';
import { Empty } from 'google-protobuf/google/protobuf/empty_pb';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;
export type BatchCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;
export type UnaryCall = ServerReadableStream<AppendReq, AppendResp>;

/** Responses that a real server cannot be made to send. By default: an empty store that accepts every append. */
export interface Script {
  /** Default: batch appends are supported. */
  features?: (reply: sendUnaryData<SupportedMethods>) => void;
  batchAppend?: (request: BatchAppendReq, call: BatchCall) => void;
  append?: (call: UnaryCall, reply: sendUnaryData<AppendResp>) => void;
  read?: (call: ReadCall) => void;
  subscribe?: (call: ReadCall) => void;
  credentials?: ServerCredentials;
}

export interface ScriptedServer {
  url: string;
  port: number;
  stop: () => void;
}

/** Starts a server that answers by a script, on a free port of the loopback interface. */
export async function startScriptedServer(script: Script): Promise<ScriptedServer> {
  const server = new Server();
  server.addService(ServerFeaturesService, {
    getSupportedMethods: (_call: ServerUnaryCall<unknown, SupportedMethods>, reply: sendUnaryData<SupportedMethods>) =>
      (script.features ?? ((answer) => answer(null, methods('batchappend'))))(reply),
  });
  server.addService(StreamsService, {
    batchAppend: (call: BatchCall) => {
      call.on('data', (request: BatchAppendReq) => (script.batchAppend ?? succeed)(request, call));
      call.on('end', () => call.end());
    },
    append: (call: UnaryCall, reply: sendUnaryData<AppendResp>) => {
      const succeedAlone = (): void => void call.resume().on('end', () => reply(null, unarySuccess()));
      (script.append ?? succeedAlone)(call, reply);
    },
    read: (call: ReadCall) => {
      const isSubscription = call.request.getOptions()?.hasSubscription() === true;
      const confirm = (): void => void call.write(confirmation());
      if (isSubscription) (script.subscribe ?? confirm)(call);
      else (script.read ?? ((reading) => reading.end()))(call);
    },
  });
  const credentials = script.credentials ?? ServerCredentials.createInsecure();
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error === null ? resolve(bound) : reject(error))),
  );
  return { url: `esdb://127.0.0.1:${port}?tls=false`, port, stop: () => server.forceShutdown() };
}

/** The scripted servers of a test and the event stores connected to them, in the order of their creation. */
export interface ScriptedStores {
  servers: ScriptedServer[];
  stores: EventStore[];
  /** @param query added to the connection string */
  connect: (script: Script, options?: EventStoreDbOptions, query?: string) => Promise<EventStore>;
}

/** Call it in `describe`. Closes stores and servers after each test. */
export function useScriptedStores(): ScriptedStores {
  const [servers, stores]: [ScriptedServer[], EventStore[]] = [[], []];
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((store) => store.close()));
    for (const server of servers.splice(0)) server.stop();
  });
  const connect: ScriptedStores['connect'] = async (script, options = {}, query = '') => {
    const server = await startScriptedServer(script);
    servers.push(server);
    const store = connectEventStoreDb(server.url + query, options);
    stores.push(store);
    return store;
  };
  return { servers, stores, connect };
}

/** Returns the features of a server that supports these methods of the streams service. */
export function methods(...names: string[]): SupportedMethods {
  const supported = new SupportedMethods();
  for (const name of ['read', ...names]) {
    const method = new SupportedMethod();
    method.setServiceName('event_store.client.streams.streams');
    method.setMethodName(name);
    supported.addMethods(method);
  }
  return supported;
}

/** Returns a gRPC error with trailers, to emit on a call. */
export function callError(code: status, details: string, trailers: Record<string, string> = {}): object {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return { code, details, metadata };
}

function batchAnswer(request: BatchAppendReq): BatchAppendResp {
  const response = new BatchAppendResp();
  response.setCorrelationId(request.getCorrelationId());
  response.setStreamIdentifier(request.getOptions()?.getStreamIdentifier());
  return response;
}

export function succeed(request: BatchAppendReq, call: BatchCall): void {
  const success = new BatchAppendResp.Success();
  success.setCurrentRevision(String(request.getProposedMessagesList().length - 1));
  call.write(batchAnswer(request).setSuccess(success));
}

/** Refuses an append of a batch call. `type` names the details; a server that is not ready sends none. */
export function refuse(
  request: BatchAppendReq,
  call: BatchCall,
  message: string,
  type?: string,
  details: Message = new Empty(),
): void {
  const any = new Any();
  any.pack(details.serializeBinary(), type === undefined ? 'google.protobuf.Empty' : `event_store.client.${type}`);
  const error = new Status();
  error.setMessage(message);
  error.setDetails(any);
  call.write(batchAnswer(request).setError(error));
}

export function unarySuccess(): AppendResp {
  const success = new AppendResp.Success();
  success.setCurrentRevision('0');
  return new AppendResp().setSuccess(success);
}

export function confirmation(): ReadResp {
  const confirmed = new ReadResp.SubscriptionConfirmation();
  confirmed.setSubscriptionId('scripted');
  return new ReadResp().setConfirmation(confirmed);
}

export const caughtUp = (): ReadResp => new ReadResp().setCaughtUp(new ReadResp.CaughtUp());

export function checkpoint(commit: bigint, prepare = commit): ReadResp {
  const at = new ReadResp.Checkpoint();
  at.setCommitPosition(String(commit));
  at.setPreparePosition(String(prepare));
  return new ReadResp().setCheckpoint(at);
}

/** Returns an event of a stream at a position of $all; its data contains the commit position. */
export function recorded(stream: string, commit: bigint, prepare = commit): ReadResp {
  const event = new ReadResp.ReadEvent.RecordedEvent();
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(stream));
  event.setStreamIdentifier(identifier);
  event.setId(createUUID(crypto.randomUUID()));
  event.setStreamRevision('0');
  event.setCommitPosition(String(commit));
  event.setPreparePosition(String(prepare));
  event.getMetadataMap().set('type', 'Tested').set('content-type', 'application/json').set('created', '0');
  event.setData(Buffer.from(JSON.stringify({ n: Number(commit) })));
  return new ReadResp().setEvent(new ReadResp.ReadEvent().setEvent(event));
}
