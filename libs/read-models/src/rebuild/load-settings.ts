/** Settings of a session that loads or indexes new tables. Nobody reads them yet, and a lost write is built again: no commit waits for the disk. */
export const LOAD_SETTINGS = `
  set synchronous_commit = off;
  set maintenance_work_mem = '128MB';
  set statement_timeout = 0`;
