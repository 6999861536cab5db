import type { QueryResultRow } from 'pg';
import type { DataSource } from 'typeorm';
import { SiteTurns } from '@app/turns/site-turns';
import { prepared, type Statement } from './prepared';
import { ReadModelUnavailable } from './read-model-unavailable';

/** Queries of pages and figures that run at a time. The other connections of the pool remain for single purchases and the state of the service. */
const MAX_RUNNING = 6;
const MAX_WAIT_MS = 5_000;

/** Runs queries for one site. @throws ReadModelUnavailable after the maximum wait, or the error of Postgres */
export interface Reads {
  query<T extends QueryResultRow>(text: string, values: unknown[]): Promise<T[]>;
  prepared<T extends QueryResultRow>(statement: Statement, values: unknown[]): Promise<T[]>;
}

/** Divides the connections to Postgres among the sites (docs/adr/0095). */
export class SiteReads {
  private readonly turns = new SiteTurns(
    MAX_RUNNING,
    MAX_WAIT_MS,
    () => new ReadModelUnavailable('too many queries wait for Postgres'),
  );

  /** @param connected the connected data source @throws ReadModelUnavailable */
  constructor(private readonly connected: () => DataSource) {}

  of(site: string): Reads {
    return {
      query: (text, values) => this.turns.run(site, () => prepared(this.connected(), { text }, values)),
      prepared: (statement, values) => this.turns.run(site, () => prepared(this.connected(), statement, values)),
    };
  }
}
