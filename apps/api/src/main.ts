import { createServer } from 'node:net';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Embedded, startEmbedded } from '@app/embedded/embedded';
import { checkFolderIsFree, FolderError } from '@app/embedded/folder-lock';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { Sites } from '@app/sites/sites';
import { createDataSource, createPool } from '@app/read-models/database';
import { Projector } from '@app/read-models/projection/projector';
import { ReadModelConnection } from '@app/read-models/read-model-connection';
import { loadEnvFile, loadSettings, type Settings, SettingsError } from '@app/settings/settings';
import { createApi } from './http/create-api';
import { banner } from './banner';
import { prepareDemoSite } from './demo-site';

/** Longer than any call may take. */
const LONGEST_GOODBYE_MS = 15_000;

/** Tells a taken port before anything is started. */
function checkPort({ host, port }: Settings): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be used (${error.code})`;
      reject(new FolderError(`port ${port} on ${host} ${why}: set PORT to another one`));
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}

const isEmbedded = ({ eventStoreUrl, databaseUrl }: Settings): boolean =>
  eventStoreUrl === undefined || databaseUrl === undefined;

const log = (line: string): void => console.log(`  ${line}`);

/** Everything that was started, to be ended in the other order. */
class Started {
  private readonly ends: (() => Promise<unknown>)[] = [];

  add(end: () => Promise<unknown>): void {
    this.ends.unshift(end);
  }

  async stop(): Promise<void> {
    for (const end of this.ends.splice(0)) await end().catch((error: unknown) => console.error(String(error)));
  }
}

async function startStores(
  settings: Settings,
  started: Started,
): Promise<{ embedded?: Embedded; eventStoreUrl: string; databaseUrl: string }> {
  const { dataDir, eventStoreUrl, databaseUrl } = settings;
  if (eventStoreUrl !== undefined && databaseUrl !== undefined) return { eventStoreUrl, databaseUrl };
  const embedded = await startEmbedded({
    dataDir,
    eventStore: eventStoreUrl === undefined,
    postgres: databaseUrl === undefined,
    log,
  });
  started.add(embedded.stop);
  return {
    embedded,
    eventStoreUrl: eventStoreUrl ?? embedded.eventStoreUrl ?? '',
    databaseUrl: databaseUrl ?? embedded.databaseUrl ?? '',
  };
}

async function start(settings: Settings, started: Started): Promise<void> {
  if (isEmbedded(settings)) checkFolderIsFree(settings.dataDir);
  await checkPort(settings);
  const { embedded, eventStoreUrl, databaseUrl } = await startStores(settings, started);
  const eventStore = connectEventStoreDb(eventStoreUrl);
  started.add(() => eventStore.close());
  const dataSource = createDataSource(databaseUrl);
  const readModel = new ReadModelConnection(dataSource, (line) => console.warn(line));
  started.add(() => readModel.close());
  await readModel.open();
  const projector = settings.projector === 'inside' ? startProjector(databaseUrl, eventStore, started) : undefined;
  const app: NestFastifyApplication = await createApi({ settings, eventStore, dataSource, projector });
  started.add(() => closeApi(app));
  await app.listen(settings.port, settings.host);
  const url = (await app.getUrl()).replace('[::1]', 'localhost');
  if (embedded === undefined) return console.log(`listening on ${url}`);
  embedded.announce(url);
  console.log(banner(await prepareDemoSite(new Sites(eventStore), settings.dataDir, url), settings.dataDir));
}

/** No new connections; calls under way are answered, and those of callers who dawdle are broken off after a while. */
async function closeApi(app: NestFastifyApplication): Promise<void> {
  const impatience = setTimeout(() => app.getHttpServer().closeAllConnections(), LONGEST_GOODBYE_MS);
  await app.close();
  clearTimeout(impatience);
}

function startProjector(
  databaseUrl: string,
  eventStore: ReturnType<typeof connectEventStoreDb>,
  started: Started,
): Projector {
  const end = new AbortController();
  const pool = createPool(databaseUrl);
  const projector = new Projector({ pool, eventStore, signal: end.signal, log: (line) => console.warn(line) });
  const running = projector.run();
  started.add(async () => {
    end.abort();
    await running;
    await pool.end();
  });
  return projector;
}

const isExpected = (error: unknown): error is Error => error instanceof SettingsError || error instanceof FolderError;

async function main(): Promise<void> {
  const started = new Started();
  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    // Somebody who asks twice does not want to wait.
    if (stopping) process.exit(code);
    stopping = true;
    await started.stop();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
  try {
    loadEnvFile();
    await start(loadSettings(), started);
  } catch (error) {
    if (stopping) return;
    console.error(isExpected(error) ? error.message : error instanceof Error ? error.message : String(error));
    await stop(1);
  }
}

void main();
