import { setTimeout as delay } from 'node:timers/promises';
import type { ClientBase, Pool } from 'pg';
import type { EventBatch, EventStore, FromPosition } from '@app/event-store/event-store';
import { PURCHASE_PREFIX } from '@app/stored-events/streams';
import { wholeAppends } from '@app/stored-events/whole-appends';
import { boundedQueries } from '../database';
import { LIVE } from '../tables';
import { BatchProjection } from './batch-projection';
import { findLeader, type Leader, leading } from './leader-session';
import { describeError } from './postgres-errors';
import { CheckpointMoved, type Stopped } from './purchase-changes';

/** Told of every batch once it is written. */
export interface ProjectorObserver {
  /** @param took start in milliseconds since 1970, and duration */
  projected(batch: EventBatch, took: { startedAt: number; seconds: number }): void;
}

export interface ProjectorOptions {
  pool: Pool;
  eventStore: EventStore;
  signal: AbortSignal;
  log: (line: string) => void;
  observers?: readonly ProjectorObserver[];
}

export type ProjectorRole = 'starting' | 'leading' | 'standing-by' | 'failing' | 'stopped';

export interface ProjectorStatus {
  role: ProjectorRole;
  since: Date;
  /** The current leader and the start of its session, while this projector stands by. */
  leader?: Leader;
  /** The last error and the number of consecutive failures. */
  lastError?: string;
  failures: number;
  /** True when this projector leads and has projected the whole history. */
  isCaughtUp: boolean;
}

const STAND_BY_MS = 500;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

const PACE_MS_PER_EVENT = 2;
const MAX_PACE_MS = 40;

/**
 * Returns the minimum time in milliseconds from the start of a batch of this many events to the start of the next one. A batch has a fixed cost, so
 * fewer, larger batches take less CPU time under load. Below 500 events a second no batch waits (docs/adr/0091).
 */
const paceMs = (events: number): number => Math.min(MAX_PACE_MS, events * PACE_MS_PER_EVENT);

const isSamePosition = (a: FromPosition, b: FromPosition): boolean =>
  a?.commit === b?.commit && a?.prepare === b?.prepare;

/**
 * Projects the history into the tables. One of several projectors leads, the others stand by. When the event store or Postgres fails, it retries
 * from the checkpoint with exponential backoff. An event that fails for one purchase quarantines that purchase only.
 */
export class Projector {
  private role: ProjectorRole = 'starting';
  private since = new Date();
  private leader?: Leader;
  private events = 0;
  private lastError?: string;
  private failures = 0;
  private caughtUp = false;

  constructor(private readonly options: ProjectorOptions) {}

  status(): ProjectorStatus {
    const { role, since, leader, lastError, failures } = this;
    return { role, since, leader, lastError, failures, isCaughtUp: this.isCaughtUp() };
  }

  /** True when this projector leads and has projected the whole history. */
  isCaughtUp(): boolean {
    return this.role === 'leading' && this.caughtUp;
  }

  /** Runs until the signal is aborted. */
  async run(): Promise<void> {
    const { signal } = this.options;
    while (!signal.aborted) {
      try {
        if (!(await this.lead())) await this.standBy();
      } catch (error) {
        if (!(error instanceof CheckpointMoved)) await this.backOff(error);
      }
    }
    this.enter('stopped');
  }

  private lead(): Promise<boolean> {
    const { pool, signal } = this.options;
    return leading(
      pool,
      signal,
      (client, untilLost) => this.follow(client, untilLost),
      () => this.events,
    );
  }

  private async follow(client: ClientBase, signal: AbortSignal): Promise<void> {
    const projection = await BatchProjection.open(client, LIVE, (stopped) => this.reportStopped(stopped));
    this.caughtUp = false;
    this.leader = undefined;
    this.enter('leading');
    const batches = this.options.eventStore.subscribe({
      from: projection.position,
      streamPrefixes: [PURCHASE_PREFIX],
      signal,
    });
    for await (const batch of wholeAppends(batches)) {
      const start = performance.now();
      await this.project(projection, batch);
      const remaining = paceMs(batch.events.length) - (performance.now() - start);
      if (remaining >= 1) await this.pause(remaining);
    }
  }

  private async project(projection: BatchProjection, batch: EventBatch): Promise<void> {
    if (batch.events.length > 0 || !isSamePosition(batch.position, projection.position)) {
      this.caughtUp = false;
      const [startedAt, start] = [Date.now(), performance.now()];
      await projection.project(batch);
      this.events += batch.events.length;
      const seconds = (performance.now() - start) / 1_000;
      for (const observer of this.options.observers ?? []) observer.projected(batch, { startedAt, seconds });
    }
    this.caughtUp = batch.caughtUp;
    this.recover();
    this.enter('leading');
  }

  private async standBy(): Promise<void> {
    this.recover();
    this.enter('standing-by');
    const leader = await findLeader(boundedQueries(this.options.pool));
    if (leader !== undefined && leader.name !== this.leader?.name)
      this.options.log(`the projector stands by: ${leader.name} leads since ${leader.since.toISOString()}`);
    this.leader = leader ?? this.leader;
    await this.pause(STAND_BY_MS);
  }

  private async backOff(error: unknown): Promise<void> {
    if (this.options.signal.aborted) return;
    const described = describeError(error);
    this.failures += 1;
    if (described !== this.lastError)
      this.options.log(`the projector cannot go on and tries again every ${MAX_PAUSE_MS / 1_000} s: ${described}`);
    this.lastError = described;
    this.enter('failing');
    await this.pause(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.failures));
  }

  private recover(): void {
    if (this.failures === 0) return;
    this.options.log(`the projector works again after ${this.failures} failed attempts`);
    this.failures = 0;
    this.lastError = undefined;
  }

  /** A failing projector that leads again stays `failing` until its first write. */
  private enter(role: ProjectorRole): void {
    if (role === 'leading' && this.failures > 0) return;
    if (role !== this.role) this.since = new Date();
    this.role = role;
  }

  private reportStopped({ id, type, error }: Stopped): void {
    this.options.log(`purchase ${id} is quarantined at ${type}: ${error}`);
  }

  private async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.options.signal }).catch(() => {});
  }
}
