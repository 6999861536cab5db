import { Registry, collectDefaultMetrics } from 'prom-client';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { boundedQueries, createDataSource, createPool, migrate } from '@app/read-models/database';
import { Projector } from '@app/read-models/projection/projector';
import { describeConnectionFailure } from '@app/read-models/read-model-connection';
import { ReadModelStatus } from '@app/read-models/projection/read-model-status';
import { checkAddress } from '@app/settings/check-address';
import { limitHeapGrowth } from '@app/settings/limit-heap-growth';
import {
  loadEnvFile,
  loadSettings,
  misspeltSettings,
  parseSetting,
  type Settings,
  SettingsError,
} from '@app/settings/settings';
import { type MetricsServer, startMetricsServer } from '@app/telemetry/metrics-server';
import { type ProjectorTelemetry, startProjectorTelemetry } from '@app/telemetry/projector-telemetry';
import { registerReadModelMetrics } from '@app/telemetry/read-model-metrics';

/** Connects to Postgres and runs the migrations. @throws Error with a message of one line */
async function prepareDatabase(databaseUrl: string): Promise<void> {
  const dataSource = parseSetting('DATABASE_URL', 'postgres://user:password@host:5432/database', () =>
    createDataSource(databaseUrl),
  );
  try {
    await dataSource.initialize();
  } catch (error) {
    throw new Error(describeConnectionFailure(error), { cause: error });
  }
  await migrate(dataSource, (line) => console.warn(line));
  await dataSource.destroy();
}

/** Serves the metrics of this process, its projector and the read model. */
function serveMetrics(
  { host, metricsPort: port = 0 }: Settings,
  telemetry: ProjectorTelemetry,
  status: ReadModelStatus,
): Promise<MetricsServer> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  registerReadModelMetrics(registry, status);
  return startMetricsServer({ host, port }, async () =>
    [await registry.metrics(), await telemetry.collect()].join('\n'),
  );
}

/** Runs the projector as a separate process. Of several such processes one is the leader; the others are on standby. */
async function main(): Promise<void> {
  limitHeapGrowth();
  loadEnvFile();
  for (const warning of misspeltSettings()) console.warn(warning);
  const settings = loadSettings();
  const { host, eventStoreUrl, databaseUrl, metricsPort, traces } = settings;
  if (eventStoreUrl === undefined || databaseUrl === undefined)
    throw new SettingsError(
      'the projector requires EVENTSTORE_URL and DATABASE_URL; with embedded stores `npm start` includes the projector',
    );
  if (metricsPort !== undefined) await checkAddress(host, metricsPort, 'METRICS_PORT');
  const eventStore = parseSetting('EVENTSTORE_URL', 'esdb://user:password@host:2113', () =>
    connectEventStoreDb(eventStoreUrl),
  );
  await prepareDatabase(databaseUrl);
  const pool = createPool(databaseUrl);
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end.abort());
  const telemetry = await startProjectorTelemetry({ hasMetrics: metricsPort !== undefined, traces });
  const { observers } = telemetry;
  const projector = new Projector({
    pool,
    eventStore,
    signal: end.signal,
    log: (line) => console.warn(line),
    observers,
  });
  telemetry.watch(projector);
  const server =
    metricsPort === undefined
      ? undefined
      : await serveMetrics(settings, telemetry, new ReadModelStatus(boundedQueries(pool), eventStore));
  if (server !== undefined) console.log(`metrics at ${server.url}`);
  console.log('projector: running');
  await projector.run();
  await server?.close();
  await pool.end();
  await eventStore.close();
  await telemetry.close();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exit(1);
  },
);
