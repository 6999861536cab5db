import { readFileSync, readlinkSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import type { ClientBase } from 'pg';

/** The fields of pg's client that its types leave out. */
interface Session extends ClientBase {
  /** The folder of the Unix socket, or a host name. */
  host?: string;
  /** The id of the process that serves the session. */
  processID?: number | null;
}

/** The id of this thread; undefined when it is not available. Linux only. */
export function threadId(): number | undefined {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/')[2]);
  } catch {
    return undefined;
  }
}

/**
 * Gives a connected session of Postgres the lower priority of this thread, so that the work of an operation that can wait does not delay calls there
 * either. Done for a server on this host only, which a Unix socket tells, and only by root or the account of the server.
 */
export function matchPriority(session: ClientBase): void {
  const { host, processID } = session as Session;
  const thread = threadId();
  if (thread === undefined || !processID || host?.startsWith('/') !== true) return;
  try {
    const priority = getPriority(thread);
    // A socket may lead to another container, where the id is that of another process.
    const isPostgres = readFileSync(`/proc/${processID}/cmdline`, 'latin1').startsWith('postgres:');
    if (priority > 0 && isPostgres) setPriority(processID, priority);
  } catch {
    // The session has ended, or belongs to another account.
  }
}
