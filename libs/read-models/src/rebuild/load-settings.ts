/**
 * Settings of a session that loads or indexes new tables. Commits do not wait for the disk: the tables are not in use yet, and are rebuilt after a
 * crash.
 */
export const LOAD_SETTINGS = `
  set synchronous_commit = off;
  set maintenance_work_mem = '128MB';
  set statement_timeout = 0`;
