import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { describeError, sqlStateOf } from '../projection/postgres-errors';
import { BackgroundRuns, HEARTBEAT_TIMEOUT_SECONDS, isRunId } from './background-runs';
import type { Operations, VerifyOperation } from './operations';
import { type Difference, withoutLargeRow } from './row-differences';

/** `interrupted`: the process of the verification sent no heartbeat for HEARTBEAT_TIMEOUT_SECONDS. */
export type VerificationState = 'running' | 'succeeded' | 'cancelled' | 'failed' | 'interrupted';

export interface VerificationRun {
  id: string;
  state: VerificationState;
  /** Purchases compared so far, and to be compared in all. */
  verified: number;
  total: number;
  quarantined: number;
  /** Number of rows that differ. */
  differences: number;
  /** The first MAX_FOUND of the differences. */
  found: Difference[];
  error?: string;
  startedAt: Date;
  finishedAt?: Date;
}

/** Another verification runs. */
export class VerificationRefused extends Error {
  override name = 'VerificationRefused';
}

/** Which purchases of a site are compared; all of them unless restricted. */
export type VerificationScope = Pick<VerifyOperation, 'sample' | 'since' | 'purchaseId'> & { site: string };

const MAX_FOUND = 100;
const KEPT_DAYS = 30;
const UNIQUE_VIOLATION = '23505';

interface Row {
  id: string;
  state: VerificationState;
  verified: string;
  total: string;
  quarantined: string;
  differences: string;
  found: string;
  error: string | null;
  started_at: Date;
  finished_at: Date | null;
}

const toRun = (row: Row): VerificationRun => ({
  id: row.id,
  state: row.state,
  verified: Number(row.verified),
  total: Number(row.total),
  quarantined: Number(row.quarantined),
  differences: Number(row.differences),
  found: JSON.parse(row.found) as Difference[],
  ...(row.error !== null && { error: row.error }),
  startedAt: row.started_at,
  ...(row.finished_at !== null && { finishedAt: row.finished_at }),
});

type Progress = Pick<VerificationRun, 'verified' | 'total' | 'quarantined' | 'differences' | 'found'>;

/**
 * Runs verifications in this process. Their state is in Postgres, so that every process can report and cancel them. At most one runs at a time in
 * all processes; the result is kept for 30 days.
 */
export class VerificationRuns {
  private readonly runs = new BackgroundRuns();

  constructor(
    private readonly pool: Pool,
    private readonly operations: Operations,
  ) {}

  /** Starts a verification without waiting for its end. @throws VerificationRefused while another one runs */
  async start(scope: VerificationScope): Promise<VerificationRun> {
    const id = randomUUID();
    await this.pool.query(
      `update purchasing.verifications set state = 'interrupted', finished_at = now()
       where state = 'running' and updated_at < now() - interval '${HEARTBEAT_TIMEOUT_SECONDS} s'`,
    );
    await this.pool.query(
      `delete from purchasing.verifications where started_at < now() - interval '${KEPT_DAYS} days'`,
    );
    try {
      await this.pool.query(`insert into purchasing.verifications (id, site, state) values ($1, $2, 'running')`, [
        id,
        scope.site,
      ]);
    } catch (error) {
      if (sqlStateOf(error) === UNIQUE_VIOLATION) throw new VerificationRefused('another verification is running');
      throw error;
    }
    this.work(id, scope);
    const started = await this.find(id, scope.site);
    if (started === undefined) throw new Error(`verification ${id} is gone`);
    return started;
  }

  /** A verification of a site. */
  async find(id: string, site: string): Promise<VerificationRun | undefined> {
    if (!isRunId(id)) return undefined;
    const { rows } = await this.pool.query<Row>(
      `select *, case when state = 'running' and updated_at < now() - interval '${HEARTBEAT_TIMEOUT_SECONDS} s' then 'interrupted' else state end as state
       from purchasing.verifications where id = $1 and site = $2`,
      [id, site],
    );
    return rows[0] && toRun(rows[0]);
  }

  /** Requests cancellation. No effect on a verification that has ended. */
  async cancel(id: string, site: string): Promise<VerificationRun | undefined> {
    if (isRunId(id))
      await this.pool.query('update purchasing.verifications set cancel_requested = true where id = $1 and site = $2', [
        id,
        site,
      ]);
    return this.find(id, site);
  }

  /** Cancels the verifications of this process and waits for their end. */
  close(): Promise<void> {
    return this.runs.close();
  }

  private work(id: string, scope: VerificationScope): void {
    const progress: Progress = { verified: 0, total: 0, quarantined: 0, differences: 0, found: [] };
    this.runs.start(
      () => this.save(id, 'running', progress),
      async (signal) => {
        try {
          const report = await this.operations.verify({
            ...scope,
            signal,
            onProgress: (at) => Object.assign(progress, at),
            onDifference: (difference) => {
              progress.differences += 1;
              if (progress.found.length < MAX_FOUND) progress.found.push(withoutLargeRow(difference));
            },
          });
          const { verified, quarantined } = report;
          await this.finish(id, 'succeeded', { ...progress, verified, quarantined });
        } catch (error) {
          await this.finish(id, signal.aborted ? 'cancelled' : 'failed', progress, describeError(error));
        }
      },
    );
  }

  /** Without Postgres the state stays `running` and is later reported as `interrupted`. */
  private async finish(id: string, state: VerificationState, progress: Progress, error?: string): Promise<void> {
    await this.save(id, state, progress, error).catch(() => {});
  }

  /** Saves state and progress of a running verification; returns true when cancellation was requested. */
  private async save(id: string, state: VerificationState, progress: Progress, error?: string): Promise<boolean> {
    const { verified, total, quarantined, differences, found } = progress;
    const { rows } = await this.pool.query<{ cancel_requested: boolean }>(
      `update purchasing.verifications set state = $2, verified = $3, total = $4, quarantined = $5, differences = $6, found = $7,
         error = $8, updated_at = now(), finished_at = case when $2 = 'running' then null else now() end
       where id = $1 and state = 'running' returning cancel_requested`,
      [id, state, verified, total, quarantined, differences, JSON.stringify(found), error ?? null],
    );
    return rows[0]?.cancel_requested === true;
  }
}
