import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FolderError, isAlive } from '../folder-lock';
import { type Account, makePrivateFolder } from '../socket-folder';
import { changeOwner, initdbAccount } from './account';
import { isReachable, publicFolder } from './postgres-binaries';

/** Space that a new cluster needs. */
const CLUSTER_MEGABYTES = 64;
const STOP_TIMEOUT_MS = 8_000;

export const ENVIRONMENT = { LC_ALL: 'C', TZ: 'UTC', PATH: process.env.PATH ?? '' };

/** Location of the cluster: the data folder, or a system folder named by a file there when the account cannot reach the data folder. */
export function clusterFolder(dataDir: string): string {
  const inside = join(dataDir, 'postgres');
  if (process.getuid?.() !== 0) return inside;
  const note = join(dataDir, 'postgres-is-in');
  if (existsSync(note)) return readFileSync(note, 'utf8').trim();
  chmodSync(dataDir, 0o711);
  if (isReachable(dataDir)) return inside;
  const elsewhere = join(publicFolder(), `data-${randomBytes(8).toString('hex')}`);
  writeFileSync(note, `${elsewhere}\n`, { mode: 0o600 });
  return elsewhere;
}

export const hasCluster = (cluster: string): boolean => existsSync(join(cluster, 'PG_VERSION'));

/** Creates the cluster atomically if it is missing, and gives it to the account that Postgres runs as. @throws FolderError */
export function prepareCluster(native: string, cluster: string, account: Account | undefined): void {
  if (!hasCluster(cluster)) {
    const fresh = `${cluster}.new`;
    initialise(native, fresh);
    if (account !== undefined) changeOwner(account, fresh);
    rmSync(cluster, { recursive: true, force: true });
    renameSync(fresh, cluster);
  }
  // Clusters of earlier versions belong to "nobody".
  if (account !== undefined) changeOwner(account, cluster);
}

function initialise(native: string, cluster: string): void {
  rmSync(cluster, { recursive: true, force: true });
  const account = initdbAccount();
  makePrivateFolder(cluster, account);
  const args = ['-D', cluster, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-instructions'];
  const { status, stderr } = spawnSync(join(native, 'bin/initdb'), args, {
    ...account,
    cwd: '/',
    env: ENVIRONMENT,
    encoding: 'utf8',
  });
  if (status === 0) return;
  rmSync(cluster, { recursive: true, force: true });
  const { bavail, bsize } = statfsSync(dirname(cluster));
  const left = Math.floor((bavail * bsize) / 2 ** 20);
  const why = /error:.*|FATAL:.*/.exec(stderr)?.[0] ?? `initdb ended with ${status}`;
  throw new FolderError(
    left < CLUSTER_MEGABYTES
      ? `cannot create the embedded Postgres in ${cluster}: the disk is full, ${left} MB are left; free ${CLUSTER_MEGABYTES} MB or choose another folder`
      : `cannot create the embedded Postgres in ${cluster}: ${why}`,
  );
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout ?? '';
  }
}

/** Waits at most `ms` milliseconds until a process has exited. False when it is still running. */
async function waitForExit(pid: number, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await pause(20)) if (!isAlive(pid)) return true;
  return !isAlive(pid);
}

/** Stops a server: fast shutdown, then immediate shutdown after a time-out. */
export async function stopServer(pid: number): Promise<void> {
  process.kill(pid, 'SIGINT');
  if (await waitForExit(pid, STOP_TIMEOUT_MS)) return;
  process.kill(pid, 'SIGQUIT');
  await waitForExit(pid, STOP_TIMEOUT_MS);
}

function readPid(file: string): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8').split('\n')[0]);
  } catch {
    return undefined;
  }
}

/** Stops a server that a killed process left running, and removes the lock file of a dead one. */
export async function stopOrphan(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid');
  const pid = readPid(file);
  if (pid === undefined) return;
  const command = pid > 0 && isAlive(pid) ? commandOf(pid) : '';
  if (command.includes('postgres') && command.includes(cluster)) await stopServer(pid);
  rmSync(file, { force: true });
}
