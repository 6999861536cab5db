import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { isMainThread } from 'node:worker_threads';

/**
 * Preloaded into a service under test (`node --require`) on Linux. Names each worker thread by its file, `projector` for `projector-worker.js`, so that
 * its CPU time can be read by its name in `/proc`. The file is known after the preload.
 */
if (!isMainThread)
  setImmediate(() => writeFileSync('/proc/thread-self/comm', basename(process.argv[1] ?? '', '-worker.js')));
