import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { describeError } from '../projection/postgres-errors';
import { type RebuildProgress, RebuildRefused } from '../rebuild/rebuild';
import { PROJECTION } from '../tables';
import { BackgroundRuns, HEARTBEAT_TIMEOUT_SECONDS, isRunId } from './background-runs';
import type { Operations } from './operations';

/** `interrupted`: the process of the rebuild sent no heartbeat for HEARTBEAT_TIMEOUT_SECONDS. */
export type RebuildState = 'running' | 'succeeded' | 'refused' | 'cancelled' | 'failed' | 'interrupted';

export interface RebuildRun {
  id: string;
  projection: string;
  state: RebuildState;
  events: number;
  /** The share of the history that is folded, from 0 to 1. */
  share: number;
  eventsPerSecond: number;
  /** Absent until a rate is known, and after the end. */
  etaSeconds?: number;
  error?: string;
  startedAt: Date;
  finishedAt?: Date;
}

interface Row {
  id: string;
  projection: string;
  state: RebuildState;
  events: string;
  share: number;
  events_per_second: number;
  error: string | null;
  started_at: Date;
  finished_at: Date | null;
  elapsed: number;
}

function toRun(row: Row): RebuildRun {
  const { state, share, elapsed } = row;
  const eta = state === 'running' && share > 0 ? Math.round((elapsed * (1 - share)) / share) : undefined;
  return {
    id: row.id,
    projection: row.projection,
    state,
    events: Number(row.events),
    share,
    eventsPerSecond: Math.round(row.events_per_second),
    ...(eta !== undefined && { etaSeconds: eta }),
    ...(row.error !== null && { error: row.error }),
    startedAt: row.started_at,
    ...(row.finished_at !== null && { finishedAt: row.finished_at }),
  };
}

/** Runs gentle rebuilds in this process, which serves calls. Their state is in Postgres, so that every process can report and cancel them. */
export class RebuildRuns {
  private readonly runs = new BackgroundRuns();

  constructor(
    private readonly pool: Pool,
    private readonly operations: Operations,
  ) {}

  /** Starts a rebuild without waiting for its end. */
  async start(): Promise<RebuildRun> {
    const id = randomUUID();
    await this.pool.query(`insert into purchasing.rebuilds (id, projection, state) values ($1, $2, 'running')`, [
      id,
      PROJECTION,
    ]);
    this.work(id);
    const started = await this.find(id);
    if (started === undefined) throw new Error(`rebuild ${id} is gone`);
    return started;
  }

  async find(id: string): Promise<RebuildRun | undefined> {
    if (!isRunId(id)) return undefined;
    const { rows } = await this.pool.query<Row>(
      `select *, extract(epoch from now() - started_at)::float8 as elapsed,
         case when state = 'running' and updated_at < now() - interval '${HEARTBEAT_TIMEOUT_SECONDS} s' then 'interrupted' else state end as state
       from purchasing.rebuilds where id = $1`,
      [id],
    );
    return rows[0] && toRun(rows[0]);
  }

  /** Requests cancellation of a rebuild, which removes the new tables. No effect on a rebuild that has ended. */
  async cancel(id: string): Promise<RebuildRun | undefined> {
    if (isRunId(id))
      await this.pool.query('update purchasing.rebuilds set cancel_requested = true where id = $1', [id]);
    return this.find(id);
  }

  /** Cancels the rebuilds of this process and waits for their end. */
  close(): Promise<void> {
    return this.runs.close();
  }

  private work(id: string): void {
    let progress: RebuildProgress = { events: 0, share: 0, eventsPerSecond: 0 };
    this.runs.start(
      () => this.save(id, progress),
      async (signal) => {
        try {
          const report = await this.operations.rebuild({ signal, onProgress: (at) => (progress = at) });
          const eventsPerSecond = report.events / Math.max(0.001, report.seconds);
          await this.finish(id, 'succeeded', { events: report.events, share: 1, eventsPerSecond });
        } catch (error) {
          const state = signal.aborted ? 'cancelled' : error instanceof RebuildRefused ? 'refused' : 'failed';
          await this.finish(id, state, progress, describeError(error));
        }
      },
    );
  }

  /** Saves the progress; returns true when cancellation was requested. */
  private async save(id: string, { events, share, eventsPerSecond }: RebuildProgress): Promise<boolean> {
    const { rows } = await this.pool.query<{ cancel_requested: boolean }>(
      `update purchasing.rebuilds set events = $2, share = $3, events_per_second = $4, updated_at = now()
       where id = $1 and state = 'running' returning cancel_requested`,
      [id, events, share, eventsPerSecond],
    );
    return rows[0]?.cancel_requested === true;
  }

  private async finish(id: string, state: RebuildState, progress: RebuildProgress, error?: string): Promise<void> {
    const { events, share, eventsPerSecond } = progress;
    await this.pool
      .query(
        `update purchasing.rebuilds set state = $2, events = $3, share = $4, events_per_second = $5, error = $6,
           updated_at = now(), finished_at = now() where id = $1`,
        [id, state, events, share, eventsPerSecond, error ?? null],
      )
      // Without Postgres the state stays `running` and is later reported as `interrupted`.
      .catch(() => {});
  }
}
