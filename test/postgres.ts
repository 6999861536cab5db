import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

async function run(sql: string): Promise<void> {
  const client = new Client({ connectionString: process.env.TEST_DATABASE_URL });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Creates an empty database on the Postgres of this test run. */
export async function createDatabase(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await run(`create database ${name}`);
  const url = (process.env.TEST_DATABASE_URL ?? '').replace('/purchasing?', `/${name}?`);
  return { url, drop: () => run(`drop database if exists ${name} with (force)`) };
}
