import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuMs, threadCpuMs, threadName } from './process-usage';

export const CONNECTIONS = 32;
export const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

export interface Answer {
  status: number;
  text: string;
  headers: IncomingHttpHeaders;
}

export function send(
  url: string,
  method: 'GET' | 'PUT' | 'POST',
  headers: Record<string, string>,
  body?: string,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const entityHeaders =
      body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const call = request(url, { agent, method, headers: { ...headers, ...entityHeaders } }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers }));
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** A running service under test. `headers` authorize a caller. */
export interface RunningService {
  child: ChildProcess;
  url: string;
  headers: Record<string, string>;
  stop: () => Promise<void>;
}

export async function endChild(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
}

interface Demo {
  url: string;
  site: string;
  client_id: string;
  client_secret: string;
}

/** Starts this service with embedded servers, by default on a new folder, which is removed when the service stops. */
export async function startService(
  settings: Record<string, string> = {},
  dataDir = mkdtempSync(join(tmpdir(), 'bench-')),
): Promise<RunningService> {
  const child = spawn(process.execPath, [join(__dirname, '../apps/api/src/main.js')], {
    env: { ...process.env, DATA_DIR: dataDir, PORT: '0', CREDENTIAL_RATE: '0', ...settings },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const file = join(dataDir, 'demo.json');
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') {
    if (child.exitCode !== null) throw new Error('the service did not start');
    await pause(50);
  }
  const { url, site, client_id, client_secret } = JSON.parse(readFileSync(file, 'utf8')) as Demo;
  const body = JSON.stringify({ grant_type: 'client_credentials', client_id, client_secret });
  const { text } = await send(`${url}/api/auth/token`, 'POST', { 'site-id': site }, body);
  const { access_token: token } = JSON.parse(text) as { access_token: string };
  return {
    child,
    url,
    headers: { 'site-id': site, authorization: `Bearer ${token}` },
    stop: async () => {
      await endChild(child);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

/** Returns the ids of all descendants of a process. Linux only. */
export const descendants = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((each) => /^\d+$/.test(each) && parentOf(each) === pid)
    .flatMap((each) => [Number(each), ...descendants(Number(each))]);

/** Returns the role of a process of the service. */
export function partOf(pid: number, root: number): string {
  if (pid === root) return 'api';
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres') ? 'postgres' : 'event store';
  } catch {
    return 'ended';
  }
}

/**
 * Returns the CPU time so far in milliseconds by process role, including the load generator. That of the API is divided into its main thread, the
 * projector, which thread-names.ts has named, and other threads: heavy writes, garbage collection, compilation.
 */
export function cpuByPart({ child }: RunningService): Record<string, number> {
  const root = child.pid ?? 0;
  const threads = threadCpuMs(root);
  const main = threads.get(root) ?? 0;
  const projector = [...threads].find(([thread]) => threadName(root, thread) === 'projector')?.[1] ?? 0;
  const used: Record<string, number> = {
    load: cpuMs(process.pid) ?? 0,
    'API, main thread': main,
    projector,
    'API, other threads': (cpuMs(root) ?? 0) - main - projector,
  };
  for (const pid of descendants(root)) {
    const part = partOf(pid, root);
    used[part] = (used[part] ?? 0) + (cpuMs(pid) ?? 0);
  }
  return used;
}
