import { readlinkSync } from 'node:fs';
import { constants, setPriority } from 'node:os';

/**
 * Imported first by a thread whose work can wait: lowers the priority of the thread, so that its work, and before that the loading of its code, does not
 * delay calls. Linux sets a priority for each thread; elsewhere nothing is done.
 */
try {
  const [, , thread] = readlinkSync('/proc/thread-self').split('/');
  if (thread !== undefined) setPriority(Number(thread), constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // Not Linux, or no /proc: the thread has the priority of the process.
}
