import { setTimeout as delay } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import type { EventBatch, FromPosition } from '@app/event-store/event-store';
import { PURCHASE_PREFIX } from '@app/stored-events/streams';
import { wholeAppends } from '@app/stored-events/whole-appends';
import { BatchProjection } from '../projection/batch-projection';
import { readCheckpoint } from '../projection/batch-writer';
import { LIVE, NEXT, OLD, pastSchema, PROJECTION } from '../tables';
import { inTransaction, withClient } from '../with-client';
import { GENTLE_BATCH, Pace } from './gentle';
import { tableExists } from './load-state';
import {
  type LoadOptions,
  type LoadReport,
  loadTables,
  type Moment,
  RebuildRefused,
  refuseStopped,
  stopped,
} from './load-tables';

export { type Moment, type RebuildProgress, RebuildRefused } from './load-tables';

export interface RebuildReport extends LoadReport {
  purchases: number;
  /** Purchases that are in quarantine in the new tables. */
  quarantined: number;
  seconds: number;
}

export interface RebuildOptions extends Omit<LoadOptions, 'signal' | 'until'> {
  signal?: AbortSignal;
  /** Switches also when purchases are quarantined that are not so in the live tables. */
  acceptQuarantined?: boolean;
  /** Starts from the beginning even if an interrupted rebuild could be resumed. */
  anew?: boolean;
}

/** Threads of a rebuild: two keep two processors busy; more would take their time from Postgres. */
export const THREADS = 2;

const CATCH_UP_BATCH = 2_000;

const isBefore = (position: FromPosition, goal: FromPosition): boolean =>
  goal !== undefined && (position === undefined || position.commit < goal.commit);

const bytesBefore = (position: FromPosition): number => Number(position?.commit ?? 0n);

const exists = (client: PoolClient, schema: string): Promise<boolean> => tableExists(client, `${schema}.checkpoints`);

/** One run of a rebuild, on a connection that holds its lock. */
class Rebuild {
  private readonly started = Date.now();
  private readonly stop = new AbortController();
  private batches?: AsyncIterator<EventBatch, undefined>;

  constructor(
    private readonly client: PoolClient,
    private readonly options: RebuildOptions,
  ) {
    options.signal?.addEventListener('abort', () => this.stop.abort());
    if (options.signal?.aborted === true) this.stop.abort();
  }

  async run(): Promise<RebuildReport> {
    const { client } = this;
    try {
      await client.query(`drop schema if exists ${OLD} cascade`);
      const options = { ...this.options, signal: this.stop.signal };
      const loaded = await loadTables(client, NEXT, options, { mayResume: this.options.anew !== true });
      await this.switchTables(await this.catchUp());
      return { ...loaded, seconds: (Date.now() - this.started) / 1000, ...(await countRows(client, LIVE)) };
    } finally {
      this.stop.abort();
      await this.batches?.return?.();
    }
  }

  /** Subscribes to the events after a position. */
  private follow(from: FromPosition): void {
    const maxBatch = this.options.gentle === true ? GENTLE_BATCH : CATCH_UP_BATCH;
    const following = { from, streamPrefixes: [PURCHASE_PREFIX], maxBatch, signal: this.stop.signal };
    const batches = wholeAppends(this.options.eventStore.subscribe(following));
    this.batches = batches[Symbol.asyncIterator]() as AsyncIterator<EventBatch, undefined>;
  }

  /** The next batch of the subscription. @throws RebuildRefused when the rebuild is stopped */
  private async next(): Promise<EventBatch> {
    const next = await this.batches?.next();
    if (next?.value === undefined) throw stopped();
    return next.value;
  }

  /** True while the live tables include later events of the history. A history that was restored may end before their checkpoint. */
  private async isBehind({ position }: BatchProjection, live: FromPosition): Promise<boolean> {
    if (!isBefore(position, live)) return false;
    const end = await this.options.eventStore.lastPosition();
    return isBefore(position, isBefore(end, live) ? end : live);
  }

  /** Follows until the live tables are no further. A gentle rebuild should take no longer for it than for the load. */
  private async catchUp(): Promise<BatchProjection> {
    const projection = await BatchProjection.open(this.client, NEXT);
    this.follow(projection.position);
    const loadedAt = Date.now();
    const pace = this.options.gentle === true ? new Pace(loadedAt + (loadedAt - this.started)) : undefined;
    while (await exists(this.client, LIVE)) {
      const live = (await readCheckpoint(this.client, LIVE)).position;
      if (!(await this.isBehind(projection, live))) break;
      const batch = await this.next();
      const [from, began] = [projection.position, Date.now()];
      await projection.project(batch);
      // Near the live tables a rest would let them move on.
      if (pace === undefined || !isBefore(projection.position, live)) continue;
      const step = { from: bytesBefore(from), to: bytesBefore(projection.position), live: bytesBefore(live) };
      await delay(pace.restAfter({ began, ended: Date.now(), ...step }));
    }
    return projection;
  }

