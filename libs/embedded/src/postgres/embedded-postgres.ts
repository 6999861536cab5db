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
  /** Connection URL of a database. Connects over a Unix socket that only the account of the server and root can reach; no port, no password. */
  url: string;
  pid: () => number | undefined;
  stop: () => Promise<void>;
}

export interface EmbeddedPostgresOptions {
  /** Contains the cluster, or a file with its location. */
  dataDir: string;
  log: (line: string) => void;
  /** Additional server arguments, for instance `-c fsync=off` in tests. */
  args?: readonly string[];
}

const DATABASE = 'purchasing';
/** A server that recovers after a crash starts slowly; a line says so this often. */
const REPORT_MS = 15_000;
const MAX_RESTART_PAUSE_MS = 5_000;

/** Settings for a small shared machine. Durability is not reduced. */
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

/** Shell script that stops the process given as its first argument when its stdin closes, that is when this process exits. */
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
  private restart?: Promise<void>;
  private readonly stopping = new AbortController();

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
    // Remove the lock file of a killed server: Postgres honours it while any process has that pid.
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
    // A process group of its own, so that Ctrl-C does not reach it directly.
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
    const ended = new Promise<'ended'>((resolve) =>
      child.once('exit', () => resolve('ended')).once('error', () => resolve('ended')),
    );
    await this.answers(ended, logFile);
    void ended.then(() => (this.restart = this.startAgain()));
  }

  /** Waits until the server answers, however long its recovery takes. @throws FolderError when it ends before */
  private async answers(ended: Promise<'ended'>, logFile: string): Promise<void> {
    const lines = (): string[] => readFileSync(logFile, 'utf8').trim().split('\n');
    for (let reported = Date.now(); !(await connects(this.urlOf('postgres')));) {
      if ((await Promise.race([ended, pause(30)])) === 'ended') {
        this.unwatch();
        const last = lines().findLast((line) => /FATAL|PANIC|ERROR|No space/.test(line)) ?? lines().at(-1);
        throw new FolderError(`the embedded Postgres did not start: ${last ?? 'no reason given'} (more in ${logFile})`);
      }
      if (Date.now() - reported < REPORT_MS) continue;
      reported = Date.now();
      this.options.log(`the embedded Postgres is starting: ${lines().at(-1) ?? ''}`);
    }
  }

  /** Starts the server until it answers or is to stop. Never rejects. */
  private async startAgain(): Promise<void> {
    this.unwatch();
    const { signal } = this.stopping;
    if (!signal.aborted) this.options.log('the embedded Postgres ended unexpectedly; starting it again');
    for (let tries = 0; !signal.aborted; tries++) {
      await pause(Math.min(MAX_RESTART_PAUSE_MS, 200 * 2 ** tries), undefined, { signal }).catch(() => {});
      try {
        await stopOrphan(this.cluster);
        if (!signal.aborted) return await this.launch();
      } catch (error) {
        if (!signal.aborted) this.options.log(error instanceof Error ? error.message : String(error));
      }
    }
  }

  stop = async (): Promise<void> => {
    this.stopping.abort();
    const { child } = this;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) await stopServer(child.pid);
    await this.restart;
    this.unwatch();
    rmSync(this.sockets, { recursive: true, force: true });
  };

  /** Postgres does not detect that its parent has exited; a shell under the same account does and stops it. */
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
 * Starts an embedded Postgres on a data folder; creates the cluster on first start. Stops a server that a killed process left running.
 * @throws FolderError in one line with the remedy
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
    if (!hasCluster(cluster)) log('creating a Postgres cluster (first start only) …');
    prepareCluster(native, cluster, account);
    const server = new PostgresProcess(native, cluster, socketFolder(cluster, account), account, options);
    await server.start();
    return server;
  } catch (error) {
    throw error instanceof FolderError ? error : describeFolderProblem(dataDir, error);
  }
}
