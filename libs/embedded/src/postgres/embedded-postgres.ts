import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { FolderError, describeFolderProblem, isAlive } from '../folder-lock';
import { type Account, findBinaries, isReachable, publicPlace, unprivilegedAccount } from './postgres-binaries';

export interface EmbeddedPostgres {
  /** Over a Unix socket in a folder that only we can enter; there is no port and no password. */
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
/** What a new cluster takes at the least. */
const CLUSTER_MEGABYTES = 64;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 8_000;
const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: process.env.PATH ?? '' };

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

/** Where the cluster is: in the data folder, or, when Postgres' account cannot reach that, in a place of ours that a note names. */
function clusterFolder(dataDir: string, account: Account | undefined): string {
  const inside = join(dataDir, 'postgres');
  if (account === undefined) return inside;
  const note = join(dataDir, 'postgres-is-in');
  if (existsSync(note)) return readFileSync(note, 'utf8').trim();
  chmodSync(dataDir, 0o711);
  if (isReachable(dataDir)) return inside;
  const elsewhere = join(publicPlace(), `data-${randomBytes(8).toString('hex')}`);
  writeFileSync(note, `${elsewhere}\n`);
  return elsewhere;
}

function makeOwn(folder: string, account: Account | undefined): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
}

/** A short path (a socket's is 107 bytes at most) that nobody else can have made before us. */
function socketFolder(cluster: string, account: Account | undefined): string {
  const owner = account?.uid ?? process.getuid?.();
  const name = createHash('sha256').update(cluster).digest('hex').slice(0, 10);
  for (const suffix of ['', `-${randomBytes(4).toString('hex')}`]) {
    const folder = join(tmpdir(), `purchasing-${name}${suffix}`);
    if (!existsSync(folder)) makeOwn(folder, account);
    const found = lstatSync(folder);
    if (found.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0) return folder;
  }
  throw new FolderError(`cannot make a folder for the socket of Postgres in ${tmpdir()}`);
}

function initialise(native: string, cluster: string, account: Account | undefined): void {
  if (existsSync(join(cluster, 'PG_VERSION'))) return;
  const fresh = `${cluster}.new`;
  rmSync(fresh, { recursive: true, force: true });
  makeOwn(fresh, account);
  const args = ['-D', fresh, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions'];
  const { status, stderr } = spawnSync(join(native, 'bin/initdb'), args, {
    ...account,
    cwd: '/',
    env: ENVIRONMENT,
    encoding: 'utf8',
  });
  if (status !== 0) {
    rmSync(fresh, { recursive: true, force: true });
    const left = Math.floor((({ bavail, bsize }) => (bavail * bsize) / 2 ** 20)(statfsSync(dirname(cluster))));
    const why = /error:.*|FATAL:.*/.exec(stderr)?.[0] ?? `initdb ended with ${status}`;
    throw new FolderError(
      left < CLUSTER_MEGABYTES
        ? `cannot make the embedded Postgres in ${cluster}: the disk is full, ${left} MB are left; free ${CLUSTER_MEGABYTES} MB or choose another folder`
        : `cannot make the embedded Postgres in ${cluster}: ${why}`,
    );
  }
  rmSync(cluster, { recursive: true, force: true });
  renameSync(fresh, cluster);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  }
}

async function gone(pid: number, within: number): Promise<boolean> {
  for (const end = Date.now() + within; Date.now() < end; await pause(20)) if (!isAlive(pid)) return true;
  return false;
}

/** A server that outlived us is stopped; a file that it left behind is taken away. */
async function stopOrphan(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0]);
  const command = pid > 0 && isAlive(pid) ? commandOf(pid) : '';
  if (command.includes('postgres') && command.includes(cluster)) {
    process.kill(pid, 'SIGINT');
    if (!(await gone(pid, STOP_TIMEOUT_MS))) process.kill(pid, 'SIGQUIT');
    await gone(pid, STOP_TIMEOUT_MS);
  }
  rmSync(file, { force: true });
}

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
  private stopping = false;

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

  private ready = false;

  private async onExit(): Promise<void> {
    if (this.stopping || !this.ready) return;
    this.ready = false;
    this.options.log('the embedded Postgres ended unexpectedly; starting it again');
    await pause(200);
    await stopOrphan(this.cluster);
    if (!this.stopping) await this.launch().catch((error: unknown) => this.options.log(String(error)));
  }

  stop = async (): Promise<void> => {
    this.stopping = true;
    const pid = this.child?.pid;
    if (pid !== undefined && this.child?.exitCode === null) {
      this.child.kill('SIGINT');
      if (!(await gone(pid, STOP_TIMEOUT_MS))) this.child.kill('SIGQUIT');
    }
    rmSync(this.sockets, { recursive: true, force: true });
  };
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
  const account = unprivilegedAccount();
  const native = findBinaries(account);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    const cluster = clusterFolder(dataDir, account);
    await stopOrphan(cluster);
    if (!existsSync(join(cluster, 'PG_VERSION'))) log('making a Postgres cluster (first start only) …');
    initialise(native, cluster, account);
    const server = new PostgresProcess(native, cluster, socketFolder(cluster, account), account, options);
    await server.start();
    return server;
  } catch (error) {
    throw error instanceof FolderError ? error : describeFolderProblem(dataDir, error);
  }
}
