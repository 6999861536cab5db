import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventStoreDBClient, jsonEvent, NO_STREAM, START, streamNameFilter } from '@eventstore/db-client';
import { startEventStore } from '@app/embedded/event-store-node/embedded-event-store';
import { createClient } from '@app/event-store/eventstoredb/connection';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { cpuMs } from './process-usage';
import { printTable, type Row } from './table';

const METADATA = {
  site: 'bench',
  actor: 'bench',
  requestId: 'r',
  schemaVersion: 1,
  occurredAt: '2026-01-01T00:00:00.000Z',
  $correlationId: 'r',
};
/** An event of about 500 bytes. */
export const storedEvent = () => ({
  id: randomUUID(),
  type: 'Measured',
  data: { text: 'x'.repeat(300) },
  metadata: METADATA,
});

type Work = (worker: number, n: number) => Promise<unknown>;

/** Makes `count` calls with `inFlight` of them at a time. Returns their number. */
async function callConcurrently(count: number, inFlight: number, call: Work): Promise<number> {
  const each = Math.floor(count / inFlight);
  await Promise.all(
    Array.from({ length: inFlight }, async (_, worker) => {
      for (let n = 0; n < each; n++) await call(worker, n);
    }),
  );
  return each * inFlight;
}

/** Measures the rate, and the CPU time of an operation in this process (the client) and in the node, which shows the bottleneck. */
async function measure(what: string, pid: number | undefined, run: () => Promise<number>): Promise<Row> {
  const [clientBefore, nodeBefore, started] = [cpuMs(process.pid), cpuMs(pid), performance.now()];
  const count = await run();
  const ms = performance.now() - started;
  const micros = (before: number | undefined, after: number | undefined): number | string =>
    before === undefined || after === undefined ? '' : Math.round(((after - before) * 1000) / count);
  return {
    what,
    'a second': Math.round((count * 1000) / ms),
    'client, CPU µs each': micros(clientBefore, cpuMs(process.pid)),
    'node, CPU µs each': micros(nodeBefore, cpuMs(pid)),
  };
}

async function catchUp(client: EventStoreDBClient, prefix: string, count: number): Promise<number> {
  const subscription = client.subscribeToAll({
    fromPosition: START,
    filter: streamNameFilter({ prefixes: [prefix], maxSearchWindow: 1_000 }),
  });
  let seen = 0;
  await new Promise<void>((resolve) =>
    subscription.on('data', () => {
      if (++seen === count) resolve();
    }),
  );
  await subscription.unsubscribe();
  return seen;
}

const APPENDS = [
  [1, 3_000],
  [16, 16_000],
  [64, 32_000],
] as const;

/** Measures one client process with the official client and with the adapter. @param pid of the server, if known */
async function rates(url: string, pid: number | undefined): Promise<Row[]> {
  const client = createClient(url);
  const store = connectEventStoreDb(url);
  const prefix = `bench-${randomUUID()}`;
  const append =
    (run: string): Work =>
    (worker, n) =>
      client.appendToStream(`${prefix}-${run}-${worker}`, jsonEvent(storedEvent()), {
        expectedRevision: n === 0 ? NO_STREAM : BigInt(n - 1),
      });
  const byAdapter: Work = (worker, n) =>
    store.append(`${prefix}-adapter-${worker}`, [storedEvent()], n === 0 ? 'no-stream' : BigInt(n - 1));
  const read: Work = async () => {
    let seen = 0;
    for await (const _ of client.readStream(`${prefix}-16-0`, { maxCount: 10 })) seen++;
    if (seen !== 10) throw new Error(`${seen} events instead of 10`);
  };
  const readByAdapter =
    (maxCount: number): Work =>
    async () => {
      const { events } = await store.readStream(`${prefix}-16-0`, { maxCount });
      if (events.length !== maxCount) throw new Error(`${events.length} events instead of ${maxCount}`);
    };
  await callConcurrently(4_000, 16, append('warm'));
  const rows: Row[] = [];
  const add = async (what: string, run: () => Promise<number>): Promise<void> =>
    void rows.push(await measure(what, pid, run));
  for (const [inFlight, count] of APPENDS)
    await add(`appends, ${inFlight} in flight`, () => callConcurrently(count, inFlight, append(String(inFlight))));
  await add('appends by the adapter, 64 in flight', () => callConcurrently(16_000, 64, byAdapter));
  await callConcurrently(500, 16, read);
  await add('reads of 10 events, 16 in flight', () => callConcurrently(5_000, 16, read));
  for (const [size, count] of [
    [10, 5_000],
    [1, 8_000],
    [500, 160],
  ] as const) {
    await callConcurrently(Math.ceil(count / 10), 16, readByAdapter(size));
    await add(`reads of ${size} by the adapter, 16 in flight`, () => callConcurrently(count, 16, readByAdapter(size)));
  }
  await add('catch-up, events', () => catchUp(client, prefix, 64_000));
  await store.close();
  await client.dispose();
  return rows;
}

/** Measures appends, reads and catch-up with events of about 500 bytes, on EVENTSTORE_URL or an embedded node. */
export async function benchEventStore(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-'));
  const url = process.env.EVENTSTORE_URL;
  const node = url === undefined ? await startEventStore({ dataDir, log: console.log }) : undefined;
  printTable('Event store', await rates(url ?? node?.url ?? '', node?.pid()));
  await node?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
