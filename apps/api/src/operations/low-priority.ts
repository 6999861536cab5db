import { constants, setPriority } from 'node:os';
import { threadId } from '@app/read-models/session-priority';

/**
 * Imported first by a thread whose work can wait: lowers the priority of the thread, so that its work, and before that the loading of its code, does not
 * delay calls. Linux sets a priority for each thread; elsewhere nothing is done.
 */
const thread = threadId();
try {
  if (thread !== undefined) setPriority(thread, constants.priority.PRIORITY_BELOW_NORMAL);
} catch {
  // The system does not allow it: the thread has the priority of the process.
}
