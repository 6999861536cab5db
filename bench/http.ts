import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { orderBody } from './bodies';
import { printTable, quantile, type Row } from './table';

const CONNECTIONS = 32;
const PUTS = 6_000;
const LINES = 14;

interface Demo {
  url: string;
  site: string;
  client_id: string;
  client_secret: string;
}

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

function send(
  url: string,
  method: string,
  headers: Record<string, string>,
  body: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request(
      url,
      {
        agent,
        method,
        headers: { ...headers, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      },
    );
    call.on('error', reject);
    call.end(body);
  });
}

/** The whole service on a folder of its own. */
async function startService(dataDir: string): Promise<{ child: ChildProcess; demo: Demo }> {
  const child = spawn(process.execPath, [join(__dirname, '../apps/api/src/main.js')], {
    env: { ...process.env, DATA_DIR: dataDir, PORT: '0' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const file = join(dataDir, 'demo.json');
  while (!existsSync(file) || readFileSync(file, 'utf8') === '') {
    if (child.exitCode !== null) throw new Error('the service did not start');
    await pause(50);
  }
  return { child, demo: JSON.parse(readFileSync(file, 'utf8')) as Demo };
}

async function tokenOf({ url, site, client_id, client_secret }: Demo): Promise<Record<string, string>> {
  const body = JSON.stringify({ grant_type: 'client_credentials', client_id, client_secret });
  const { text } = await send(`${url}/api/auth/token`, 'POST', { 'site-id': site }, body);
  return { 'site-id': site, authorization: `Bearer ${(JSON.parse(text) as { access_token: string }).access_token}` };
}

async function measure(what: string, put: (n: number) => Promise<{ status: number }>): Promise<Row> {
  const times: number[] = [];
  let next = 0;
  let wrong = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (let n = next++; n < PUTS; n = next++) {
        const begun = performance.now();
        const { status } = await put(n);
        times.push(performance.now() - begun);
        if (status >= 300) wrong++;
      }
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return {
    what,
    'PUTs a second': Math.round(PUTS / seconds),
    'p50 ms': quantile(times, 0.5).toFixed(1),
    'p99 ms': quantile(times, 0.99).toFixed(1),
    refused: wrong,
  };
}

/** Resident memory by process, in MB; Postgres' shared pages are counted once (PSS). */
function memoryOf(root: number): Row[] {
  const children = (pid: number): number[] =>
    readdirSync('/proc')
      .filter((each) => /^\d+$/.test(each) && parentOf(each) === pid)
      .flatMap((each) => [Number(each), ...children(Number(each))]);
  const pss = (pid: number): number =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  const named = new Map<string, number>();
  for (const pid of [root, ...children(root)]) {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    const name =
      pid === root ? 'api and projector' : command.includes('postgres') ? 'Postgres, all' : 'event-store node';
    named.set(name, (named.get(name) ?? 0) + pss(pid));
  }
  return [...named].map(([process, megabytes]) => ({ process, 'MB (PSS)': Math.round(megabytes) }));
}

function parentOf(pid: string): number {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0;
  }
}

/** PUTs through the whole service, embedded servers included, from another process on the same machine. */
export async function benchHttp(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'bench-'));
  const { child, demo } = await startService(dataDir);
  const headers = await tokenOf(demo);
  const put = (id: string, reference: string): Promise<{ status: number }> =>
    send(`${demo.url}/api/v1/purchases/internal/${id}`, 'PUT', headers, JSON.stringify(orderBody(LINES, reference)));
  for (let n = 0; n < 500; n++) await put(`warm-${n}`, 'PO');
  const rows = [
    await measure('creates', (n) => put(`B-${n}`, 'PO 1')),
    await measure('changes', (n) => put(`B-${n}`, 'PO 2')),
    await measure('says nothing new', (n) => put(`B-${n}`, 'PO 2')),
  ];
  const bytes = JSON.stringify(orderBody(LINES, 'PO 1')).length;
  printTable(`HTTP: ${CONNECTIONS} connections, ${PUTS} PUTs each, bodies of ${bytes} bytes`, rows);
  if (process.platform === 'linux') printTable('Memory afterwards', memoryOf(child.pid ?? 0));
  agent.destroy();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await ended;
  rmSync(dataDir, { recursive: true, force: true });
}
