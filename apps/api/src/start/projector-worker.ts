import { parentPort, workerData } from 'node:worker_threads';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { createPool } from '@app/read-models/database';
import { Projector } from '@app/read-models/projection/projector';
import { startProjectorTelemetry } from '@app/telemetry/projector-telemetry';
import type { ProjectorMessage, ProjectorRequest, ProjectorThreadOptions } from './projector-thread';

const STATUS_INTERVAL_MS = 250;

/** The entry of the projector thread. On request it ends after its current batch. */
async function main(): Promise<void> {
  const { eventStoreUrl, databaseUrl, hasMetrics, traces } = workerData as ProjectorThreadOptions;
  const port = parentPort;
  if (port === null) throw new Error('this file runs as a worker thread');
  const send = (message: ProjectorMessage): void => port.postMessage(message);
  const end = new AbortController();
  const telemetry = await startProjectorTelemetry({ hasMetrics, traces });
  port.on('message', (request: ProjectorRequest) => {
    if (request === 'stop') end.abort();
    else void telemetry.collect().then((metrics) => send({ metrics }));
  });
  const eventStore = connectEventStoreDb(eventStoreUrl);
  const pool = createPool(databaseUrl);
  const { observers } = telemetry;
  const projector = new Projector({ pool, eventStore, signal: end.signal, log: (line) => send({ line }), observers });
  telemetry.watch(projector);
  const timer = setInterval(() => send({ status: projector.status() }), STATUS_INTERVAL_MS);
  send({ status: projector.status() });
  await projector.run();
  clearInterval(timer);
  await pool.end();
  await eventStore.close();
  await telemetry.close();
  port.close();
}

void main();
