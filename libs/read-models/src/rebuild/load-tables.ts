import type { Pool, PoolClient } from 'pg';
import type { EventStore, FromPosition, Position } from '@app/event-store/event-store';
import { type BulkEventStore, canBulkRead } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { PURCHASE_PREFIX, purchaseStream } from '@app/stored-events/streams';
import { wholeAppends } from '@app/stored-events/whole-appends';
import { NO_ROWS, writeBatch } from '../projection/batch-writer';
import { FeedNumbers } from '../projection/feed-numbers';
import { notAPurchase } from '../projection/fold';
import { isPurchaseId } from '../projection/purchase-id';
import { quarantine } from '../projection/quarantine';
import { replayPurchase } from '../projection/replay-purchase';
import { analyzeTables, createIndexes, createTables } from '../tables';
import { inTransaction, withCancelling, withClient } from '../with-client';
import { buildIndexes } from './build-indexes';
import { GENTLE_SETTINGS, GENTLE_WAITING_BYTES } from './gentle';
import { HistoryLoader } from './history-loader';
import { type Lane, LocalLane, ThreadLane } from './lanes';
import { LOAD_SETTINGS } from './load-settings';
import { createLoadState, leaveOut, loadPhase, purchasesLeftOut, resumeLoad, setParts } from './load-state';
import type { LoadedEvent } from './loaded-event';
import { pageBytesOf, WAITING_BYTES } from './purchase-loader';

export interface RebuildProgress {
  events: number;
  /** The share of the history that is folded, from 0 to 1. */
  share: number;
  eventsPerSecond: number;
}

/** The rebuild did not switch: the live tables are unchanged. */
export class RebuildRefused extends Error {
  override name = 'RebuildRefused';
}

export const stopped = (): RebuildRefused => new RebuildRefused('stopped before the tables were switched');

/** @throws RebuildRefused when the signal has aborted */
export function refuseStopped(signal: AbortSignal): void {
  if (signal.aborted) throw stopped();
}

/** A moment of the history: a commit position of $all, or a time of the server. Includes events at the moment. */
export type Moment = { position: bigint } | { time: Date };

export interface LoadOptions {
  pool: Pool;
  eventStore: EventStore;
  signal: AbortSignal;
  /** The last event to load (default: the current last event), moved back to the end of an append. */
  until?: Moment;
  onProgress?: (progress: RebuildProgress) => void;
  /** Threads that fold and load, each with a connection of its own (default 0: all in this thread). */
  threads?: number;
  /** Bytes of events that wait to be folded, in each thread (default: 48 MiB, of a gentle load 2 MiB). */
  waitingBytes?: number;
  /** True: works a quarter of the time, in one thread at most, so that calls of the service are delayed little. */
  gentle?: boolean;
  /** Other tables and indexes, for specifications. */
  schema?: { createTables: typeof createTables; createIndexes: typeof createIndexes };
}

export interface LoadReport {
  /** The number of events that were read. */
  events: number;
  /** The commit position after which a killed load was resumed. */
  resumedAfter?: bigint;
}

interface LoadedBatch {
  events: readonly LoadedEvent[];
  position: FromPosition;
}

const isAfter = ({ position, recordedAt }: LoadedEvent, moment: Moment): boolean =>
  'time' in moment ? recordedAt > moment.time : position.commit > moment.position;

/** Excludes the events after the moment. */
async function* upTo(batches: AsyncIterable<LoadedBatch>, moment: Moment): AsyncGenerator<LoadedBatch> {
  for await (const batch of batches) {
    const first = batch.events.findIndex((event) => isAfter(event, moment));
    if (first < 0) yield batch;
    else {
      const events = batch.events.slice(0, first);
      const last = events.at(-1);
      if (last !== undefined) yield { events, position: last.position };
      return;
    }
  }
}

/** Fills the tables of a schema from the history. Live tables are not changed. */
class TableLoad {
  private readonly started = Date.now();

  constructor(
    private readonly client: PoolClient,
    private readonly schema: string,
    private readonly options: LoadOptions,
  ) {}

  async run(mayResume: boolean): Promise<LoadReport> {
    const { client, schema } = this;
    await client.query(LOAD_SETTINGS);
    if (this.options.gentle === true) await client.query(GENTLE_SETTINGS);
    const phase = mayResume ? await loadPhase(client, schema) : 'absent';
    if (phase === 'absent') await this.createTables();
    const report = phase === 'loaded' ? { events: 0 } : await this.load(phase === 'loading');
    await this.replay(await purchasesLeftOut(client, schema));
    await client.query(`drop table if exists ${schema}.left_out`);
    return report;
  }

  private async createTables(): Promise<void> {
    const { client, schema, parts } = this;
    const { createTables: tables } = this.options.schema ?? { createTables };
    await client.query(`drop schema if exists ${schema} cascade`);
    await inTransaction(client, async () => {
      await client.query(tables(schema));
      await client.query(createLoadState(schema));
      await setParts(client, schema, parts, undefined);
    });
  }

  private get threads(): number {
    const { threads = 0, gentle } = this.options;
    return gentle === true ? Math.min(1, threads) : threads;
  }

  private get waitingBytes(): number {
    const { gentle, waitingBytes = gentle === true ? GENTLE_WAITING_BYTES : WAITING_BYTES } = this.options;
    return waitingBytes;
  }

  /** The event store, if it hands over events as bytes and threads decode them. */
  private get bulkStore(): BulkEventStore | undefined {
    const { eventStore } = this.options;
    return this.threads > 0 && canBulkRead(eventStore) ? eventStore : undefined;
  }

