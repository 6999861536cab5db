import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

interface Holder {
  pid: number;
  /** Distinguishes this process from a later one with the same pid; empty where the system has no /proc. */
  birth: string;
  since: string;
}

/** Error about an unusable folder, with the remedy, in one line. */
export class FolderError extends Error {
  override name = 'FolderError';
}

/** Fields of /proc/PID/stat after the name: state is the first, start time the twentieth. Empty where there is no /proc. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** Boot id and start time of a process, because pids are reused. */
function birthOf(pid: number): string {
  const started = statOf(pid)[19];
  return started === undefined ? '' : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${started}`;
}

/** True while the process that recorded `birth` is running. A zombie does not count. */
export function isAlive(pid: number, birth?: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  if (['Z', 'X'].includes(statOf(pid)[0] ?? '')) return false;
  return !birth || birthOf(pid) === '' || birthOf(pid) === birth;
}

const LOCK_FILE = 'lock.json';

const REMEDIES: Record<string, string> = {
  ENOENT: 'it cannot be made there; choose another folder',
  EACCES: 'it may not be written; choose another folder or change its permissions',
  EPERM: 'it may not be written; choose another folder or change its permissions',
  EROFS: 'it is on a read-only file system; choose another folder',
  ENOTDIR: 'it, or a folder above it, is a file; choose another folder',
  EEXIST: 'it is a file; choose another folder',
  ENOSPC: 'the disk is full; free some space',
};

/** Converts an error into a FolderError with cause and remedy. */
export function describeFolderProblem(folder: string, error: unknown): FolderError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new FolderError(`cannot use the folder ${folder}: ${REMEDIES[code] ?? String(error)}`);
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Creates the file atomically. */
function createAtomically(file: string, text: string): boolean {
  const own = `${file}.${process.pid}.new`;
  writeFileSync(own, text, { mode: 0o600 });
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

/** @throws FolderError with the running process that holds the folder */
export function checkFolderIsFree(folder: string): void {
  const holder = read(join(folder, LOCK_FILE));
  if (holder !== undefined && isAlive(holder.pid, holder.birth))
    throw new FolderError(
      `the folder ${folder} is in use by process ${holder.pid} since ${holder.since}: stop that one, or choose another folder`,
    );
}

/** Removes the lock file of a dead holder; restores it if a running process has replaced it meanwhile. */
function removeStale(file: string, stale: Holder | undefined): void {
  const aside = `${file}.${process.pid}.old`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const taken = read(aside);
  if (JSON.stringify(taken) !== JSON.stringify(stale) && !existsSync(file)) renameSync(aside, file);
  rmSync(aside, { force: true });
}

/** Creates folders one by one: recursive mkdir never returns on a file system, such as /proc, that answers ENOENT. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

/**
 * Locks a folder for this process and creates it (mode 0700) if it is missing. Takes over the lock of a dead process; waits at most `waitMs`
 * milliseconds for a running one. Returns a function that releases the lock.
 * @throws FolderError with the holder of the lock, or why the folder cannot be used
 */
export async function lockFolder(folder: string, waitMs = 0): Promise<() => void> {
  const deadline = Date.now() + waitMs;
  const file = join(folder, LOCK_FILE);
  const me: Holder = { pid: process.pid, birth: birthOf(process.pid), since: new Date().toISOString() };
  const mine = JSON.stringify(me);
  try {
    makeFolder(folder);
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error('a file'), { code: 'ENOTDIR' });
    while (!createAtomically(file, mine)) {
      const holder = read(file);
      if (holder !== undefined && isAlive(holder.pid, holder.birth) && Date.now() < deadline) {
        await pause(50);
        continue;
      }
      checkFolderIsFree(folder);
      removeStale(file, holder);
    }
  } catch (error) {
    throw error instanceof FolderError ? error : describeFolderProblem(folder, error);
  }
  // Two processes may take over the same lock: the one whose entry is in the file holds it.
  await pause(20);
  if (JSON.stringify(read(file)) !== mine)
    throw new FolderError(
      `the folder ${folder} was taken by another process at this very moment: choose another folder`,
    );
  return () => {
    if (JSON.stringify(read(file)) === mine) rmSync(file, { force: true });
  };
}
