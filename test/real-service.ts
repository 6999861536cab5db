import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EventStore } from '@app/event-store/event-store';
import { connectEventStoreDb } from '@app/event-store/eventstoredb/eventstoredb-event-store';
import { Sites } from '@app/sites/sites';
import { createDatabase } from './postgres';
import { ApiProcess, authorised, end, type NodeProcess, startNodeProcess } from './processes';

/** API processes on an event-store node in a separate process. */
export interface RealService {
  dataDir: string;
  node: NodeProcess;
  /** A client of the node. */
  store: EventStore;
  apis: readonly ApiProcess[];
  /** Headers of a caller with all scopes on the site `real`. */
  headers: Record<string, string>;
  /** The settings of each API. */
  settings: Record<string, string>;
  stop: () => Promise<void>;
}

/** Timeouts of the client of a test: a read of a long stream takes seconds while kills and clients use all cores. */
const SLOW_MACHINE = { totalTimeoutMs: 100_000, tryTimeoutMs: 50_000 };

interface Options {
  apis?: number;
  /** Default: a new database on the Postgres of this test run. */
  databaseUrl?: string;
  projector?: 'inside' | 'none';
  /** Additional settings of each API. */
  more?: Record<string, string>;
}

export async function startRealService({
  apis = 1,
  databaseUrl,
  projector = 'none',
  more = {},
}: Options = {}): Promise<RealService> {
  const dataDir = mkdtempSync(join(tmpdir(), 'real-'));
  const node = await startNodeProcess(join(dataDir, 'events'));
  const database = databaseUrl === undefined ? await createDatabase() : undefined;
  const settings = {
    DATA_DIR: dataDir,
    EVENTSTORE_URL: node.url,
    DATABASE_URL: databaseUrl ?? database?.url ?? '',
    TOKEN_SECRET: randomBytes(32).toString('hex'),
    PROJECTOR: projector,
    ...more,
  };
  const store = connectEventStoreDb(node.url, SLOW_MACHINE);
  const processes = Array.from({ length: apis }, () => new ApiProcess(settings));
  await Promise.all(processes.map((api) => api.start()));
  const headers = await authorised(processes[0]!.url, 'real', await new Sites(store).issue('real'));
  const service: RealService = { dataDir, node, store, apis: processes, headers, settings, stop };
  return service;

  async function stop(): Promise<void> {
    await Promise.all(processes.map((api) => api.end('SIGKILL')));
    await store.close();
    await end(service.node.child, 'SIGKILL');
    await database?.drop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
