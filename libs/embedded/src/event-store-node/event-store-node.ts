import { once } from 'node:events';
import { resolve } from 'node:path';
import { Server } from '@grpc/grpc-js';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { describeFolderProblem, lockFolder } from '../folder-lock';
import { writeFirstEvent } from './append';
import { featuresService, gossipService } from './cluster-services';
import { httpAnswers } from './http-answers';
import { listen, type Listener } from './listener';
import { LogStore } from './log-store';
import { STREAMS, streamsService } from './streams-service';
import type { LiveLimits } from './subscription';
import { Tail } from './tail';

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
  let listener: Listener;
  try {
    await writeFirstEvent(log);
    const tail = new Tail(log, options.liveLimits ?? LIVE_LIMITS);
    server.addService(STREAMS, streamsService(log, tail));
    server.addService(ServerFeaturesService, featuresService(batchAppend));
    server.addService(
      GossipService,
      gossipService(host, () => listener.port),
    );
    listener = await listen(server, httpAnswers(log), host, port);
  } catch (error) {
    await log.close();
    unlock();
    throw error;
  }
  return {
    url: `esdb://${host}:${listener.port}?tls=false`,
    port: listener.port,
    stop: async () => {
      listener.close();
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
  console.log(`data in ${resolve(options.dataDir)}, figures at http://127.0.0.1:${node.port}/stats, Ctrl-C stops it`);
  process.send?.({ ready: { url: node.url, port: node.port } });
  const end = [once(process, 'SIGTERM'), ...(process.send ? [once(process, 'disconnect')] : [once(process, 'SIGINT')])];
  if (process.send) process.on('SIGINT', () => {}); // Ctrl-C reaches the whole group; the parent says when.
  await Promise.race(end);
  await node.stop();
  process.exit(0);
}
