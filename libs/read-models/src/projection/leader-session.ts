import { hostname } from 'node:os';
import type { ClientBase, Pool } from 'pg';
import { LIVE } from '../tables';
import type { Queryable } from './batch-writer';

/** Postgres ends an idle leader session after this time, so that a frozen process or lost host loses the lead. */
const IDLE_SESSION_TIMEOUT_MS = 15_000;
const HEARTBEAT_MS = 5_000;

const LOCK = `hashtext('purchasing projector'), hashtext('${LIVE}')`;

const SESSION_SETTINGS = `
  set idle_session_timeout = ${IDLE_SESSION_TIMEOUT_MS};
  set idle_in_transaction_session_timeout = ${IDLE_SESSION_TIMEOUT_MS};
  set tcp_keepalives_idle = 5; set tcp_keepalives_interval = 3; set tcp_keepalives_count = 3;
  -- Rows and checkpoint are derived from the history and lost together: nobody waits for the disk.
  set synchronous_commit = off`;

/** The leading session, from pg_stat_activity. */
export interface Leader {
  name: string;
  since: Date;
}

/**
 * Runs `work` as the only leader of all projectors of this version, holding a session lock on its own connection.
 * @param work must end when the signal is aborted: the session, and with it the lead, is lost
 * @returns false when another session leads
 */
export async function leading(
  pool: Pool,
  signal: AbortSignal,
  work: (client: ClientBase, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const client = await pool.connect();
  const lost = new AbortController();
  let reason: Error | undefined;
  const lose = (error: Error): void => {
    reason ??= error;
    lost.abort();
  };
  client.on('error', lose);
  const heartbeat = setInterval(() => void client.query('select').catch(lose), HEARTBEAT_MS);
  try {
    const { rows } = await client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${LOCK}) as mine`);
    if (rows[0]?.mine !== true) return false;
    await client.query(SESSION_SETTINGS);
    await client.query(`select set_config('application_name', $1, false)`, [`projector ${hostname()} ${process.pid}`]);
    await work(client, AbortSignal.any([signal, lost.signal]));
    if (reason !== undefined) throw reason;
    return true;
  } finally {
    clearInterval(heartbeat);
    // Closing the connection releases the lock.
    client.release(true);
  }
}

/** The current leader; undefined when there is none. */
export async function findLeader(client: Queryable): Promise<Leader | undefined> {
  const { rows } = await client.query<{ name: string; since: Date }>(`
    select coalesce(nullif(a.application_name, ''), 'session ' || a.pid) as name, a.backend_start as since
    from pg_locks l join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and a.datname = current_database()
      and (l.classid::bigint, l.objid::bigint) = (select key1::bigint & 4294967295, key2::bigint & 4294967295
        from (values (${LOCK})) as lock_key (key1, key2))`);
  return rows[0];
}
