import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { FolderError } from '../folder-lock';
import type { Account } from '../socket-folder';

/** The range that systemd gives to services for the time that they run, so that no person and no installed daemon has an id of it. */
const FIRST_ID = 61_184;
const IDS = 4_336;

const isRoot = (): boolean => process.getuid?.() === 0;
const passwd = (): string => readFileSync('/etc/passwd', 'utf8');

/**
 * The account that Postgres runs as, for it refuses to be root: an id of its own that no account of this machine has, always the same one for a
 * cluster. Undefined where we are not root: our own account.
 */
export function clusterAccount(cluster: string): Account | undefined {
  if (!isRoot()) return undefined;
  const taken = new Set(
    passwd()
      .split('\n')
      .map((line) => Number(line.split(':')[2])),
  );
  const start = createHash('sha256').update(cluster).digest().readUInt32BE() % IDS;
  for (let step = 0; step < IDS; step++) {
    const id = FIRST_ID + ((start + step) % IDS);
    if (!taken.has(id)) return { uid: id, gid: id };
  }
  throw new FolderError('found no user id for Postgres: run as another user than root, or set DATABASE_URL');
}

/** The account that makes a cluster: initdb wants one that has a name. Undefined: our own. @throws FolderError */
export function initdbAccount(): Account | undefined {
  if (!isRoot()) return undefined;
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(passwd());
  if (line === null)
    throw new FolderError(
      'Postgres does not run as root and there is no account "nobody": run as another user, or set DATABASE_URL',
    );
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/** Gives a folder and all that is in it to an account; links are not followed. @throws FolderError */
export function giveTo({ uid, gid }: Account, folder: string): void {
  if (lstatSync(folder).uid === uid) return;
  const { status, stderr } = spawnSync('chown', ['-hRP', `${uid}:${gid}`, folder], { encoding: 'utf8' });
  if (status !== 0) throw new FolderError(`cannot give ${folder} to the account of Postgres: ${stderr.trim()}`);
}
