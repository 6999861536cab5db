import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Appender } from '@app/embedded/event-store-node/append';
import { CommitQueue } from '@app/embedded/event-store-node/commit-queue';
import { LogStore } from '@app/embedded/event-store-node/log-store';
import { decider } from '@app/purchase/decider';
import { evolveAll } from '@app/purchase/evolve';
import type { PurchaseEvent } from '@app/purchase/events';
import { initialState } from '@app/purchase/state';
import type { EventStore, EventToAppend } from '@app/event-store/event-store';
import type { Identifiers } from '@app/purchase/purchase';
import { encode, metadataOf, type WriteContext } from '@app/stored-events/codec';
import { isSnapshotDue, keepSnapshot } from '@app/stored-events/snapshots';
import { identifierStream, purchaseStream } from '@app/stored-events/streams';
import { asOneAppend } from '@app/stored-events/whole-appends';
import { namesOf } from '@app/write-model/identity/names';
import { readPurchaseBody } from '../apps/api/src/purchases/body/purchase-body';
import { planFile } from '../apps/cli/src/import/import-file';
import { bodiesOf } from '../apps/cli/src/import/order-bodies';
import { orderBody } from './bodies';

/**
 * A history for measurements: all invoices of a file, a number of small events, or a number of purchases with their
 * claims and `ofEachLength` purchases of each number of revisions in `lengths`.
 */
export type History =
  | { invoices: string; limit?: number }
  | { events: number }
  | { purchases: number; lengths: readonly number[]; ofEachLength: number };

const IN_FLIGHT = 64;
/** Purchases that change concurrently in a history of small events. */
const CONCURRENT = Number(process.env.BENCH_CONCURRENT ?? 1_000);
const SITES = 4;

const contextOf = (n: number): WriteContext => ({
  site: `bench-${n % SITES}`,
  actor: 'erp',
  requestId: randomUUID(),
  at: new Date().toISOString(),
});

/** The events of a sequence of PUTs of one purchase, one list for each PUT. */
function eventsOf(bodies: readonly object[]): PurchaseEvent[][] {
  let state = decider.initialState;
  return bodies.map((body, index) => {
    const read = readPurchaseBody(body, { strict: false });
    if (!read.ok) throw new Error(JSON.stringify(read.errors));
    const at = new Date(Date.UTC(2026, 0, 1, 0, index)).toISOString();
    const decision = decider.decide({ type: 'PutPurchase', purchase: read.value, at }, state);
    if (!decision.accepted) throw new Error(decision.refusal.code);
    state = decision.events.reduce(decider.evolve, state);
    return [...decision.events];
  });
}

/** Appends to a log through the code of the node, without the network. */
class Filler {
  private readonly appender: Appender;
  private readonly commits: CommitQueue;

  private constructor(private readonly log: LogStore) {
    this.appender = new Appender(log);
    this.commits = new CommitQueue(log, () => {});
  }

  static async open(folder: string): Promise<Filler> {
    mkdirSync(folder, { recursive: true });
    return new Filler(await LogStore.open(folder));
  }

  /** For snapshots, of which the revision in their stream is not needed. */
  readonly store: Pick<EventStore, 'append'> = {
    append: async (stream, events) => {
      await this.write(stream, events);
      return { revision: 0n };
    },
  };

  /** Returns the id of the last event. */
  async append(id: string, events: readonly PurchaseEvent[], context: WriteContext): Promise<string> {
    const encoded = asOneAppend(events.map((event) => encode(event, randomUUID(), context)));
    await this.write(purchaseStream(id), encoded);
    return encoded.at(-1)?.id ?? '';
  }

  /** Claims the identifiers of a purchase. */
  async claim(purchase: string, identifiers: Identifiers, context: WriteContext): Promise<void> {
    for (const { kind, value } of namesOf(identifiers)) {
      const data = { purchase, kind, value };
      const event = { id: randomUUID(), type: 'IdentifierClaimed', data, metadata: metadataOf(context) };
      await this.write(identifierStream(context.site, kind, value), [event]);
    }
  }

  private async write(stream: string, events: readonly EventToAppend[]): Promise<void> {
    const proposed = events.map((event) => ({
      ...event,
      contentType: 'application/json',
      data: Buffer.from(JSON.stringify(event.data)),
      metadata: Buffer.from(JSON.stringify(event.metadata)),
    }));
    await this.commits.submit(() => this.appender.append(stream, 'any', proposed));
  }

  close(): Promise<void> {
    return this.log.close();
  }
}

/** Runs calls with their numbers from 0, IN_FLIGHT at once, until one returns false. */
async function inParallel(call: (n: number) => Promise<boolean>): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (await call(next++));
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));
}

