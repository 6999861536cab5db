import { EventStoreRefused, EventStoreUnavailable } from '@app/event-store/event-store';

/** A command failed. The message is one line with the cause and the remedy. */
export class CommandError extends Error {
  override name = 'CommandError';
}

const FILE_PROBLEMS: Record<string, string> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be used by this account',
  EPERM: 'may not be used by this account',
  EISDIR: 'is a folder',
  ENOTDIR: 'is below a file',
  ENOSPC: 'is on a disk that is full: free some space',
  EROFS: 'is on a read-only file system',
};

const CONNECTION_PROBLEMS: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'unknown host',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'connection lost',
  EPIPE: 'connection lost',
};

/** Describes a connection error briefly. */
export function connectionProblem(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return CONNECTION_PROBLEMS[code] ?? (message || code || String(error));
}

/** One line for the user of the command, without a stack; well-known error codes are translated. */
export function explain(error: unknown): string {
  if (error instanceof EventStoreUnavailable) return 'the event store does not answer';
  if (error instanceof EventStoreRefused) return `the event store refuses: ${error.message}`;
  if (!(error instanceof Error)) return String(error);
  const { code = '', path, message } = error as NodeJS.ErrnoException;
  const fileProblem = FILE_PROBLEMS[code];
  if (fileProblem !== undefined) return `${path ?? 'a file'} ${fileProblem}`;
  return CONNECTION_PROBLEMS[code] ?? (message || code || error.name);
}
