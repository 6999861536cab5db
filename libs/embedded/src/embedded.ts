import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEventStore } from './event-store-node/embedded-event-store';
import { startPostgres } from './postgres/embedded-postgres';
import { isAlive, lockFolder } from './folder-lock';

export interface EmbeddedOptions {
  /** Absolute path of the folder for all persistent data. */
  dataDir: string;
  eventStore: boolean;
  postgres: boolean;
  log: (line: string) => void;
}

/** Running instance, for commands that look for it. Contains no secret. */
export interface Running {
  pid: number;
  apiUrl?: string;
  eventStoreUrl?: string;
  databaseUrl?: string;
}

export interface Embedded {
  eventStoreUrl?: string;
  databaseUrl?: string;
  /** Records the address of the API for other commands. */
  announce: (apiUrl: string) => void;
  stop: () => Promise<void>;
}

const runningFile = (dataDir: string): string => join(dataDir, 'running.json');

/** Returns the instance that runs on a data folder; undefined when there is none. */
export function readRunning(dataDir: string): Running | undefined {
  try {
    const running = JSON.parse(readFileSync(runningFile(dataDir), 'utf8')) as Running;
    return isAlive(running.pid) ? running : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts the embedded event store and Postgres, unless a URL is configured, on a data folder locked by this process.
 * @throws FolderError in one line with the remedy
 */
export async function startEmbedded({ dataDir, eventStore, postgres, log }: EmbeddedOptions): Promise<Embedded> {
  const unlock = await lockFolder(dataDir);
  const started = await Promise.allSettled([
    postgres ? startPostgres({ dataDir, log }) : undefined,
    eventStore ? startEventStore({ dataDir: join(dataDir, 'event-store'), log }) : undefined,
  ]);
  const servers = started.flatMap((each) =>
    each.status === 'fulfilled' && each.value !== undefined ? [each.value] : [],
  );
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
    rmSync(runningFile(dataDir), { force: true });
    unlock();
  };
  const failed = started.find((each) => each.status === 'rejected');
  if (failed !== undefined) {
    await stop();
    throw failed.reason;
  }
  const [database, store] = started.map((each) => (each.status === 'fulfilled' ? each.value?.url : undefined));
  const write = (more: Partial<Running>): void =>
    writeFileSync(
      runningFile(dataDir),
      JSON.stringify({ pid: process.pid, eventStoreUrl: store, databaseUrl: database, ...more } satisfies Running),
      { mode: 0o600 },
    );
  write({});
  return { eventStoreUrl: store, databaseUrl: database, announce: (apiUrl) => write({ apiUrl }), stop };
}
