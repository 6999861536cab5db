import { hostname } from 'node:os';
import type { ClientBase, Pool, PoolClient } from 'pg';
import { LIVE, PROJECTION } from '../tables';
import { WRITE_SETTINGS } from '../write-settings';
import type { Queryable } from './batch-writer';
import { CheckpointMoved } from './purchase-changes';
import { sqlStateOf } from './postgres-errors';

/**
 * Postgres ends an idle leader session after this time, so that a frozen process loses the lead. Folding a batch takes
 * much less.
 */
const IDLE_SESSION_TIMEOUT_MS = 15_000;
/** Postgres ends the session when its host is silent for this time. */
const TCP_TIMEOUT_MS = 10_000;
/** Postgres ends a statement, and a transaction, after this time. */
const STATEMENT_TIMEOUT_MS = 25_000;
const HEARTBEAT_MS = 3_000;
/** Time in which Postgres grants or refuses the lead. */
const LOCK_TIMEOUT_MS = 10_000;
/**
 * The leader gives up the lead when Postgres does not answer for this time. It is longer than a statement may take: a heartbeat waits behind the
 * statement that writes a batch, and a busy leader keeps the lead.
 */
const ANSWER_TIMEOUT_MS = STATEMENT_TIMEOUT_MS + 5_000;

const LOCK = `hashtext('purchasing projector'), hashtext('${LIVE}')`;

const SESSION_SETTINGS = `
  set idle_session_timeout = ${IDLE_SESSION_TIMEOUT_MS};
  set idle_in_transaction_session_timeout = ${IDLE_SESSION_TIMEOUT_MS};
  set tcp_keepalives_idle = 4; set tcp_keepalives_interval = 2; set tcp_keepalives_count = 3;
  -- Data that the host does not acknowledge ends the session too.
  set tcp_user_timeout = ${TCP_TIMEOUT_MS};
  set statement_timeout = ${STATEMENT_TIMEOUT_MS};
  -- A session that hangs within a transaction ends as well (Postgres 17 and later).
  select set_config('transaction_timeout', '${STATEMENT_TIMEOUT_MS}', false) from pg_settings where name = 'transaction_timeout';
  ${WRITE_SETTINGS}`;

const SETTINGS_QUERY = { text: SESSION_SETTINGS, query_timeout: LOCK_TIMEOUT_MS };

/** The leading session, from pg_stat_activity. */
export interface Leader {
  /** `projector HOST PID`. */
  name: string;
  host?: string;
  pid?: number;
  since: Date;
}

/** The session of the leader moved to another backend: the connection passes a pooler in transaction mode. */
class SessionMoved extends Error {
  override name = 'SessionMoved';
}

/** The error of pg for a query that was not answered within its `query_timeout`. */
const isUnanswered = (error: Error): boolean => error.message === 'Query read timeout';

/** A heartbeat between a refused statement and its rollback: it was answered, so the session lives. */
const isWithinFailedTransaction = (error: Error): boolean => sqlStateOf(error) === '25P02';

/** Not answered in time on a connection whose host is gone. */
const LOCK_QUERY = {
  text: `select pg_try_advisory_lock(${LOCK}) as mine, pg_backend_pid() as pid`,
  query_timeout: LOCK_TIMEOUT_MS,
};

/** Reports the rate of the leader with its heartbeat, for every process to read, and tells whether somebody else changed the rows. */
const HEARTBEAT = `
  insert into purchasing.leaders as known (schema, name, events_per_second, reported_at)
  values ('${LIVE}', current_setting('application_name'), $1, now())
  on conflict (schema) do update set name = excluded.name, events_per_second = excluded.events_per_second, reported_at = now()
  returning pg_backend_pid() as pid, (select generation from ${LIVE}.checkpoints where projection = '${PROJECTION}') as generation`;

/**
 * Sends a heartbeat every HEARTBEAT_MS, unless the last one waits for its answer, with the rate of events since the one before. Calls `lose` when it
 * fails, is not answered in time, or is answered by another backend than the one that holds the lock; and when somebody else changed the rows: a
 * leader without events to write would not notice that its checkpoint is no longer that of the tables.
 */
function startHeartbeat(
  client: PoolClient,
  backend: number,
  eventsProjected: () => number,
  lose: (error: Error) => void,
): NodeJS.Timeout {
  let last = { events: eventsProjected(), at: Date.now() };
  let first: { generation: string | null } | undefined;
  const beat = async (): Promise<void> => {
    const now = { events: eventsProjected(), at: Date.now() };
    const rate = ((now.events - last.events) * 1_000) / Math.max(1, now.at - last.at);
    last = now;
    const query = { text: HEARTBEAT, values: [rate], query_timeout: ANSWER_TIMEOUT_MS };
    const { rows } = await client.query<{ pid: number; generation: string | null }>(query);
    const [row] = rows;
    if (row?.pid !== backend) throw new SessionMoved('the session of the leader has moved to another backend');
    first ??= row;
    if (row.generation !== first.generation) throw new CheckpointMoved();
  };
  const onFailure = (error: Error): void => {
    if (isWithinFailedTransaction(error)) return;
    const silence = `Postgres has not answered the leader for ${ANSWER_TIMEOUT_MS / 1_000} s`;
    lose(isUnanswered(error) ? new Error(silence) : error);
  };
  let isWaiting = false;
  const tryBeat = (): void => {
    if (isWaiting) return;
    isWaiting = true;
    void beat()
      .catch(onFailure)
      .finally(() => (isWaiting = false));
  };
  tryBeat();
  return setInterval(tryBeat, HEARTBEAT_MS);
}

/**
 * Runs `work` as the only leader of all projectors of this version, holding a session lock on its own connection.
 * @param work must end when the signal is aborted: the session, and with it the lead, is lost
 * @param eventsProjected the number of events projected so far, for the reported rate
 * @returns false when another session leads
 */
export async function leading(
  pool: Pool,
  signal: AbortSignal,
  work: (client: ClientBase, signal: AbortSignal) => Promise<void>,
  eventsProjected: () => number = () => 0,
): Promise<boolean> {
  const client = await pool.connect();
  const lost = new AbortController();
  let heartbeat: NodeJS.Timeout | undefined;
  let reason: Error | undefined;
  const lose = (error: Error): void => {
    reason ??= error;
    lost.abort();
    // Queries that wait for an answer fail: the connection is destroyed.
    void client.end().catch(() => {});
  };
  client.on('error', lose);
  try {
    // Before the lock: a process that is frozen right after it must not keep the lead.
    await client.query(SETTINGS_QUERY);
    const { rows } = await client.query<{ mine: boolean; pid: number }>(LOCK_QUERY);
    const [row] = rows;
    if (row?.mine !== true) return false;
    await client.query(`select set_config('application_name', $1, false)`, [`projector ${hostname()} ${process.pid}`]);
    heartbeat = startHeartbeat(client, row.pid, eventsProjected, lose);
    await work(client, AbortSignal.any([signal, lost.signal]));
    if (reason !== undefined) throw reason;
    return true;
  } catch (error) {
    throw reason ?? error;
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
  const [leader] = rows;
  if (leader === undefined) return undefined;
  const [, host, pid] = /^projector (\S+) (\d+)$/.exec(leader.name) ?? [];
  return { ...leader, ...(host !== undefined && { host, pid: Number(pid) }) };
}