  /** Replaces the live tables, unless the rebuild is stopped. The projector waits, then continues with the new ones; readers always find tables. */
  private async switchTables(projection: BatchProjection): Promise<void> {
    await withClient(this.options.pool, async (locked) => {
      await inTransaction(locked, async () => {
        if (await exists(locked, LIVE)) {
          const live = await readCheckpoint(locked, LIVE, 'for update');
          while (await this.isBehind(projection, live.position)) await projection.project(await this.next());
          await this.refuseNewQuarantined(locked);
          await locked.query(`update ${NEXT}.checkpoints set generation = $1`, [String(live.generation + 1n)]);
          await locked.query(`alter schema ${LIVE} rename to ${OLD}`);
        }
        refuseStopped(this.stop.signal);
        await locked.query(`alter schema ${NEXT} rename to ${LIVE}`);
      });
    });
  }

  private async refuseNewQuarantined(client: PoolClient): Promise<void> {
    if (this.options.acceptQuarantined === true) return;
    const { rows } = await client.query<{ purchase_id: string; type: string; error: string }>(
      `select purchase_id, type, error from ${NEXT}.quarantine
       where purchase_id not in (select purchase_id from ${LIVE}.quarantine) order by commit_position`,
    );
    const [first] = rows;
    if (first === undefined) return;
    throw new RebuildRefused(
      `${rows.length} purchases would be quarantined that are not so in the live tables, the first is ${first.purchase_id} at ${first.type}: ` +
        `${first.error}. --accept-quarantined switches all the same`,
    );
  }
}

async function countRows(client: PoolClient, schema: string): Promise<{ purchases: number; quarantined: number }> {
  const { rows } = await client.query<{ purchases: string; quarantined: string }>(
    `select (select count(*) from ${schema}.purchases) as purchases, (select count(*) from ${schema}.quarantine) as quarantined`,
  );
  return { purchases: Number(rows[0]?.purchases), quarantined: Number(rows[0]?.quarantined) };
}

/**
 * Builds new tables from the whole history beside the live ones, and switches in one transaction when they have caught
 * up. Reads and writes continue. The previous tables stay until the next rebuild, for `rollback`. An interrupted
 * rebuild is resumed by the next one. @throws RebuildRefused if another rebuild runs, if a purchase would be newly
 * quarantined, or if it is stopped; the new tables are removed then
 */
export async function rebuild(options: RebuildOptions): Promise<RebuildReport> {
  return exclusively(options.pool, async (client) => {
    try {
      return await new Rebuild(client, options).run();
    } catch (error) {
      if (error instanceof RebuildRefused) await client.query(`drop schema if exists ${NEXT} cascade`).catch(() => {});
      throw error;
    }
  });
}

/** The tables of a past moment, and their schema. */
export interface PastTables extends RebuildReport {
  schema: string;
}

/**
 * Builds the tables as of a moment of the history, in a schema named after the moment. The live tables are not changed.
 * An existing schema of that name is replaced. @throws RebuildRefused if another rebuild runs or if it is stopped; the
 * schema does not exist then
 */
export function buildPast(
  options: Omit<LoadOptions, 'signal'> & { until: Moment; signal?: AbortSignal },
): Promise<PastTables> {
  const { pool, until, signal = new AbortController().signal } = options;
  const started = Date.now();
  const schema = pastSchema('time' in until ? until.time.toISOString() : String(until.position));
  return exclusively(pool, async (client) => {
    try {
      const { events } = await loadTables(client, schema, { ...options, signal }, { mayResume: false });
      refuseStopped(signal);
      return { schema, events, seconds: (Date.now() - started) / 1000, ...(await countRows(client, schema)) };
    } catch (error) {
      await client.query(`drop schema if exists ${schema} cascade`).catch(() => {});
      throw error;
    }
  });
}

/**
 * Makes the tables live again that the last rebuild replaced; those that are live now are removed. The projector brings them up to date from where
 * they were left.
 * @throws RebuildRefused when a rebuild runs, or no replaced tables are kept
 */
export function rollback(pool: Pool): Promise<void> {
  return exclusively(pool, async (client) => {
    if (!(await exists(client, OLD))) throw new RebuildRefused('no replaced tables are kept');
    await client.query(`drop schema if exists ${NEXT} cascade`);
    await inTransaction(client, async () => {
      const live = await readCheckpoint(client, LIVE, 'for update');
      await client.query(`update ${OLD}.checkpoints set generation = $1`, [String(live.generation + 1n)]);
      await client.query(`alter schema ${LIVE} rename to ${NEXT}`);
      await client.query(`alter schema ${OLD} rename to ${LIVE}`);
    });
    await client.query(`drop schema ${NEXT} cascade`);
  });
}

const UNLOCK_TIMEOUT_MS = 1_000;
const REBUILD_LOCK = `hashtext('purchasing rebuild'), hashtext('${PROJECTION}')`;

/** Works while no other rebuild does, in any process. */
function exclusively<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const run = async (client: PoolClient): Promise<T> => {
    const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${REBUILD_LOCK}) as mine`);
    if (rows[0]?.mine !== true) throw new RebuildRefused('another rebuild is running');
    try {
      return await work(client);
    } finally {
      // Postgres notices a closed connection late: without this, the next rebuild could find the lock taken.
      const unlocked = client.query(`rollback; select pg_advisory_unlock(${REBUILD_LOCK})`).catch(() => {});
      // A connection that still loads rows does not answer; it is closed instead.
      await Promise.race([unlocked, delay(UNLOCK_TIMEOUT_MS, undefined, { ref: false })]);
    }
  };
  return withClient(pool, run, { keep: false });
}
