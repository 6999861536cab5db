import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Embedded, startEmbedded } from '@app/embedded/embedded';
import { checkFolderIsFree, FolderError } from '@app/embedded/folder-lock';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { Sites } from '@app/sites/sites';
import { createDataSource, createPool, READ_TIMEOUT_MS } from '@app/read-models/database';
import { RebuildRuns } from '@app/read-models/operations/rebuild-runs';
import { VerificationRuns } from '@app/read-models/operations/verification-runs';
import { ReadModelConnection } from '@app/read-models/read-model-connection';
import { checkAddresses } from '@app/settings/check-address';
import { limitHeapGrowth } from '@app/settings/limit-heap-growth';
import {
  loadEnvFile,
  loadSettings,
  misspeltSettings,
  parseSetting,
  type Settings,
  SettingsError,
} from '@app/settings/settings';
import { observeAppends } from '@app/telemetry/observe-appends';
import { startMetricsServer } from '@app/telemetry/metrics-server';
import { traceAppends } from '@app/telemetry/spans';
import { Tracing } from '@app/telemetry/tracing';
import { OneTimeCodes } from './auth/one-time-codes';
import { createApi } from './http/create-api';
import { ApiMetrics } from './metrics/api-metrics';
import { banner, withoutDemoSite } from './banner';
import { prepareDemoSite, wantsDemoSite } from './demo-site';
import { operationsInThreads } from './operations/operation-threads';
import { WriteThread } from './purchases/writes/write-thread';
import { ProjectorThread } from './start/projector-thread';
import { Shutdown } from './start/shutdown';
import { StartError } from './start/start-error';
import { waitForEventStore } from './start/wait-for-event-store';
import { handleUnexpectedErrors } from './unexpected-errors';

/** Maximum time for running calls to end at shutdown before their connections are closed; longer than any call may take. */
const CLOSE_TIMEOUT_MS = 15_000;

interface Stores {
  /** Absent when the settings name both stores. */
  embedded?: Embedded;
  eventStoreUrl: string;
  databaseUrl: string;
}

async function startStores(settings: Settings, shutdown: Shutdown): Promise<Stores> {
  const { dataDir, eventStoreUrl, databaseUrl } = settings;
  if (eventStoreUrl !== undefined && databaseUrl !== undefined) return { eventStoreUrl, databaseUrl };
  if (settings.projector === 'none')
    throw new StartError(
      'setting PROJECTOR=none needs EVENTSTORE_URL and DATABASE_URL: of embedded servers only this process can project',
    );
  const embedded = await startEmbedded({
    dataDir,
    eventStore: eventStoreUrl === undefined,
    postgres: databaseUrl === undefined,
    log: (line) => console.log(`  ${line}`),
  });
  shutdown.add(embedded.stop);
  return {
    embedded,
    eventStoreUrl: eventStoreUrl ?? embedded.eventStoreUrl ?? '',
    databaseUrl: databaseUrl ?? embedded.databaseUrl ?? '',
  };
}

