import type { QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';
import { prepared, type Statement } from './prepared';
import { ReadModelUnavailable } from './read-model-unavailable';
import { RoundRobin } from './round-robin';

/** Queries of pages and figures that run at a time. The other connections of the pool remain for single purchases and the state of the service. */
const MAX_RUNNING = 6;
const MAX_WAIT_MS = 5_000;

/** Runs queries for one site. @throws ReadModelUnavailable after the maximum wait, or the error of Postgres */
export interface Reads {
  query<T>(text: string, values: unknown[]): Promise<T[]>;
  prepared<T extends QueryResultRow>(statement: Statement, values: unknown[]): Promise<T[]>;
}

/** Divides the connections to Postgres among the sites: queries that wait are started in turn by site (docs/adr/0095). */
export class SiteReads {
  private readonly waiting = new RoundRobin<() => void>();
  private running = 0;

  /** @param connected the connected data source @throws ReadModelUnavailable */
  constructor(
    private readonly connected: () => DataSource,
    private readonly maxRunning = MAX_RUNNING,
    private readonly maxWaitMs = MAX_WAIT_MS,
  ) {}

  of(site: string): Reads {
    return {
      query: (text, values) => this.run(site, () => this.connected().query(text, values)),
      prepared: (statement, values) => this.run(site, () => prepared(this.connected(), statement, values)),
    };
  }

  private async run<T>(site: string, call: () => Promise<T>): Promise<T> {
    if (this.running < this.maxRunning) this.running += 1;
    else await this.turn(site);
    try {
      return await call();
    } finally {
      this.endTurn();
    }
  }

  private turn(site: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const start = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.remove(site, start);
        reject(new ReadModelUnavailable('too many queries wait for Postgres'));
      }, this.maxWaitMs);
      this.waiting.add(site, start);
    });
  }

  /** Passes the turn on. */
  private endTurn(): void {
    const start = this.waiting.next();
    if (start === undefined) this.running -= 1;
    else start();
  }
}
