import type { Pool, PoolClient } from 'pg';
import type { EventBatch, EventStore, FromPosition } from '@app/event-store/event-store';
import { PURCHASE_PREFIX, purchaseIdOf } from '@app/stored-events/streams';
import { wholeAppends } from '@app/stored-events/whole-appends';
import { Fold } from './fold';
import { LIVE, PROJECTION } from '../tables';
import { loadPurchases, readCheckpoint, writeCheckpoint, writeFold } from './write-rows';

export interface ProjectorOptions {
  pool: Pool;
  eventStore: EventStore;
  signal: AbortSignal;
  log: (line: string) => void;
}

/** Held by whoever writes the tables at this moment, for one transaction: the projector's batch, or a rebuild that switches. */
export const lockTables = (client: PoolClient): Promise<unknown> =>
  client.query(`select pg_advisory_xact_lock(hashtext('tables of ${PROJECTION}'))`);

const POLL_MS = 500;
const LONGEST_PAUSE_MS = 5_000;

/** A rebuild or another projector moved the checkpoint: go on from there. */
class CheckpointMoved extends Error {}

const isSamePosition = (a: FromPosition, b: FromPosition): boolean =>
  a?.commit === b?.commit && a?.prepare === b?.prepare;

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
    if (signal.aborted) done();
  });
}

/**
 * Keeps the tables in step with the history: a catch-up subscription whose batches are written, rows and checkpoint, each in one transaction. One
 * of several projectors works, the others stand by. Whatever fails, the event store or Postgres, it tries again from the checkpoint.
 */
export class Projector {
  private position: FromPosition;
  private caughtUp = false;
  private working = false;

  constructor(private readonly options: ProjectorOptions) {}

  /** True when this projector works and has seen the end of the history. */
  isCaughtUp(): boolean {
    return this.working && this.caughtUp;
  }

  /** True when this projector has its tables and its subscription. */
  isWorking(): boolean {
    return this.working;
  }

  /** Ends when the signal says so. */
  async run(): Promise<void> {
    const { signal, log } = this.options;
    for (let failures = 0; !signal.aborted;) {
      try {
        if (!(await this.lead())) await pause(POLL_MS, signal);
        failures = 0;
      } catch (error) {
        if (error instanceof CheckpointMoved) continue;
        failures += 1;
        if (!signal.aborted) log(`the projector starts again: ${String(error)}`);
        await pause(Math.min(LONGEST_PAUSE_MS, 100 * 2 ** failures), signal);
      } finally {
        this.working = false;
      }
    }
  }

  /** Works as long as all goes well; false when another projector does. */
  private async lead(): Promise<boolean> {
    const { pool, signal } = this.options;
    const client = await pool.connect();
    const lost = (): void => {};
    client.on('error', lost);
    try {
      const { rows } = await client.query<{ mine: boolean }>(
        `select pg_try_advisory_lock(hashtext('projector of ${PROJECTION}')) as mine`,
      );
      if (rows[0]?.mine !== true) return false;
      await this.follow(client, signal);
      return true;
    } finally {
      // The lock goes with the connection.
      client.release(true);
    }
  }

  private async follow(client: PoolClient, signal: AbortSignal): Promise<void> {
    this.position = await readCheckpoint(client, LIVE);
    this.caughtUp = false;
    this.working = true;
    const batches = this.options.eventStore.subscribe({
      from: this.position,
      streamPrefixes: [PURCHASE_PREFIX],
      signal,
    });
    for await (const batch of wholeAppends(batches)) {
      if (batch.events.length > 0 || !isSamePosition(batch.position, this.position)) await this.project(client, batch);
      this.caughtUp = batch.caughtUp;
    }
  }

  private async project(client: PoolClient, { events, position }: EventBatch): Promise<void> {
    await client.query('begin');
    try {
      await lockTables(client);
      if (!isSamePosition(await readCheckpoint(client, LIVE), this.position)) throw new CheckpointMoved();
      if (events.length > 0) await this.write(client, events);
      await writeCheckpoint(client, LIVE, position);
      await client.query('commit');
      this.position = position;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    }
  }

  private async write(client: PoolClient, events: EventBatch['events']): Promise<void> {
    const ids = [...new Set(events.map(({ stream }) => purchaseIdOf(stream)))];
    const fold = new Fold(await loadPurchases(client, LIVE, ids), await quarantinedOf(client, ids));
    for (const event of events) fold.apply(event);
    await writeFold(client, LIVE, fold);
    for (const { purchaseId, type, error } of fold.poisoned.values())
      this.options.log(`purchase ${purchaseId} is quarantined at ${type}: ${error}`);
  }
}

async function quarantinedOf(client: PoolClient, ids: readonly string[]): Promise<Set<string>> {
  const { rows } = await client.query<{ purchase_id: string }>(
    `select purchase_id from ${LIVE}.quarantine where purchase_id = any($1)`,
    [ids],
  );
  return new Set(rows.map((row) => row.purchase_id));
}
