import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { FolderError, describeFolderProblem } from '../folder-lock';
import { type Account, socketFolder } from '../socket-folder';
import { clusterAccount } from './account';
import { clusterFolder, ENVIRONMENT, hasCluster, prepareCluster, stopOrphan, stopServer } from './cluster';
import { findBinaries } from './postgres-binaries';

export interface EmbeddedPostgres {
  /** Over a Unix socket in a folder that only the server's account and root can enter; there is no port and no password. */
  url: string;
  pid: () => number | undefined;
  stop: () => Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Holds the cluster, or a note of where it is. */
  dataDir: string;
  log: (line: string) => void;
  /** Given to the server as they are, for instance `-c fsync=off` in tests. */
  args?: readonly string[];
}

const DATABASE = 'purchasing';
const START_TIMEOUT_MS = 60_000;

/** Small, for a machine that runs everything; durable. */
const SERVER_ARGS = [
  '-c',
  'listen_addresses=',
  '-c',
  'unix_socket_permissions=0700',
  '-c',
  'max_connections=60',
  '-c',
  'shared_buffers=128MB',
];

/** Ends the process that its first argument names when its input ends, that is when we do, in whatever way. */
const WATCHER = 'while read -r _; do :; done; kill -INT "$0"';

async function connects(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    await client.end().catch(() => {});
    return false;
  }
}

async function createDatabase(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [DATABASE]);
  if (rowCount === 0) await client.query(`create database ${DATABASE}`);
  await client.end();
}

class PostgresProcess implements EmbeddedPostgres {
  private child?: ChildProcess;
  private watcher?: ChildProcess;
  private stopping = false;
  private ready = false;

  constructor(
    private readonly native: string,
    private readonly cluster: string,
    private readonly sockets: string,
    private readonly account: Account | undefined,
    private readonly options: EmbeddedPostgresOptions,
  ) {}

  readonly pid = (): number | undefined => this.child?.pid;

  get url(): string {
    return this.urlOf(DATABASE);
  }

  private urlOf(database: string): string {
    return `postgres://postgres@localhost/${database}?host=${encodeURIComponent(this.sockets)}`;
  }

  async start(): Promise<void> {
    await this.launch();
    await createDatabase(this.urlOf('postgres'));
  }

  private async launch(): Promise<void> {
    // What a killed server left there: Postgres believes its lock as long as any process, a dead one's remains included, has that pid.
    for (const left of readdirSync(this.sockets)) rmSync(join(this.sockets, left), { force: true });
    const logFile = join(this.options.dataDir, 'postgres.log');
    const log = openSync(logFile, 'a', 0o600);
    const args = [
      '-D',
      this.cluster,
      ...SERVER_ARGS,
      '-c',
      `unix_socket_directories=${this.sockets}`,
      ...(this.options.args ?? []),
    ];
    // A group of its own: Ctrl-C in a terminal is ours to pass on.
    const child = spawn(join(this.native, 'bin/postgres'), args, {
      ...this.account,
      cwd: '/',
      env: ENVIRONMENT,
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.child = child;
    if (child.pid !== undefined) this.watch(child.pid);
    let ended = false;
    child.once('exit', () => {
      ended = true;
      void this.onExit();
    });
    child.once('error', () => (ended = true));
    for (const end = Date.now() + START_TIMEOUT_MS; !(await connects(this.urlOf('postgres'))); await pause(30)) {
      if (!ended && Date.now() < end) continue;
      this.stopping = true;
      const lines = readFileSync(logFile, 'utf8').trim().split('\n');
      const last = lines.filter((line) => /FATAL|PANIC|ERROR|No space/.test(line)).at(-1) ?? lines.at(-1);
      throw new FolderError(`the embedded Postgres did not start: ${last ?? 'no reason given'} (more in ${logFile})`);
    }
    this.ready = true;
  }

  private async onExit(): Promise<void> {
    this.unwatch();
    if (this.stopping || !this.ready) return;
    this.ready = false;
    this.options.log('the embedded Postgres ended unexpectedly; starting it again');
    await pause(200);
    await stopOrphan(this.cluster);
    if (!this.stopping) await this.launch().catch((error: unknown) => this.options.log(String(error)));
  }

  stop = async (): Promise<void> => {
    this.stopping = true;
    const { child } = this;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) await stopServer(child.pid);
    this.unwatch();
    rmSync(this.sockets, { recursive: true, force: true });
  };

  /** Postgres does not notice that we are gone; a shell of its account does, and tells it. */
  private watch(pid: number): void {
    const watcher = spawn('/bin/sh', ['-c', WATCHER, String(pid)], {
      ...this.account,
      cwd: '/',
      env: ENVIRONMENT,
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watcher.on('error', () => {});
    watcher.unref();
    this.watcher = watcher;
  }

  private unwatch(): void {
    this.watcher?.kill('SIGKILL');
    this.watcher?.stdin?.destroy();
    this.watcher = undefined;
  }
}

/**
 * Starts a Postgres of its own on a data folder, making the cluster on the first start. One that a killed process left behind is stopped first.
 * @throws FolderError in one line that says what to do
 */
export async function startPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  if (process.platform === 'win32')
    throw new FolderError(
      'the embedded Postgres needs Unix sockets: on Windows set DATABASE_URL to a server of your own',
    );
  const { dataDir, log } = options;
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const cluster = clusterFolder(dataDir);
    const account = clusterAccount(cluster);
    const native = findBinaries(account);
    await stopOrphan(cluster);
    if (!hasCluster(cluster)) log('making a Postgres cluster (first start only) …');
    prepareCluster(native, cluster, account);
    const server = new PostgresProcess(native, cluster, socketFolder(cluster, account), account, options);
    await server.start();
    return server;
  } catch (error) {
    throw error instanceof FolderError ? error : describeFolderProblem(dataDir, error);
  }
}
