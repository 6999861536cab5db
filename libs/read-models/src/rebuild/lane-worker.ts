import { parentPort, workerData } from 'node:worker_threads';
import { Client } from 'pg';
import { SerializedEvent } from '@app/event-store/eventstoredb/serialized-event';
import { describeError } from '../projection/postgres-errors';
import type { LaneAnswer, LaneRequest, LaneSettings } from './lanes';
import { LOAD_SETTINGS } from './load-settings';
import { type LoadedEvent, sizeOf } from './loaded-event';
import { PurchaseLoader } from './purchase-loader';

function eventsOf(request: Exclude<LaneRequest, 'finish'>): LoadedEvent[] {
  if ('events' in request) return request.events;
  const bytes = Buffer.from(request.bytes);
  return request.ends.map((end, index) => new SerializedEvent(bytes, request.ends[index - 1] ?? 0, end));
}

/** The entry of a thread that loads a part of the history. The rebuild terminates it. */
async function main(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('this file runs as a worker thread');
  const send = (answer: LaneAnswer): void => port.postMessage(answer);
  const { databaseUrl, ...settings } = workerData as LaneSettings;
  const client = new Client({ connectionString: databaseUrl });
  client.on('error', () => {});
  const opened = client.connect().then(() => client.query(LOAD_SETTINGS));
  const loader = new PurchaseLoader(client, settings);
  const handle = async (request: LaneRequest): Promise<void> => {
    await opened;
    if (request === 'finish') {
      await loader.finish();
      return send('finished');
    }
    const events = eventsOf(request);
    await loader.add(events);
    send({ taken: events.reduce((sum, event) => sum + sizeOf(event), 0) });
  };
  let last: Promise<void> = Promise.resolve();
  port.on('message', (request: LaneRequest) => {
    last = last.then(() => handle(request));
    last.catch((error: unknown) => send({ error: describeError(error) }));
  });
}

void main();
