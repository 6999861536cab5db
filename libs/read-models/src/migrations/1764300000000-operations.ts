import type { MigrationInterface, QueryRunner } from 'typeorm';

/**
 * Creates the table of verifications started by HTTP, which any process can report and cancel, and the table in which the leading projector
 * reports its rate. All versions of the read model share both.
 */
export class Operations1764300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      create table purchasing.verifications (
        id uuid primary key,
        site text not null,
        state text not null,
        verified bigint not null default 0,
        total bigint not null default 0,
        quarantined bigint not null default 0,
        differences bigint not null default 0,
        -- JSON: the first of the differences.
        found text not null default '[]',
        error text,
        cancel_requested boolean not null default false,
        started_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        finished_at timestamptz
      )`);
    // At most one verification runs at a time.
    await runner.query(`create unique index on purchasing.verifications ((true)) where state = 'running'`);
    await runner.query(`
      create table purchasing.leaders (
        schema text primary key,
        name text not null,
        events_per_second double precision not null,
        reported_at timestamptz not null
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table purchasing.verifications');
    await runner.query('drop table purchasing.leaders');
  }
}
