import { stat } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Operations, VerifyOperation } from '@app/read-models/operations/operations';
import type { Difference } from '@app/read-models/operations/row-differences';
import type { VerifyReport } from '@app/read-models/operations/verify';
import { RebuildRefused, type RebuildReport } from '@app/read-models/rebuild/rebuild';
import { stopWorker } from '../start/stop-worker';

export interface Stores {
  eventStoreUrl: string;
  databaseUrl: string;
}

/** What a thread does: a rebuild, or the verification of a scope. */
export type Operation =
  { name: 'rebuild' } | { name: 'verify'; scope: Omit<VerifyOperation, 'signal' | 'onProgress' | 'onDifference'> };

export type OperationData = Stores & { operation: Operation };

/** Messages of the thread; the last one is a report or an error. Errors lose their class. */
export type OperationMessage =
  { progress: unknown } | { difference: Difference } | { report: unknown } | { error: string; isRefused: boolean };

/** Tells the thread to cancel its operation. */
const CANCEL = 'cancel';

interface Listeners {
  signal?: AbortSignal;
  onProgress?: (progress: never) => void;
  onDifference?: (difference: Difference) => void;
}

const ENTRY = join(__dirname, 'operation-worker.js');
/** Heap of a thread; a verification of a million events takes 227 MB with everything else of its process. */
const MAX_HEAP_MB = 512;

/** Runs an operation in a thread of its own. Terminates it when it has not ended 10 s after its cancellation. */
function run<Report>(data: OperationData, { signal, onProgress, onDifference }: Listeners): Promise<Report> {
  // The thread pool of Node.js starts at its first use and inherits the priority of that thread, which must not be the low one of an operation.
  stat(ENTRY, () => {});
  const worker = new Worker(ENTRY, { workerData: data, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
  const cancel = (): void => void stopWorker(worker, CANCEL);
  const ended = new Promise<Report>((resolve, reject) => {
    worker.on('message', (message: OperationMessage) => {
      if ('progress' in message) onProgress?.(message.progress as never);
      else if ('difference' in message) onDifference?.(message.difference);
      else if ('report' in message) resolve(message.report as Report);
      else reject(message.isRefused ? new RebuildRefused(message.error) : new Error(message.error));
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('the thread of the operation ended')));
  });
  signal?.addEventListener('abort', cancel);
  if (signal?.aborted === true) cancel();
  return ended.finally(() => signal?.removeEventListener('abort', cancel));
}

/**
 * Runs each operation in a thread of its own, with connections of its own, so that it does not delay responses. A rebuild is refused while another
 * one runs in this process, before it takes the memory of a thread; VerificationRuns starts one verification at a time.
 */
export function operationsInThreads(stores: Stores): Operations {
  let isRebuilding = false;
  return {
    rebuild: async (options) => {
      if (isRebuilding) throw new RebuildRefused('another rebuild is running');
      isRebuilding = true;
      try {
        return await run<RebuildReport>({ ...stores, operation: { name: 'rebuild' } }, options);
      } finally {
        isRebuilding = false;
      }
    },
    verify: ({ signal, onProgress, onDifference, ...scope }) =>
      run<VerifyReport>({ ...stores, operation: { name: 'verify', scope } }, { signal, onProgress, onDifference }),
  };
}
