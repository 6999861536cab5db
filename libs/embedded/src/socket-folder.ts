import { createHash, randomBytes } from 'node:crypto';
import { chownSync, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderError } from './folder-lock';

/** System account. */
export interface Account {
  uid: number;
  gid: number;
}

/** Makes a folder that only its owner (and root) can enter. @param account the owner, if not the current account */
export function makePrivateFolder(folder: string, account?: Account): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
}

/**
 * Makes a folder for Unix sockets that only its owner (and root) can enter. The path is the same for the same `purpose`, unless another account
 * has taken it. It is in the folder for temporary files, because a socket path has at most 107 bytes.
 * @throws FolderError
 */
export function socketFolder(purpose: string, account?: Account): string {
  const owner = account?.uid ?? process.getuid?.();
  const name = createHash('sha256').update(purpose).digest('hex').slice(0, 10);
  for (const suffix of ['', `-${randomBytes(4).toString('hex')}`]) {
    const folder = join(tmpdir(), `purchasing-${name}${suffix}`);
    if (!existsSync(folder)) makePrivateFolder(folder, account);
    const found = lstatSync(folder);
    if (found.isDirectory() && found.uid === owner && (found.mode & 0o077) === 0) return folder;
  }
  throw new FolderError(`cannot make a folder for sockets in ${tmpdir()}`);
}
