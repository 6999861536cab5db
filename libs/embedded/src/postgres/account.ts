import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readFileSync } from 'node:fs';
import { FolderError } from '../folder-lock';
import type { Account } from '../socket-folder';

/** Range of dynamic user ids of systemd, which no person and no installed daemon uses. */
const FIRST_DYNAMIC_ID = 61_184;
const DYNAMIC_IDS = 4_336;

const isRoot = (): boolean => process.getuid?.() === 0;
const passwd = (): string => readFileSync('/etc/passwd', 'utf8');

/**
 * Returns the account that Postgres runs as when this process is root, which Postgres refuses: an unused user id, the same on each start of a
 * cluster. Undefined when this process is not root.
 */
export function clusterAccount(cluster: string): Account | undefined {
  if (!isRoot()) return undefined;
  const taken = new Set(
    passwd()
      .split('\n')
      .map((line) => Number(line.split(':')[2])),
  );
  const start = createHash('sha256').update(cluster).digest().readUInt32BE() % DYNAMIC_IDS;
  for (let step = 0; step < DYNAMIC_IDS; step++) {
    const id = FIRST_DYNAMIC_ID + ((start + step) % DYNAMIC_IDS);
    if (!taken.has(id)) return { uid: id, gid: id };
  }
  throw new FolderError('found no user id for Postgres: run as another user than root, or set DATABASE_URL');
}

/** Returns the account that creates a cluster: initdb requires one with a name. Undefined: the current one. @throws FolderError */
export function initdbAccount(): Account | undefined {
  if (!isRoot()) return undefined;
  const line = /^nobody:[^:]*:(\d+):(\d+):/m.exec(passwd());
  if (line === null)
    throw new FolderError(
      'Postgres does not run as root and there is no account "nobody": run as another user, or set DATABASE_URL',
    );
  return { uid: Number(line[1]), gid: Number(line[2]) };
}

/** Changes the owner of a folder and its content; does not follow links. @throws FolderError */
export function changeOwner({ uid, gid }: Account, folder: string): void {
  if (lstatSync(folder).uid === uid) return;
  const { status, stderr } = spawnSync('chown', ['-hRP', `${uid}:${gid}`, folder], { encoding: 'utf8' });
  if (status !== 0) throw new FolderError(`cannot give ${folder} to the account of Postgres: ${stderr.trim()}`);
}
