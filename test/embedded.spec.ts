import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { readRunning } from '@app/embedded/embedded';
import { isAlive, lockFolder } from '@app/embedded/folder-lock';

/** Allows for a slow or busy machine. */
jest.setTimeout(300_000);

const API = resolve(__dirname, '../dist/apps/api/src/main.js');

interface Run {
  child: ChildProcess;
  output: () => string;
  ended: Promise<number | null>;
}

function run(dataDir: string, more: Record<string, string> = {}): Run {
  const { EVENTSTORE_URL: _e, DATABASE_URL: _d, ...env } = process.env;
  const child = spawn(process.execPath, [API], { env: { ...env, PORT: '0', DATA_DIR: dataDir, ...more } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output, ended: new Promise((done) => child.once('exit', done)) };
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((done) => setTimeout(done, 20));
}

const ready = ({ output }: Run): Promise<void> => until(() => output().includes('Ctrl-C stops everything'));
const postgresPid = (dataDir: string): number => {
  const locationFile = join(dataDir, 'postgres-is-in');
  const cluster = existsSync(locationFile) ? readFileSync(locationFile, 'utf8').trim() : join(dataDir, 'postgres');
  return Number(readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[0]);
};

const holderOf = (folder: string): number =>
  (JSON.parse(readFileSync(join(folder, 'lock.json'), 'utf8')) as { pid: number }).pid;

const NOBODY = 65_534;

/**
 * Connects to a socket as another account. Returns `connected` or the error code.
 * The process takes the account after its start, because that account may not be able to run the node binary, for instance below /root.
 */
async function connectAs(uid: number | undefined, socket: string): Promise<string> {
  const program = `const [socket, uid] = process.argv.slice(1);
    if (uid) { process.setgroups([]); process.setgid(Number(uid)); process.setuid(Number(uid)); }
    require('net').connect(socket).on('connect', () => end('connected')).on('error', (e) => end(e.code));
    function end(result) { console.log(result); process.exit(); }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, socket, ...(uid ? [`${uid}`] : [])]);
  return stdout.trim();
}

/** The paths of a data folder that another account can read. */
function openToOthers(dataDir: string): string[] {
  return readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter((file) => {
    const { mode } = lstatSync(join(dataDir, file));
    return (mode & 0o077) !== 0 && !file.startsWith('postgres/');
  });
}

interface Demo {
  url: string;
  site: string;
  client_id: string;
  client_secret: string;
}

async function call(
  demo: Demo,
  method: string,
  body?: object,
): Promise<{ status: number; answer: { calculated_revision?: number } }> {
  const headers = { 'site-id': demo.site, 'content-type': 'application/json' };
  const credentials = {
    grant_type: 'client_credentials',
    client_id: demo.client_id,
    client_secret: demo.client_secret,
  };
  const token = await fetch(`${demo.url}/api/auth/token`, {
    method: 'POST',
    headers,
    body: JSON.stringify(credentials),
  });
  const { access_token } = (await token.json()) as { access_token: string };
  const response = await fetch(`${demo.url}/api/v1/purchases/internal/E1`, {
    method,
    headers: { ...headers, authorization: `Bearer ${access_token}` },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, answer: (await response.json()) as object };
}

/** Exchanges the code of the console link in the banner for a token. */
async function redeem({ url, site }: Demo, banner: string): Promise<number> {
  const code = /#site=demo&code=([\w-]+)/.exec(banner)?.[1];
  const response = await fetch(`${url}/api/auth/token`, {
    method: 'POST',
    headers: { 'site-id': site, 'content-type': 'application/json' },
    body: JSON.stringify({ grant_type: 'one_time_code', code }),
  });
  return response.status;
}

const order = { type: 'cart', currency_code: 'GBP', packages: [{ type: 'processing' }] };

describe('npm start', () => {
  let dataDir: string;
  const demo = (): Demo => JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8')) as Demo;

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'start-'));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('serves, is closed to other accounts, stops all its processes, keeps data after kill -9, and locks its folder', async () => {
    const first = run(dataDir);
    await ready(first);
    expect((await call(demo(), 'PUT', order)).status).toBe(201);
    expect(await redeem(demo(), first.output())).toBe(200);
    expect(await redeem(demo(), first.output())).toBe(401);
    expect(statSync(join(dataDir, 'demo.json')).mode & 0o777).toBe(0o600);
    const secret = demo().client_secret;

    const second = run(dataDir);
    expect(await second.ended).toBe(1);
    expect(second.output().trim()).toContain(`in use by process ${first.child.pid}`);

    expect(openToOthers(dataDir)).toEqual([]);
    const { eventStoreUrl = '', databaseUrl = '' } = readRunning(dataDir)!;
    const sockets = [
      eventStoreUrl.replace('esdb+unix://', ''),
      `${new URL(databaseUrl).searchParams.get('host')}/.s.PGSQL.5432`,
    ];
    for (const socket of sockets) {
      expect(await connectAs(undefined, socket)).toBe('connected');
      if (process.getuid?.() === 0) expect(await connectAs(NOBODY, socket)).toBe('EACCES');
    }

    const [orphan, node] = [postgresPid(dataDir), holderOf(join(dataDir, 'event-store'))];
    first.child.kill('SIGKILL');
    await first.ended;
    await until(() => !isAlive(orphan) && !isAlive(node));
    const third = run(dataDir);
    await ready(third);
    expect(demo().client_secret).toBe(secret);
    expect((await call(demo(), 'GET')).answer.calculated_revision).toBe(1);
    expect((await call(demo(), 'PUT', order)).status).toBe(200);
    const postgres = postgresPid(dataDir);
    third.child.kill('SIGINT');
    expect(await third.ended).toBe(0);
    await until(() => !isAlive(postgres));
    expect(readRunning(dataDir)).toBeUndefined();
  });

  it('reports a start-up error in one line with a remedy', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((done) => taken.once('listening', done));
    const { port } = taken.address() as { port: number };
    const line = async (dir: string, more: Record<string, string>): Promise<string> => {
      const failed = run(dir, more);
      expect(await failed.ended).toBe(1);
      return failed.output().trim();
    };
    expect(await line(dataDir, { PORT: String(port) })).toBe(
      `port ${port} on 127.0.0.1 is taken: set PORT to another one`,
    );
    const empty = join(dataDir, 'not-created');
    expect(await line(empty, { PORT: '0', METRICS_PORT: String(port) })).toBe(
      `port ${port} on 127.0.0.1 is taken: set METRICS_PORT to another one`,
    );
    expect(existsSync(empty)).toBe(false);
    taken.close();
    await new Promise((done) => taken.once('close', done));
    expect(await line(dataDir, { PORT: String(port), METRICS_PORT: String(port) })).toBe(
      `PORT and METRICS_PORT are both ${port}: set METRICS_PORT to another one`,
    );
    writeFileSync(join(dataDir, 'file'), '');
    expect(await line(join(dataDir, 'file'), {})).toMatch(/^cannot use the folder .*\/file: .*choose another folder$/);
    expect(await line(dataDir, { HOST: '203.0.113.1' })).toBe(
      '203.0.113.1 is no address of this machine: set HOST to another one, for instance 127.0.0.1 or 0.0.0.0',
    );
    expect(await line(dataDir, { PROJECTOR: 'none' })).toMatch(
      /^setting PROJECTOR=none needs EVENTSTORE_URL and DATABASE_URL/,
    );
    const bad = { EVENTSTORE_URL: 'esdb://user:hidden@host:port', DATABASE_URL: 'postgres://127.0.0.1:1/x' };
    expect(await line(dataDir, bad)).toBe(
      'setting EVENTSTORE_URL cannot be understood: it is written like esdb://user:password@host:2113',
    );
    expect(await line(dataDir, { PORT: 'x', DATABASE_URL: 'y' })).toBe(
      'setting PORT must be an integer number\nsetting DATABASE_URL must begin with postgres://',
    );
  });
});

describe('npm start with unreachable stores', () => {
  it('names the settings within seconds, serves, creates no demo site, and stops on SIGTERM', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'unreachable-'));
    const service = run(dataDir, {
      EVENTSTORE_URL: 'esdb://admin:hidden@127.0.0.1:1?tls=true',
      DATABASE_URL: 'postgres://x:hidden@127.0.0.1:1/x',
      POTR: '1',
    });
    await until(() => service.output().includes('EVENTSTORE_URL: ') && service.output().includes('listening on'));
    const url = /listening on (\S+)/.exec(service.output())?.[1];
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    service.child.kill('SIGTERM');
    expect(await service.ended).toBe(0);
    const lines = service.output().trim().split('\n');
    expect(lines).toContain(
      'EVENTSTORE_URL: 127.0.0.1:1 does not answer; writes are refused, and it is tried again, until it does',
    );
    expect(lines.some((line) => line.startsWith('DATABASE_URL: Postgres does not answer (connect ECONNREFUSED'))).toBe(
      true,
    );
    expect(lines.some((line) => line.startsWith('credentials: npm run cli'))).toBe(true);
    expect(service.output()).not.toContain('hidden');
    expect(existsSync(join(dataDir, 'demo.json'))).toBe(false);
    rmSync(dataDir, { recursive: true, force: true });
  });
});

describe('the lock of a data folder', () => {
  it('has one holder, also when the lock of a dead process is taken over', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lock-'));
    const unlock = await lockFolder(folder);
    await expect(lockFolder(folder)).rejects.toThrow(`in use by process ${process.pid}`);
    unlock();
    writeFileSync(
      join(folder, 'lock.json'),
      JSON.stringify({ pid: 999_999_999, birth: 'long ago', since: 'long ago' }),
    );
    (await lockFolder(folder))();
    rmSync(folder, { recursive: true, force: true });
  });
});
