import type { Pool, PoolClient } from 'pg';
import type { EventStore, FromPosition, Position } from '@app/event-store/event-store';
import { canBulkRead } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { PURCHASE_PREFIX, purchaseStream } from '@app/stored-events/streams';
import { NO_ROWS, writeBatch } from '../projection/batch-writer';
import { isPurchaseId, notAPurchase } from '../projection/fold';
import { quarantine } from '../projection/quarantine';
import { replayPurchase } from '../projection/replay-purchase';
import { createIndexes, createTables } from '../tables';
import { withClient } from '../with-client';
import { buildIndexes } from './build-indexes';
import { HistoryLoader } from './history-loader';
import { type Lane, type LoadedEvent, LocalLane, ThreadLane } from './lanes';
import { LOAD_SETTINGS } from './load-settings';

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

/** A moment of the history: a commit position of $all, or a time of the server. Includes events at the moment. */
export type Moment = { position: bigint } | { time: Date };

export interface LoadOptions {
  pool: Pool;
  eventStore: EventStore;
  signal: AbortSignal;
  /** The last event to load (default: that of the history now), moved back to the end of an append. */
  until?: Moment;
  onProgress?: (progress: RebuildProgress) => void;
  /** Threads that fold and load, each with a connection of its own (default 0: all in this thread). */
  threads?: number;
  /** Other tables and indexes, for specifications. */
  schema?: { createTables: typeof createTables; createIndexes: typeof createIndexes };
}

interface LoadedBatch {
  events: readonly LoadedEvent[];
  position: FromPosition;
}

const isAfter = ({ position, recordedAt }: LoadedEvent, moment: Moment): boolean =>
  'time' in moment ? recordedAt > moment.time : position.commit > moment.position;

/** The events up to a moment, without an append that goes beyond it. */
async function* whileBefore(batches: AsyncIterable<LoadedBatch>, moment: Moment): AsyncGenerator<LoadedBatch> {
  let held: LoadedEvent[] = [];
  for await (const { events, position } of batches) {
    const first = events.findIndex((event) => isAfter(event, moment));
    const included = [...held, ...(first < 0 ? events : events.slice(0, first))];
    const last = included.findLastIndex(({ metadata }) => metadata.continues !== true);
    held = included.slice(last + 1);
    const end = included[last]?.position;
    if (end !== undefined)
      yield { events: included.slice(0, last + 1), position: first < 0 && held.length === 0 ? position : end };
    if (first >= 0) return;
  }
}

/** Fills the tables of a new schema from the history, beside whatever is live. */
class TableLoad {
  private readonly started = Date.now();

  constructor(
    private readonly client: PoolClient,
    private readonly schema: string,
    private readonly options: LoadOptions,
  ) {}

  async run(): Promise<HistoryLoader> {
    const { client, schema } = this;
    const { createTables: tables, createIndexes: indexes } = this.options.schema ?? { createTables, createIndexes };
    await client.query(`drop schema if exists ${schema} cascade`);
    await client.query(tables(schema));
    await client.query(LOAD_SETTINGS);
    const loader = await this.load();
    for (const id of await buildIndexes(client, schema, indexes)) loader.refused.add(id);
    await writeBatch(client, schema, NO_ROWS, { position: undefined, generation: 0n }, loader.position);
    await this.replay([...loader.refused]);
    return loader;
  }

  /** Loads the history into tables without indexes. */
  private async load(): Promise<HistoryLoader> {
    const { eventStore, pool, threads = 0, until } = this.options;
    const { schema } = this;
    const end = await eventStore.lastPosition();
    const isBulk = threads > 0 && canBulkRead(eventStore);
    const databaseUrl = pool.options.connectionString ?? '';
    const lanes: Lane[] = isBulk
      ? Array.from({ length: threads }, () => new ThreadLane({ databaseUrl, schema }))
      : [new LocalLane(this.client, schema)];
    try {
      return await withClient(
        pool,
        async (client) => {
          await client.query(LOAD_SETTINGS);
          const loader = new HistoryLoader(client, schema, lanes);
          const history = this.history(end);
          for await (const { events, position } of until === undefined ? history : whileBefore(history, until)) {
            await loader.add(events, position);
            if (position !== undefined) this.report(loader.events, position, end);
          }
          await loader.finish();
          return loader;
        },
        { keep: false },
      );
    } finally {
      await Promise.all(lanes.map((lane) => lane.close()));
    }
  }

  /** The history up to a position, or somewhat further. @throws RebuildRefused when the rebuild is stopped */
  private async *history(end: FromPosition): AsyncGenerator<LoadedBatch> {
    const { eventStore, threads = 0, signal } = this.options;
    if (end === undefined) return;
    if (threads > 0 && canBulkRead(eventStore))
      yield* eventStore.bulkRead({ from: undefined, to: end, streamPrefixes: [PURCHASE_PREFIX], signal });
    else
      for await (const batch of eventStore.subscribe({
        from: undefined,
        streamPrefixes: [PURCHASE_PREFIX],
        maxBatch: 2_000,
        signal,
      })) {
        yield batch;
        if (batch.caughtUp) break;
      }
    if (signal.aborted) throw new RebuildRefused('stopped before the tables were switched');
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
    for (const purchaseId of ids)
      if (isPurchaseId(purchaseId)) await replayPurchase({ client, schema, eventStore, purchaseId, from: 'anew' });
      else {
        const { events } = await eventStore.readStream(purchaseStream(purchaseId), { maxCount: 1 });
        for (const event of events) await quarantine(client, schema, purchaseId, event, notAPurchase(event));
      }
  }
}

/** Creates a schema, replacing one of that name, and fills its tables from the history. @throws RebuildRefused when it is stopped */
export const loadTables = (client: PoolClient, schema: string, options: LoadOptions): Promise<HistoryLoader> =>
  new TableLoad(client, schema, options).run();
