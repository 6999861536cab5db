import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { migrate } from './database';
import { PoolerRefused } from './refuse-pooler';

const RETRY_MS = 1_000;

/** Describes a failed connection to Postgres in one line, without values of the connection string. */
export function describeConnectionFailure(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  // For a host with several addresses Node throws an AggregateError with a code and an empty message.
  return `DATABASE_URL: Postgres does not answer (${message || code || String(error)})`;
}

/** Connects to Postgres at start, and retries in the background while Postgres is unavailable. Writes do not wait for it (I6). */
export class ReadModelConnection {
  private readonly ending = new AbortController();
  private retrying?: Promise<void>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly log: (line: string) => void,
  ) {}

  /** Connects and runs the migrations; on failure, logs it and retries in the background. @throws PoolerRefused */
  async open(): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      if (error instanceof PoolerRefused) throw error;
      this.log(
        `${describeConnectionFailure(error)}; writes are taken, reads are refused, and it is tried again, until it does`,
      );
      this.retrying = this.retry();
    }
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.retrying;
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private async connect(): Promise<void> {
    if (!this.dataSource.isInitialized) await this.dataSource.initialize();
    await migrate(this.dataSource, this.log);
  }

  private async retry(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await pause(RETRY_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.connect();
        return this.log('Postgres answers: reads are answered again');
      } catch (error) {
        if (error instanceof PoolerRefused) return this.log(error.message);
      }
    }
  }
}
