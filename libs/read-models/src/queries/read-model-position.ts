import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Position } from '@app/event-store/event-store';
import { LIVE, PROJECTION } from '../tables';
import { prepared } from './prepared';
import { ReadModelUnavailable } from './read-model-unavailable';

const POLL_MS = 20;

interface Waiter {
  position: Position;
  until: number;
  end: (reached: boolean) => void;
  fail: (error: unknown) => void;
}

const includes = (checkpoint: Position, { commit, prepare }: Position): boolean =>
  checkpoint.commit > commit || (checkpoint.commit === commit && checkpoint.prepare >= prepare);

/** Tracks how far the read model has followed the event store. All waiting calls share one poll of the checkpoint. */
export class ReadModelPosition {
  private waiters: Waiter[] = [];
  private isPolling = false;

  constructor(private readonly dataSource: DataSource) {}

  /** True when the read model includes a position, now or within `timeoutMs` milliseconds. @throws ReadModelUnavailable, or the error of Postgres */
  waitFor(position: Position, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
      this.waiters.push({ position, until: Date.now() + timeoutMs, end: resolve, fail: reject });
      if (!this.isPolling) void this.poll();
    });
  }

  private async poll(): Promise<void> {
    this.isPolling = true;
    while (this.waiters.length > 0) {
      const asked = this.waiters;
      this.waiters = [];
      try {
        const checkpoint = await this.checkpoint();
        for (const waiter of asked) {
          if (checkpoint !== undefined && includes(checkpoint, waiter.position)) waiter.end(true);
          else if (Date.now() >= waiter.until) waiter.end(false);
          else this.waiters.push(waiter);
        }
      } catch (error) {
        for (const waiter of asked) waiter.fail(error);
      }
      if (this.waiters.length > 0) await delay(POLL_MS);
    }
    this.isPolling = false;
  }

  private async checkpoint(): Promise<Position | undefined> {
    if (!this.dataSource.isInitialized) throw new ReadModelUnavailable('Postgres has not answered yet');
    const [row] = await prepared<{ commit_position: string | null; prepare_position: string | null }>(
      this.dataSource,
      { text: `select commit_position, prepare_position from ${LIVE}.checkpoints where projection = $1` },
      [PROJECTION],
    );
    if (row === undefined || row.commit_position === null || row.prepare_position === null) return undefined;
    return { commit: BigInt(row.commit_position), prepare: BigInt(row.prepare_position) };
  }
}
