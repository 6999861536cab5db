import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Creates the table of rebuilds started by HTTP. Any process can report and cancel them. All versions of the read model share it. */
export class Rebuilds1764200000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create schema if not exists purchasing');
    await runner.query(`
      create table purchasing.rebuilds (
        id uuid primary key,
        projection text not null,
        state text not null,
        events bigint not null default 0,
        share double precision not null default 0,
        events_per_second double precision not null default 0,
        error text,
        cancel_requested boolean not null default false,
        started_at timestamptz not null default now(),
        updated_at timestamptz not null default now(),
        finished_at timestamptz
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table purchasing.rebuilds');
  }
}
