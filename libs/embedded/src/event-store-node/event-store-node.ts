import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { resolve } from 'node:path';
import { Server } from '@grpc/grpc-js';
import { GossipService } from '@eventstore/db-client/generated/gossip_grpc_pb';
import { ServerFeaturesService } from '@eventstore/db-client/generated/serverfeatures_grpc_pb';
import { describeFolderProblem, lockFolder } from '../folder-lock';
import { writeFirstEvent } from './append';
import { featuresService, gossipService } from './cluster-services';
import { coalesceWrites } from './coalesced-writes';
import { httpAnswers } from './http-answers';
import { type Endpoint, listen, type Listener } from './listener';
import { LogStore } from './log-store';
import { STREAMS, streamsService } from './streams-service';
import type { LiveLimits } from './subscription';
import { Tail } from './tail';

export interface EventStoreNodeOptions {
  /** Folder of the log. One node at a time can lock it. */
  dataDir: string;
  /** Port on 127.0.0.1, open to every local account; 0: any free port. Ignored when `socket` is given. */
  port?: number;
  /** Path of a Unix socket, at most 100 bytes. The permissions of its folder decide who can connect. */
  socket?: string;
  /** False: the server features do not list batch append, so that clients use unary appends. */
  batchAppend?: boolean;
  /** Limit after which a slow live subscriber is dropped. */
  liveLimits?: LiveLimits;
  /** Time to wait for another node that holds the folder, in milliseconds (default 0). */
  waitMs?: number;
  /** Receives one line when the disk becomes full and one when it has space again. */
  log?: (line: string) => void;
  /** Maximum size of the log, in bytes; unlimited when absent. */
  maxBytes?: number;
}

export interface EventStoreNode {
  /** `esdb://…` for a port; `esdb+unix://PATH` for a socket, supported by the adapter of this project only. */
  url: string;
  /** 0 when it listens on a socket. */
  port: number;
  stop: () => Promise<void>;
}

const LOOPBACK = '127.0.0.1';
/** Maximum time to wait for a node whose parent was killed. */
const PREDECESSOR_TIMEOUT_MS = 10_000;
/** Maximum size of a request message. Larger ones fail with RESOURCE_EXHAUSTED. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;
/** Modelled on EventStoreDB 23.10.2: it dropped a consumer of 5 ms per event after about 100 events, 1.5 s after a burst began. */
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
 * Starts an event-store node that the official EventStoreDB client can use. Appends are acknowledged when they are on disk.
 * @throws FolderError in one line: the folder is locked or unusable, or the port is in use
 */
export async function startEventStoreNode(options: EventStoreNodeOptions): Promise<EventStoreNode> {
  const { dataDir, port = 0, socket, batchAppend = true } = options;
  const endpoint: Endpoint = socket === undefined ? { host: LOOPBACK, port } : { socket };
  const unlock = await lockFolder(dataDir, options.waitMs);
  chmodSync(dataDir, 0o700);
  const log = await openLog(dataDir, options.maxBytes).catch((error: unknown) => {
    unlock();
    throw error;
  });
  log.onFull = (isFull) =>
    options.log?.(
      isFull
        ? `the disk of ${dataDir} is full: writes are refused, reads go on; free some space`
        : `the disk of ${dataDir} has space again: writes are accepted`,
    );
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
    interceptors: [coalesceWrites],
  });
  let listener: Listener;
  try {
    await writeFirstEvent(log);
    const tail = new Tail(log, options.liveLimits ?? LIVE_LIMITS);
    server.addService(STREAMS, streamsService(log, tail));
    server.addService(ServerFeaturesService, featuresService(batchAppend));
    server.addService(
      GossipService,
      gossipService(LOOPBACK, () => listener.port),
    );
    listener = await listen(server, httpAnswers(log), endpoint);
  } catch (error) {
    await log.close();
    unlock();
    throw error;
  }
  return {
    url: socket === undefined ? `esdb://${LOOPBACK}:${listener.port}?tls=false` : `esdb+unix://${socket}`,
    port: listener.port,
    stop: async () => {
      listener.close();
      server.forceShutdown();
      await log.close();
      unlock();
    },
  };
}

/** Runs a node as the process: reports when it is ready, and exits on a signal or when its parent has exited. */
export async function runEventStoreNode(options: EventStoreNodeOptions): Promise<void> {
  const waitMs = process.send === undefined ? 0 : PREDECESSOR_TIMEOUT_MS;
  const node = await startEventStoreNode({ ...options, waitMs, log: (line) => console.error(line) });
  console.log(`event store ready: ${node.url}`);
  const figures = node.port === 0 ? '' : `, figures at http://${LOOPBACK}:${node.port}/stats`;
  console.log(`data in ${resolve(options.dataDir)}${figures}, Ctrl-C stops it`);
  process.send?.({ ready: { url: node.url, port: node.port } });
  const end = [
    once(process, 'SIGTERM'),
    once(process, 'SIGHUP'),
    ...(process.send ? [once(process, 'disconnect')] : [once(process, 'SIGINT')]),
  ];
  if (process.send) process.on('SIGINT', () => {}); // A Ctrl-C reaches the whole process group; the parent decides when this process stops.
  await Promise.race(end);
  await node.stop();
  process.exit(0);
}
