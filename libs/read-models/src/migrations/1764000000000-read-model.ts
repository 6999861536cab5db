import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createIndexes, createTables, LIVE } from '../tables';

/** Creates the live tables. */
export class ReadModel1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(createTables(LIVE));
    await runner.query(createIndexes(LIVE));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`drop schema ${LIVE} cascade`);
  }
}
