import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isAlive } from '@app/embedded/folder-lock';

/** Allows for a slow or busy machine. */
jest.setTimeout(300_000);

const ROOT = resolve(__dirname, '../..');
const SHUTDOWN_TIMEOUT_MS = 10_000;

/** The parent of each process, from /proc. */
function parents(): Map<number, number> {
  const found = new Map<number, number>();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      found.set(Number(pid), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // The process has just ended.
    }
  return found;
}

const childrenOf = (pid: number): number[] => [...parents()].filter(([, parent]) => parent === pid).map(([id]) => id);
const descendantsOf = (pid: number): number[] => childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);

interface Started {
  npm: ChildProcess;
  node: number;
  /** npm, the service and its child processes. */
  all: number[];
}

async function npmStart(dataDir: string): Promise<Started> {
  const { EVENTSTORE_URL: _e, DATABASE_URL: _d, ...env } = process.env;
  const npm = spawn('npm', ['start'], { cwd: ROOT, env: { ...env, PORT: '0', DATA_DIR: dataDir } });
  let said = '';
  for (const stream of [npm.stdout, npm.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  while (!said.includes('Ctrl-C stops everything')) {
    if (npm.exitCode !== null) throw new Error(`npm start ended: ${said}`);
    await pause(50);
  }
  const [node = 0] = childrenOf(npm.pid!);
  return { npm, node, all: [npm.pid!, node, ...descendantsOf(node)] };
}

/** embedded.spec.ts tests SIGTERM and SIGINT to the service process itself. */
const CASES: ['npm' | 'node', NodeJS.Signals][] = [
  ['npm', 'SIGTERM'],
  ['npm', 'SIGINT'],
  ['npm', 'SIGHUP'],
  ['npm', 'SIGKILL'],
  ['node', 'SIGHUP'],
  ['node', 'SIGKILL'],
];

const onLinux = process.platform === 'linux' ? describe : describe.skip;

onLinux('npm start, told to end', () => {
  let dataDir: string;
  beforeAll(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'signals-'));
  });
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }));

  it.each(CASES)('at %s by %s, leaves no process behind', async (target, signal) => {
    const { npm, node, all } = await npmStart(dataDir);
    expect(all.length).toBeGreaterThan(3);
    process.kill(target === 'npm' ? npm.pid! : node, signal);
    const deadline = Date.now() + SHUTDOWN_TIMEOUT_MS;
    while (all.some((pid) => isAlive(pid)) && Date.now() < deadline) await pause(50);
    const left = all.filter((pid) => isAlive(pid));
    for (const pid of left) process.kill(pid, 'SIGKILL');
    expect(left).toEqual([]);
  });
});
