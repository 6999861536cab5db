import { setTimeout as pause } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import { migrate } from './database';

const RETRY_MS = 1_000;

/** Why a connection failed, in a few words. */
function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  // Of a host with several addresses Node tells no message, only the code of the first.
  return `Postgres does not answer (${message || code || String(error)})`;
}

/**
 * The connection of a process that can do without Postgres for a while: opened now, or, when Postgres does not answer, as soon as it does. What
 * writes does not wait for it (I6).
 */
export class ReadModelConnection {
  private readonly ending = new AbortController();
  private retrying?: Promise<void>;

  constructor(
    private readonly dataSource: DataSource,
    private readonly log: (line: string) => void,
  ) {}

  /** Connects and brings the tables up to date, now or later; never throws. */
  async open(): Promise<void> {
    try {
      await this.connect();
    } catch (error) {
      this.log(
        `DATABASE_URL: ${reasonOf(error)}; writes are taken, reads are refused, and it is tried again, until it does`,
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
    await migrate(this.dataSource);
  }

  private async retry(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await pause(RETRY_MS, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const isOpen = await this.connect().then(
        () => true,
        () => false,
      );
      if (isOpen) return this.log('Postgres answers: reads are answered again');
    }
  }
}
