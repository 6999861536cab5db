import { once } from 'node:events';
import {
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ClusterInfo, EndPoint, MemberInfo } from '@eventstore/db-client/generated/gossip_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { SupportedMethod, SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb';
import { UUID } from '@eventstore/db-client/generated/shared_pb';
import { type IStreamsServer, StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { DeleteResp, TombstoneResp } from '@eventstore/db-client/generated/streams_pb';
import { describeFolderProblem, FolderError, lockFolder } from '../folder-lock';
import { Appender, writeFirstEvent, type Written } from './append';
import { answerAppend, answerBatchAppend, expectedOf } from './append-calls';
import { CommitQueue } from './commit-queue';
import { type CallError, toCallError } from './errors';
import { LogStore } from './log-store';
import { streamNameOf } from './messages';
import { answerRead, type ReadCall } from './read-call';
import { answerSubscription, type Feed, type LiveLimits } from './subscription';

export interface EventStoreNodeOptions {
  /** The folder of the log; held by one node at a time. */
  dataDir: string;
  /** 0: any free one. */
  port: number;
  /** Loopback only. */
  host?: '127.0.0.1';
  /** False leaves it out of the server features, so that clients append by one call each. */
  batchAppend?: boolean;
  /** When a live subscriber is dropped as too slow. */
  liveLimits?: LiveLimits;
  /** The most bytes the log may take; absent: what the disk has. */
  maxBytes?: number;
}

export interface EventStoreNode {
  url: string;
  port: number;
  stop: () => Promise<void>;
}

/** Larger messages end with RESOURCE_EXHAUSTED before an append looks at them. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** As 23.10.2 was seen to do: a consumer of 5 ms an event was dropped after about 100 events, 1.5 s after a burst began. */
const LIVE_LIMITS: LiveLimits = { events: 100, ms: 1_000 };

/** The log as it grows, and who waits for more. */
class Tail implements Feed {
  private readonly sleepers = new Set<() => void>();

  constructor(
    readonly log: LogStore,
    readonly limits: LiveLimits,
  ) {}

  wakeAll(): void {
    for (const wake of [...this.sleepers]) wake();
  }

  readonly next = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        this.sleepers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.sleepers.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
}

/** The read call's answers are bytes already. */
const STREAMS = { ...StreamsService, read: { ...StreamsService.read, responseSerialize: (bytes: Buffer) => bytes } };

/** Fails a server stream the one way that reaches the client. */
const failCall = (call: ReadCall, error: CallError): void => void call.emit('error', error);

function streamsService(log: LogStore, tail: Tail): UntypedServiceImplementation {
  const appender = new Appender(log);
  const commits = new CommitQueue(log, () => tail.wakeAll());
  const append = (...args: Parameters<Appender['append']>): Promise<Written> =>
    commits.submit(() => appender.append(...args));
  const service: Pick<IStreamsServer, 'append' | 'batchAppend' | 'delete' | 'tombstone'> & {
    read: (call: ReadCall) => void;
  } = {
    read: (call: ReadCall) => {
      const isSubscription = call.request.getOptions()?.hasSubscription() === true;
      const answer = isSubscription ? answerSubscription(call, tail) : answerRead(call, log);
      answer.catch((error: unknown) => failCall(call, toCallError(error)));
    },
    append: (call, reply) => {
      answerAppend(call, append).then(
        (response) => reply(null, response),
        (error: unknown) => reply(toCallError(error)),
      );
    },
    batchAppend: (call) => answerBatchAppend(call, append),
    delete: (call, reply) => {
      const options = call.request.getOptions();
      const stream = streamNameOf(options?.getStreamIdentifier());
      const expected = options ? expectedOf(options, options.hasRevision() ? options.getRevision() : undefined) : 'any';
      commits
        .submit(() => appender.delete(stream, expected))
        .then(
          ({ position }) => reply(null, deleted(new DeleteResp(), new DeleteResp.Position(), position)),
          (error: unknown) => reply(toCallError(error)),
        );
    },
    tombstone: (call, reply) => {
      const options = call.request.getOptions();
      const stream = streamNameOf(options?.getStreamIdentifier());
      const expected = options ? expectedOf(options, options.hasRevision() ? options.getRevision() : undefined) : 'any';
      commits
        .submit(() => appender.tombstone(stream, expected))
        .then(
          ({ position }) => reply(null, deleted(new TombstoneResp(), new TombstoneResp.Position(), position)),
          (error: unknown) => reply(toCallError(error)),
        );
    },
  };
  return service;
}

function deleted<
  P extends { setCommitPosition(value: string): unknown; setPreparePosition(value: string): unknown },
  R extends { setPosition(value: P): unknown },
>(response: R, at: P, position: number): R {
  at.setCommitPosition(String(position));
  at.setPreparePosition(String(position));
  response.setPosition(at);
  return response;
}

function featuresService(batchAppend: boolean): UntypedServiceImplementation {
  const names = ['read', 'append', 'delete', 'tombstone', ...(batchAppend ? ['batchappend'] : [])];
  return {
    getSupportedMethods: (
      _call: ServerUnaryCall<unknown, SupportedMethods>,
      reply: sendUnaryData<SupportedMethods>,
    ) => {
      const methods = new SupportedMethods();
      methods.setEventStoreServerVersion('23.10.2-embedded');
      methods.setMethodsList(
        names.map((name) => {
          const method = new SupportedMethod();
          method.setServiceName('event_store.client.streams.streams');
          method.setMethodName(name);
          return method;
        }),
      );
      reply(null, methods);
    },
  };
}

/** A cluster of one, so that esdb+discover:// finds it. */
function gossipService(host: string, port: () => number): UntypedServiceImplementation {
  const instance = new UUID();
  instance.setString(crypto.randomUUID());
  return {
    read: (_call: ServerUnaryCall<unknown, ClusterInfo>, reply: sendUnaryData<ClusterInfo>) => {
      const endpoint = new EndPoint();
      endpoint.setAddress(host);
      endpoint.setPort(port());
      const member = new MemberInfo();
      member.setInstanceId(instance);
      member.setTimeStamp(String(BigInt(Date.now()) * 10_000n));
      member.setState(MemberInfo.VNodeState.LEADER);
      member.setIsAlive(true);
      member.setHttpEndPoint(endpoint);
      const cluster = new ClusterInfo();
      cluster.setMembersList([member]);
      reply(null, cluster);
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(`${host}:${port}`, ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(new FolderError(`port ${port} on ${host} is taken or may not be used: choose another one`));
    });
  });
}