async function fillInvoices(filler: Filler, file: string, limit?: number): Promise<void> {
  const { orders } = await planFile(file, limit);
  await inParallel(async (n) => {
    const order = orders[n];
    if (order === undefined) return false;
    const id = randomUUID();
    for (const events of eventsOf(bodiesOf(order))) await filler.append(id, events, contextOf(0));
    return true;
  });
}

/** Twelve events: an order of one line is created, and its reference changes ten times. */
const smallPurchase = (n: number): PurchaseEvent[][] =>
  eventsOf(
    Array.from({ length: 11 }, (_, change) => ({
      ...orderBody(1, `PO ${n}-${change} of the spring collection`),
      purchase_identifiers: { internal: `ERP-${n}` },
      customer_identifiers: { sparklayer: `cu_${n % 1_000}` },
    })),
  );

/** Events of many purchases, mixed: a thousand purchases change in turn, then the next thousand. */
async function fillSmall(filler: Filler, count: number): Promise<void> {
  const template = JSON.stringify(smallPurchase(1_234_567));
  for (let first = 0, written = 0; written < count; first += CONCURRENT) {
    const purchases = Array.from({ length: CONCURRENT }, (_, index) => ({
      id: randomUUID(),
      puts: JSON.parse(template.replaceAll('1234567', String(first + index))) as PurchaseEvent[][],
    }));
    for (let put = 0; put < 11; put++)
      await Promise.all(purchases.map(({ id, puts }, index) => filler.append(id, puts[put] ?? [], contextOf(index))));
    written += 12 * CONCURRENT;
  }
}

/** Changes of one append. */
const CHANGES_PER_APPEND = 10;

/** The number of a purchase with so many revisions in a history of `purchases`. */
export const numberOfLong = (length: number, n: number): number => 1_000_000_000 + length * 1_000 + n;

/** The identifiers of a purchase of a history of `purchases`. */
export const identifiersOf = (n: number): Required<Identifiers> => ({
  sparklayer: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  platform: `shop-${n}`,
  internal: `ERP-${n}`,
  visible: `#${n}`,
});

/** The body of a purchase of a history of `purchases`. */
export const bodyOf = (n: number, reference = `PO ${n}`): object => ({
  ...orderBody(1, reference),
  purchase_identifiers: identifiersOf(n),
  customer_identifiers: { sparklayer: `cu_${Math.floor(n / 10)}` },
  dates: { placed_at: new Date(Date.UTC(2020, 0, 1) + n * 10_000).toISOString() },
});

/** Only every other long purchase has the snapshots that the service keeps, so that both can be measured. */
export const hasSnapshots = (n: number): boolean => n % 2 === 0;

/** A purchase is created and claims its identifiers; its reference changes until it has `length` revisions. */
async function fillPurchase(filler: Filler, n: number, length: number): Promise<void> {
  const [id, context] = [randomUUID(), { ...contextOf(0), site: 'demo' }];
  const [created = []] = eventsOf([bodyOf(n)]);
  await filler.claim(id, identifiersOf(n), context);
  await filler.append(id, created, context);
  let state = evolveAll(initialState, created);
  for (let at = created.length; at < length; at += CHANGES_PER_APPEND) {
    const count = Math.min(CHANGES_PER_APPEND, length - at);
    const changes = Array.from({ length: count }, (_, index): PurchaseEvent => {
      const [before, after] = [`PO ${at + index - 1}`, `PO ${at + index}`];
      return { type: 'CustomerReferenceChanged', data: { before, after } };
    });
    const lastId = await filler.append(id, changes, context);
    const before = BigInt(at - 1);
    const revision = before + BigInt(count);
    state = evolveAll(state, changes);
    if (hasSnapshots(n) && isSnapshotDue(before, revision))
      keepSnapshot(filler.store, { site: context.site, id, state, revision }, lastId);
  }
}

async function fillPurchases(filler: Filler, history: Extract<History, { purchases: number }>): Promise<void> {
  for (const length of history.lengths)
    for (let n = 0; n < history.ofEachLength; n++) await fillPurchase(filler, numberOfLong(length, n), length);
  await inParallel(async (n) => {
    if (n >= history.purchases) return false;
    await fillPurchase(filler, n, 0);
    return true;
  });
}

async function fill(folder: string, history: History): Promise<void> {
  const filler = await Filler.open(folder);
  if ('purchases' in history) await fillPurchases(filler, history);
  else if ('invoices' in history) await fillInvoices(filler, history.invoices, history.limit);
  else await fillSmall(filler, history.events);
  await filler.close();
}

/** Fills the log of an embedded event store, in a process of its own. */
export async function fillHistory(folder: string, history: History): Promise<void> {
  const [code] = (await once(
    fork(__filename, [folder, JSON.stringify(history)], { stdio: 'inherit' }),
    'exit',
  )) as number[];
  if (code !== 0) throw new Error('the history was not written');
}

if (require.main === module) void fill(process.argv[2] ?? '', JSON.parse(process.argv[3] ?? '') as History);