async function start(settings: Settings, shutdown: Shutdown): Promise<void> {
  if (settings.eventStoreUrl === undefined || settings.databaseUrl === undefined) checkFolderIsFree(settings.dataDir);
  await checkAddresses(settings);
  const { embedded, eventStoreUrl, databaseUrl } = await startStores(settings, shutdown);
  const connected = parseSetting('EVENTSTORE_URL', 'esdb://user:password@host:2113', () =>
    connectEventStoreDb(eventStoreUrl),
  );
  shutdown.add(() => connected.close());
  const metrics = settings.metricsPort === undefined ? undefined : new ApiMetrics();
  const tracing = settings.traces && (await Tracing.start('purchasing-api', settings.traces));
  if (tracing !== undefined) shutdown.add(() => tracing.close());
  const observers = [...(metrics ? [metrics.observeAppend] : []), ...(tracing ? [traceAppends(tracing)] : [])];
  const eventStore = observeAppends(connected, observers);
  const dataSource = parseSetting('DATABASE_URL', 'postgres://user:password@host:5432/database', () =>
    createDataSource(databaseUrl),
  );
  const readModel = new ReadModelConnection(dataSource, (line) => console.warn(line));
  shutdown.add(() => readModel.close());
  const ending = new AbortController();
  shutdown.add(async () => ending.abort());
  const eventStoreAnswers = waitForEventStore(eventStore, eventStoreUrl, ending.signal, (line) => console.warn(line));
  await readModel.open();
  // Its operations run in threads with pools of their own, so that these statements are short.
  const pool = createPool(databaseUrl, READ_TIMEOUT_MS);
  shutdown.add(() => pool.end());
  const projector =
    settings.projector === 'inside' ? startProjector(settings, { eventStoreUrl, databaseUrl }, shutdown) : undefined;
  const operations = operationsInThreads({ eventStoreUrl, databaseUrl });
  const rebuilds = new RebuildRuns(pool, operations);
  const verifications = new VerificationRuns(pool, operations);
  shutdown.add(() => rebuilds.close());
  shutdown.add(() => verifications.close());
  const writeThread = new WriteThread(
    { eventStoreUrl, cacheBytes: settings.cacheBytes },
    {
      log: (line) => console.warn(line),
      observers,
    },
  );
  shutdown.add(() => writeThread.stop());
  const parts = {
    settings,
    eventStore,
    dataSource,
    pool,
    rebuilds,
    verifications,
    projector,
    writeThread,
    metrics,
    tracing,
  };
  const app: NestFastifyApplication = await createApi(parts);
  shutdown.add(() => closeApi(app));
  await app.listen(settings.port, settings.host);
  if (metrics !== undefined) await serveMetrics(settings, metrics, projector, shutdown);
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  embedded?.announce(url);
  if (!wantsDemoSite(settings)) return console.log(withoutDemoSite(url));
  await eventStoreAnswers;
  if (!ending.signal.aborted) console.log(await demoBanner(app, new Sites(eventStore), settings.dataDir, url));
}

/** Prepares the demo site. Its banner has a link that signs in to the console once. */
async function demoBanner(app: NestFastifyApplication, sites: Sites, dataDir: string, url: string): Promise<string> {
  const demo = await prepareDemoSite(sites, dataDir, url);
  const credential = await sites.authenticate(demo.site, demo.client_id, demo.client_secret);
  const code = credential && app.get(OneTimeCodes).issue(demo.site, credential);
  return banner(demo, dataDir, code);
}

/** Stops accepting connections and waits for the calls under way; closes their connections after CLOSE_TIMEOUT_MS. */
async function closeApi(app: NestFastifyApplication): Promise<void> {
  const timer = setTimeout(() => app.getHttpServer().closeAllConnections(), CLOSE_TIMEOUT_MS);
  await app.close();
  clearTimeout(timer);
}

/** Serves the metrics of this process, and of the projector where it runs in a thread of this process. */
async function serveMetrics(
  { host, metricsPort: port = 0 }: Settings,
  { registry }: ApiMetrics,
  projector: ProjectorThread | undefined,
  shutdown: Shutdown,
): Promise<void> {
  const server = await startMetricsServer({ host, port }, async () =>
    [await registry.metrics(), await projector?.metrics()].join('\n'),
  );
  shutdown.add(() => server.close());
  console.log(`metrics at ${server.url}`);
}

function startProjector(
  { metricsPort, traces }: Settings,
  stores: { eventStoreUrl: string; databaseUrl: string },
  shutdown: Shutdown,
): ProjectorThread {
  const options = { ...stores, hasMetrics: metricsPort !== undefined, traces };
  const projector = new ProjectorThread(options, (line) => console.warn(line));
  shutdown.add(() => projector.stop());
  return projector;
}

/** Describes an error for the operator in one line, without a stack. */
function explain(error: unknown): string {
  if (error instanceof SettingsError || error instanceof FolderError || error instanceof StartError)
    return error.message;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC') return 'the disk of DATA_DIR is full: free some space';
  return error instanceof Error ? message : String(error);
}

async function main(): Promise<void> {
  limitHeapGrowth();
  const shutdown = new Shutdown();
  shutdown.onSignals();
  handleUnexpectedErrors(() => void shutdown.stop(1));
  try {
    loadEnvFile();
    for (const warning of misspeltSettings()) console.warn(warning);
    await start(loadSettings(), shutdown);
  } catch (error) {
    if (shutdown.isStopping) return;
    console.error(explain(error));
    await shutdown.stop(1);
  }
}

void main();
