import './low-priority';
import { parentPort, workerData } from 'node:worker_threads';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { createPool } from '@app/read-models/database';
import { type Operations, operationsHere } from '@app/read-models/operations/operations';
import type { Difference } from '@app/read-models/operations/row-differences';
import { describeError } from '@app/read-models/projection/postgres-errors';
import { RebuildRefused } from '@app/read-models/rebuild/rebuild';
import type { Operation, OperationData, OperationMessage } from './operation-threads';

/** The operation itself reads the history; one further thread folds, as many as a gentle rebuild uses. */
const FOLDING_THREADS = 1;

/** The entry of a thread that runs one operation. Its only message is the request to cancel. */
async function main(): Promise<void> {
  const { eventStoreUrl, databaseUrl, operation } = workerData as OperationData;
  const port = parentPort;
  if (port === null) throw new Error('this file runs as a worker thread');
  const send = (message: OperationMessage): void => port.postMessage(message);
  const stop = new AbortController();
  port.once('message', () => stop.abort());
  const eventStore = connectEventStoreDb(eventStoreUrl);
  const pool = createPool(databaseUrl);
  const operations = operationsHere(pool, eventStore, FOLDING_THREADS);
  const last = await execute(operations, operation, stop.signal, send);
  await pool.end();
  await eventStore.close();
  send(last);
  port.close();
}

/** Returns the last message. */
async function execute(
  operations: Operations,
  operation: Operation,
  signal: AbortSignal,
  send: (message: OperationMessage) => void,
): Promise<OperationMessage> {
  const onProgress = (progress: unknown): void => send({ progress });
  try {
    if (operation.name === 'rebuild') return { report: await operations.rebuild({ signal, onProgress }) };
    const onDifference = (difference: Difference): void => send({ difference });
    return { report: await operations.verify({ ...operation.scope, signal, onProgress, onDifference }) };
  } catch (error) {
    return { error: describeError(error), isRefused: error instanceof RebuildRefused };
  }
}

void main();