  /** The feed, and each lane. */
  private get parts(): number {
    return 1 + (this.bulkStore === undefined ? 1 : this.threads);
  }

  /** Loads the history into tables without indexes, then creates these. */
  private async load(isResumed: boolean): Promise<LoadReport> {
    const { client, schema, parts, waitingBytes } = this;
    const { eventStore, pool, until } = this.options;
    const from = isResumed ? await resumeLoad(client, schema, parts) : undefined;
    const end = await eventStore.lastPosition();
    const lanes = await this.openLanes(isResumed);
    const loader = await withClient(
      pool,
      async (other) => {
        await other.query(LOAD_SETTINGS);
        const numbers = await FeedNumbers.ofLoad(other, schema);
        const loader = new HistoryLoader(other, schema, numbers, lanes, pageBytesOf(waitingBytes));
        loader.position = from;
        const history = this.history(from, end);
        for await (const { events, position } of wholeAppends(until === undefined ? history : upTo(history, until))) {
          await loader.add(events, position);
          if (position !== undefined) this.report(loader.events, position, end);
        }
        await loader.finish();
        return loader;
      },
      { keep: false },
    ).finally(() => Promise.all(lanes.map((lane) => lane.close())));
    await this.complete(loader.position);
    return { events: loader.events, ...(from !== undefined && { resumedAfter: from.commit }) };
  }

  private async openLanes(isResumed: boolean): Promise<Lane[]> {
    const { client, schema, threads, waitingBytes } = this;
    const { pool, gentle: isGentle = false } = this.options;
    const leftOut = await purchasesLeftOut(client, schema);
    const optionsOf = (part: number) => ({ schema, part, isResumed, leftOut, waitingBytes, isGentle });
    if (this.bulkStore === undefined) return [new LocalLane(client, optionsOf(1))];
    const databaseUrl = pool.options.connectionString ?? '';
    return Array.from({ length: threads }, (_, lane) => new ThreadLane({ databaseUrl, ...optionsOf(lane + 1) }));
  }

  /** Creates keys and indexes, and a checkpoint, in one transaction. @throws RebuildRefused when the rebuild is stopped */
  private async complete(position: FromPosition): Promise<void> {
    const { client } = this;
    const { pool, signal } = this.options;
    refuseStopped(signal);
    try {
      // Indexes of large tables take minutes.
      await withCancelling(pool, client, signal, () => this.createIndexes(position));
    } catch (error) {
      refuseStopped(signal);
      throw error;
    }
  }

  private async createIndexes(position: FromPosition): Promise<void> {
    const { client, schema } = this;
    const { createIndexes: indexes } = this.options.schema ?? { createIndexes };
    await inTransaction(client, async () => {
      await leaveOut(client, schema, await buildIndexes(client, schema, indexes));
      await writeBatch(client, schema, NO_ROWS, { position: undefined, generation: 0n }, position);
      await client.query(`drop table ${schema}.loading`);
      await client.query(analyzeTables(schema));
    });
  }

  /**
   * Reads the history between two positions, and possibly some events after them. @throws RebuildRefused when the
   * rebuild is stopped
   */
  private async *history(from: FromPosition, end: FromPosition): AsyncGenerator<LoadedBatch> {
    const { eventStore, signal, until } = this.options;
    const { bulkStore } = this;
    const reading = { streamPrefixes: [PURCHASE_PREFIX], signal };
    if (end === undefined) return;
    let reached = from;
    if (bulkStore !== undefined)
      for await (const batch of bulkStore.bulkRead({ ...reading, from, to: end })) {
        yield batch;
        reached = batch.position;
      }
    // A bulk read may end early. A rebuild catches up with the live tables after it; past tables follow nothing.
    if (bulkStore === undefined || until !== undefined)
      for await (const batch of eventStore.subscribe({ ...reading, from: reached, maxBatch: 2_000 })) {
        yield batch;
        if (batch.caughtUp) break;
      }
    refuseStopped(signal);
  }

  private report(events: number, at: Position, end: FromPosition): void {
    const share = end === undefined ? 1 : Math.min(1, Number(at.commit) / Math.max(1, Number(end.commit)));
    const eventsPerSecond = (events * 1000) / Math.max(1, Date.now() - this.started);
    this.options.onProgress?.({ events, share, eventsPerSecond });
  }

  /** Projects the purchases that were left out one by one, up to the event that is refused. */
  private async replay(ids: readonly string[]): Promise<void> {
    const { client, schema, options } = this;
    const { eventStore } = options;
    for (const purchaseId of ids) {
      refuseStopped(options.signal);
      if (isPurchaseId(purchaseId)) await replayPurchase({ client, schema, eventStore, purchaseId, from: 'anew' });
      else {
        const { events } = await eventStore.readStream(purchaseStream(purchaseId), { maxCount: 1 });
        for (const event of events) await quarantine(client, schema, purchaseId, event, notAPurchase(event));
      }
    }
  }
}

/**
 * Creates a schema and fills its tables from the history.
 * @param mayResume true: continues a load of that schema that was killed; false: replaces a schema of that name
 * @throws RebuildRefused when it is stopped
 */
export const loadTables = (
  client: PoolClient,
  schema: string,
  options: LoadOptions,
  { mayResume }: { mayResume: boolean },
): Promise<LoadReport> => new TableLoad(client, schema, options).run(mayResume);