/** @throws FolderError */
async function openLog(folder: string, maxBytes?: number): Promise<LogStore> {
  try {
    return await LogStore.open(folder, maxBytes);
  } catch (error) {
    throw describeFolderProblem(folder, error);
  }
}

/**
 * Starts an event-store node that the official client takes for an EventStoreDB. An append is answered when it is on disk.
 * @throws FolderError in one line: the folder is held or cannot be used, the port is taken
 */
export async function startEventStoreNode(options: EventStoreNodeOptions): Promise<EventStoreNode> {
  const { dataDir, port, host = '127.0.0.1', batchAppend = true } = options;
  const unlock = await lockFolder(dataDir);
  const log = await openLog(dataDir, options.maxBytes).catch((error: unknown) => {
    unlock();
    throw error;
  });
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
  });
  let bound = port;
  try {
    await writeFirstEvent(log);
    const tail = new Tail(log, options.liveLimits ?? LIVE_LIMITS);
    server.addService(STREAMS, streamsService(log, tail));
    server.addService(ServerFeaturesService, featuresService(batchAppend));
    server.addService(
      GossipService,
      gossipService(host, () => bound),
    );
    bound = await listen(server, host, port);
  } catch (error) {
    await log.close();
    unlock();
    throw error;
  }
  return {
    url: `esdb://${host}:${bound}?tls=false`,
    port: bound,
    stop: async () => {
      server.forceShutdown();
      await log.close();
      unlock();
    },
  };
}

/** Runs a node as a process: says when it is ready, and ends by a signal or when its parent is gone. */
export async function runEventStoreNode(options: EventStoreNodeOptions): Promise<void> {
  const node = await startEventStoreNode(options);
  console.log(`event store ready: ${node.url}`);
  process.send?.({ ready: { url: node.url, port: node.port } });
  const end = [once(process, 'SIGTERM'), ...(process.send ? [once(process, 'disconnect')] : [once(process, 'SIGINT')])];
  if (process.send) process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group; the parent says when.
  await Promise.race(end);
  await node.stop();
  process.exit(0);
}
