import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

interface Holder {
  pid: number;
  /** Tells this process from a later one with the same pid; empty where the system does not say. */
  birth: string;
  since: string;
}

/** A folder that cannot be used, and what to do about it, in one line. */
export class FolderError extends Error {
  override name = 'FolderError';
}

/** The fields of /proc/PID/stat after the name: its state first, its start time the twentieth; empty where the system has none. */
function statOf(pid: number): string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** Boot and start time of a process: a pid alone is used again. */
function birthOf(pid: number): string {
  const started = statOf(pid)[19];
  return started === undefined ? '' : `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${started}`;
}

/** True while the process that wrote `birth` beside its pid runs. One that is dead and not yet buried by its parent does not. */
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

const WHAT_TO_DO: Record<string, string> = {
  ENOENT: 'it cannot be made there; choose another folder',
  EACCES: 'it may not be written; choose another folder or change its permissions',
  EPERM: 'it may not be written; choose another folder or change its permissions',
  EROFS: 'it is on a read-only file system; choose another folder',
  ENOTDIR: 'it, or a folder above it, is a file; choose another folder',
  EEXIST: 'it is a file; choose another folder',
  ENOSPC: 'the disk is full; free some space',
};

/** @throws FolderError saying what is wrong with the folder and what to do. */
export function describeFolderProblem(folder: string, error: unknown): FolderError {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return new FolderError(`cannot use the folder ${folder}: ${WHAT_TO_DO[code] ?? String(error)}`);
}

function read(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Creates the file whole or not at all. */
function createWhole(file: string, text: string): boolean {
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

/** @throws FolderError naming the living process that holds the folder */
export function checkFolderIsFree(folder: string): void {
  const holder = read(join(folder, LOCK_FILE));
  if (holder !== undefined && isAlive(holder.pid, holder.birth))
    throw new FolderError(
      `the folder ${folder} is in use by process ${holder.pid} since ${holder.since}: stop that one, or choose another folder`,
    );
}

/** Takes a dead holder's file away; gives it back if somebody else was quicker and it is a living one's. */
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

/** Folder by folder: mkdir's own `recursive` never returns where a file system, /proc for one, answers every try with ENOENT. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o700 });
}

/**
 * Takes a folder for this process alone, making it (mode 0700) where it is missing. A dead holder's lock is taken over, a living one's is waited
 * for at most `waitMs`. The result gives it back.
 * @throws FolderError naming who holds it, or why it cannot be used
 */
export async function lockFolder(folder: string, waitMs = 0): Promise<() => void> {
  const deadline = Date.now() + waitMs;
  const file = join(folder, LOCK_FILE);
  const me: Holder = { pid: process.pid, birth: birthOf(process.pid), since: new Date().toISOString() };
  const mine = JSON.stringify(me);
  try {
    makeFolder(folder);
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error('a file'), { code: 'ENOTDIR' });
    while (!createWhole(file, mine)) {
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
  // Two takers of one dead holder's lock: whoever's words stand in the end has it.
  await pause(20);
  if (JSON.stringify(read(file)) !== mine)
    throw new FolderError(
      `the folder ${folder} was taken by another process at this very moment: choose another folder`,
    );
  return () => {
    if (JSON.stringify(read(file)) === mine) rmSync(file, { force: true });
  };
}
