import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEventStore } from '@app/embedded/embedded-event-store';
import type { EventStore, EventToAppend } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb-event-store';
import { printTable } from './table';

/** An event of about 500 bytes. */
export const storedEvent = (): EventToAppend => ({
  id: randomUUID(),
  type: 'Measured',
  data: { text: 'x'.repeat(300) },
  metadata: {
    site: 'bench',
    actor: 'bench',
    requestId: 'r',
    schemaVersion: 1,
    occurredAt: '2026-01-01T00:00:00.000Z',
    $correlationId: 'r',
  },
});

async function perSecond(
  count: number,
  inFlight: number,
  call: (worker: number, n: number) => Promise<unknown>,
): Promise<number> {
  const started = Date.now();
  const each = Math.floor(count / inFlight);
  await Promise.all(
    Array.from({ length: inFlight }, async (_, worker) => {
      for (let n = 0; n < each; n++) await call(worker, n);
    }),
  );
  return Math.round((each * inFlight * 1000) / (Date.now() - started));
}

async function catchUp(store: EventStore, prefix: string, count: number): Promise<number> {
  const started = Date.now();
  let seen = 0;
  for await (const { events } of store.subscribe({ from: undefined, streamPrefixes: [prefix] })) {
    seen += events.length;
    if (seen >= count) break;
  }
  return Math.round((seen * 1000) / (Date.now() - started));
}

/** Appends, reads and catch-up, one client process, events of about 500 bytes; against EVENTSTORE_URL, else the embedded node as a child. */
export async function benchEventStore(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-'));
  const url = process.env.EVENTSTORE_URL;
  const node = url === undefined ? await startEventStore({ dataDir, log: console.log }) : undefined;
  const store = connectEventStoreDb(url ?? node?.url ?? '');
  const prefix = `bench-${randomUUID()}`;
  const append = (run: string) => (worker: number, n: number) =>
    store.append(`${prefix}-${run}-${worker}`, [storedEvent()], n === 0 ? 'no-stream' : BigInt(n - 1));
  await perSecond(2_000, 16, append('warm'));
  const rows = [];
  for (const [inFlight, count] of [
    [1, 3_000],
    [16, 16_000],
    [64, 16_000],
  ] as const)
    rows.push({
      what: `appends, ${inFlight} in flight`,
      'a second': await perSecond(count, inFlight, append(String(inFlight))),
    });
  const read = (): Promise<unknown> => store.readStream(`${prefix}-16-0`, { maxCount: 10 });
  rows.push({ what: 'reads of 10 events, 16 in flight', 'a second': await perSecond(4_000, 16, read) });
  rows.push({ what: 'catch-up, events', 'a second': await catchUp(store, prefix, 37_000) });
  printTable('The event store', rows);
  await store.close();
  await node?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}
