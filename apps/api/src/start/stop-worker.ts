import { setTimeout as delay } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';

const STOP_TIMEOUT_MS = 10_000;

/** Sends a thread the message to end, waits at most 10 s, then terminates it. */
export async function stopWorker(worker: Worker, message: string): Promise<void> {
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.postMessage(message);
  await Promise.race([ended, delay(STOP_TIMEOUT_MS, undefined, { ref: false })]);
  await worker.terminate();
}
