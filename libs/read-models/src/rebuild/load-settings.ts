import { WRITE_SETTINGS } from '../write-settings';

/** Settings of a session that loads or indexes new tables. */
export const LOAD_SETTINGS = `
  ${WRITE_SETTINGS}
  set maintenance_work_mem = '128MB';
  set statement_timeout = 0`;
