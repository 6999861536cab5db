import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEventStore } from '@app/embedded/event-store-node/embedded-event-store';
import { encode, type WriteContext } from '@app/stored-events/codec';
import type { EventStore } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { purchaseStream } from '@app/stored-events/streams';
import type { WriteOutcome } from '@app/write-model/write-outcome';
import { IDENTIFIER_KINDS, type Identifiers, type Purchase } from '@app/purchase/purchase';
import { readPurchaseBody } from '../apps/api/src/purchases/body/purchase-body';
import { orderBody } from './bodies';
import { storedEvent } from './event-store';
import { printTable, quantile, type Row } from './table';

/** Numbers of purchases in the store. */
const SIZES = (process.env.BENCH_PURCHASES ?? '1000,10000,100000').split(',').map(Number);
/** Numbers of revisions of the written purchase. */
const LENGTHS = [1, 100, 1_000];
/** Purchases of each length, and writes to each in one measurement: few, so that the length stays about the same. */
const PURCHASES = 20;
const CALLS = 5;
const LINES = 14;

const context = (): WriteContext => ({
  site: 'bench',
  actor: 'bench',
  requestId: randomUUID(),
  at: new Date().toISOString(),
});

function order(reference: string, lines = LINES): Purchase {
  const read = readPurchaseBody(orderBody(lines, reference), { strict: false });
  if (!read.ok) throw new Error(JSON.stringify(read.errors));
  return read.value;
}

const named = (purchase: Purchase, identifiers: Identifiers): Purchase => ({ ...purchase, identifiers });
const fourNames = (): Identifiers => Object.fromEntries(IDENTIFIER_KINDS.map((kind) => [kind, randomUUID()]));

type Written = Extract<WriteOutcome, { kind: 'written' }>;

/** Writes one purchase by its `internal` identifier. @throws Error when it is refused */
async function put(writer: PurchaseWriter, internal: string, purchase: Purchase): Promise<Written> {
  const target = { lookupBy: 'internal', identifier: internal } as const;
  const whole = named(purchase, { ...purchase.identifiers, internal });
  const outcome = await writer.put(target, whole, context());
  if (outcome.kind !== 'written') throw new Error(JSON.stringify(outcome));
  return outcome;
}

async function inParallel(count: number, workers: number, call: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    for (let n = next++; n < count; n = next++) await call(n);
  };
  await Promise.all(Array.from({ length: workers }, work));
}

/** Returns the median duration of sequential calls in milliseconds. */
async function median(calls: number, call: (n: number) => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < calls; n++) {
    const started = performance.now();
    await call(n);
    times.push(performance.now() - started);
  }
  return quantile(
    times.sort((a, b) => a - b),
    0.5,
  );
}

const idOf = (length: number, n: number): string => `L${length}-${n}`;

/** Creates purchases of each length by a PUT and one append of the missing changes. */
async function prepare(store: EventStore): Promise<void> {
  const writer = new PurchaseWriter(store, { cacheBytes: 0 });
  for (const length of LENGTHS)
    await inParallel(PURCHASES, PURCHASES, async (n) => {
      const { purchaseId, revision } = await put(writer, idOf(length, n), order('PO 0'));
      const missing = Array.from({ length: length - Number(revision) }, (_, change) =>
        encode(
          { type: 'CustomerReferenceChanged', data: { before: `PO ${change}`, after: `PO ${change + 1}` } },
          randomUUID(),
          context(),
        ),
      );
      if (missing.length > 0) await store.append(purchaseStream(purchaseId), missing, revision);
    });
}

type Measured = [what: string, ms: number];

/** Measures changed and unchanged bodies with a cached and with an uncached writer. */
async function measureLength(
  length: number,
  writers: Record<string, PurchaseWriter>,
  run: string,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  for (const [how, writer] of Object.entries(writers)) {
    const each = (reference: (n: number) => string): Promise<number> =>
      median(PURCHASES * CALLS, (n) => put(writer, idOf(length, n % PURCHASES), order(reference(n))));
    const last = `${run} ${how} last`;
    await each(() => last);
    measured.push([`unchanged, ${how}, of ${length} revisions`, await each(() => last)]);
    measured.push([`changes, ${how}, of ${length} revisions`, await each((n) => `${run} ${how} ${n}`)]);
  }
  return measured;
}

async function measure(store: EventStore, run: string): Promise<Measured[]> {
  const cached = new PurchaseWriter(store);
  const writers = { cached, 'not cached': new PurchaseWriter(store, { cacheBytes: 0 }) };
  const calls = PURCHASES * CALLS;
  const measured: Measured[] = [
    [
      'one append of one event',
      await median(calls, () => store.append(`bench-${randomUUID()}`, [storedEvent()], 'no-stream')),
    ],
    ['creates, 1 identifier', await median(calls, () => put(cached, randomUUID(), order('PO 1')))],
    ['creates, 4 identifiers', await median(calls, () => put(cached, randomUUID(), named(order('PO 1'), fourNames())))],
  ];
  for (const length of LENGTHS) measured.push(...(await measureLength(length, writers, run)));
  return measured;
}

/** Measures a PUT without HTTP by outcome, length of the purchase and number of purchases. */
export async function benchWrites(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-'));
  const url = process.env.EVENTSTORE_URL;
  const node = url === undefined ? await startEventStore({ dataDir, log: console.log }) : undefined;
  const store = connectEventStoreDb(url ?? node?.url ?? '');
  const filler = new PurchaseWriter(store, { cacheBytes: 0 });
  await prepare(store);
  await measure(store, 'warm-up');
  const small = order('PO 1', 1);
  const columns: Measured[][] = [];
  let existing = LENGTHS.length * PURCHASES;
  for (const size of SIZES) {
    await inParallel(size - existing, 64, () => put(filler, randomUUID(), small));
    existing = size;
    columns.push(await measure(store, `at ${size}`));
  }
  printTable(`Sequential PUTs of ${LINES} lines: median ms, and multiple of one append`, rowsOf(columns));
  await store.close();
  await node?.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

const rowsOf = (columns: readonly Measured[][]): Row[] =>
  (columns[0] ?? []).map(([what], row) => ({
    what,
    ...Object.fromEntries(
      SIZES.flatMap((size, column) => {
        const [ms, base] = [columns[column]?.[row]?.[1] ?? 0, columns[column]?.[0]?.[1] ?? 0];
        const name = size.toLocaleString('en');
        return [
          [`ms, ${name} purchases`, ms.toFixed(2)],
          [`×, ${name}`, (ms / base).toFixed(1)],
        ];
      }),
    ),
  }));
