import { fork } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { Empty } from '@eventstore/db-client/generated/shared_pb';
import { StreamsService } from '@eventstore/db-client/generated/streams_grpc_pb';
import { ReadReq } from '@eventstore/db-client/generated/streams_pb';
import { Client, credentials } from '@grpc/grpc-js';
import { forkEventStore } from '@app/embedded/event-store-node/embedded-event-store';
import { Appender } from '@app/embedded/event-store-node/append';
import { CommitQueue } from '@app/embedded/event-store-node/commit-queue';
import { LogStore } from '@app/embedded/event-store-node/log-store';
import { showProgress } from '../apps/cli/src/progress';
import { cpuMs, memoryOf } from './process-usage';
import { printTable, type Row } from './table';

const EVENTS_PER_STREAM = 10;
const EVENTS_PER_APPEND = 5;
const IN_FLIGHT = 200;
const DATA = Buffer.from(JSON.stringify({ text: 'x'.repeat(330) }));
const METADATA = Buffer.from(JSON.stringify({ site: 'bench', actor: 'bench', requestId: 'r', schemaVersion: 1 }));

const streamOf = (n: number): string => `log-bench-${n}`;

/** Fills a log by the append code of the node without a network, writing to streams in turn; then kills this process. */
export async function fillLog(folder: string, count: number): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const log = await LogStore.open(folder);
  const appender = new Appender(log);
  const commits = new CommitQueue(log, () => {});
  const streams = Math.ceil(count / EVENTS_PER_STREAM);
  const event = () => ({
    id: randomUUID(),
    type: 'Measured',
    contentType: 'application/json',
    data: DATA,
    metadata: METADATA,
  });
  let next = 0;
  const progress = showProgress('filling');
  const write = async (): Promise<void> => {
    while (next < count) {
      progress.at(next / count, `${next} events`);
      const n = next / EVENTS_PER_APPEND;
      next += EVENTS_PER_APPEND;
      const events = Array.from({ length: EVENTS_PER_APPEND }, event);
      await commits.submit(() => appender.append(streamOf(n % streams), 'any', events));
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, write));
  progress.end();
  process.kill(process.pid, 'SIGKILL');
}

/** Creates a log with `count` events, as left by a killed process. */
export const filledLog = (folder: string, count: number): Promise<unknown> =>
  once(fork(__filename, [folder, String(count)], { stdio: 'inherit' }), 'exit');

export interface StartedNode {
  pid: number;
  url: string;
  kill: () => Promise<unknown>;
}

export async function startNode(dataDir: string): Promise<StartedNode> {
  const child = forkEventStore(dataDir, 0, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ ready }] = (await once(child, 'message')) as [{ ready: { url: string } }];
  const kill = (): Promise<unknown> => {
    child.kill('SIGKILL');
    return once(child, 'exit');
  };
  return { pid: child.pid ?? 0, url: ready.url, kill };
}

const seconds = async (run: () => Promise<unknown>): Promise<number> => {
  const started = performance.now();
  await run();
  return Math.round(performance.now() - started) / 1000;
};

async function appends(client: EventStoreDBClient, count: number): Promise<void> {
  await Promise.all(
    Array.from({ length: 16 }, async (_, worker) => {
      for (let n = 0; n < count / 16; n++)
        await client.appendToStream(`log-bench-new-${worker}`, jsonEvent({ type: 'Measured', data: { n } }));
    }),
  );
}

async function randomReads(client: EventStoreDBClient, count: number, streams: number): Promise<void> {
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let n = 0; n < count / 16; n++)
        for await (const _ of client.readStream(streamOf(randomInt(streams)), { maxCount: 10 }));
    }),
  );
}

/** Subscribes to all events without decoding them, to measure the node. */
function fullCatchUp(url: string, count: number): Promise<void> {
  const client = new Client(url.replace(/^esdb:\/\/|\?.*$/g, ''), credentials.createInsecure());
  const options = new ReadReq.Options();
  options.setAll(new ReadReq.Options.AllOptions().setStart(new Empty()));
  options.setSubscription(new ReadReq.Options.SubscriptionOptions());
  options.setNoFilter(new Empty());
  const call = client.makeServerStreamRequest<ReadReq, Buffer>(
    StreamsService.read.path,
    StreamsService.read.requestSerialize,
    (bytes) => bytes,
    new ReadReq().setOptions(options),
  );
  let seen = 0;
  return new Promise((resolve) => {
    call.on('error', () => resolve());
    call.on('data', () => {
      if (++seen === count) call.cancel();
    });
  });
}

/** Measures start after kill -9, operations and memory of a node with `count` events of about 500 bytes. */
export async function benchLog(count = 1_000_000): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-log-'));
  const rows: Row[] = [];
  const filled = await seconds(() => filledLog(dataDir, count));
  const mb = Math.round(statSync(join(dataDir, 'events.log')).size / 1e6);
  rows.push({ what: `${count} events written, ${mb} MB, killed`, seconds: filled });
  let node!: StartedNode;
  const add = async (what: string, before: number, run: () => Promise<unknown>): Promise<void> => {
    const took = await seconds(run);
    const cpu = (cpuMs(node.pid) ?? 0) - before;
    rows.push({ what, seconds: took, 'node, CPU s': cpu / 1000, ...memoryOf(node.pid) });
  };
  const open = (what: string): Promise<void> => add(what, 0, async () => (node = await startNode(dataDir)));
  const use = (what: string, run: () => Promise<unknown>): Promise<void> => add(what, cpuMs(node.pid) ?? 0, run);
  await open('start after kill -9 during the fill');
  await node.kill();
  await open('start after kill -9');
  const client = EventStoreDBClient.connectionString(node.url);
  await use('20,000 appends, 16 in flight', () => appends(client, 20_000));
  await use('20,000 random reads of 10, 16 in flight', () => randomReads(client, 20_000, count / EVENTS_PER_STREAM));
  await use('full catch-up', () => fullCatchUp(node.url, count));
  await use('10,000 random reads', () => randomReads(client, 10_000, count / EVENTS_PER_STREAM));
  await node.kill();
  await open('start after kill -9');
  printTable(`A log of ${count} events`, rows);
  await node.kill();
  rmSync(dataDir, { recursive: true, force: true });
  process.exit(0);
}

if (require.main === module) void fillLog(process.argv[2] ?? '', Number(process.argv[3]));
