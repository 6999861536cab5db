import { type ChildProcess, fork, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FolderError } from '../folder-lock';
import { socketFolder } from '../socket-folder';

export interface EmbeddedEventStore {
  url: string;
  pid: () => number | undefined;
  stop: () => Promise<void>;
}

export interface EmbeddedEventStoreOptions {
  dataDir: string;
  log: (line: string) => void;
}

const NODE = join(__dirname, 'main.js');
/** A small young generation saves memory and costs no throughput (bench/log.ts). */
const NODE_FLAGS = ['--max-semi-space-size=4'];
const STOP_TIMEOUT_MS = 5_000;

interface Ready {
  ready: { url: string; port: number };
}

/** Forks a process of the event-store node; it sends `ready`. @param where a port (0: any free port) or the path of a socket */
export const forkEventStore = (dataDir: string, where: number | string, options: ForkOptions): ChildProcess =>
  fork(NODE, ['--data', dataDir, typeof where === 'number' ? '--port' : '--socket', String(where)], {
    execArgv: NODE_FLAGS,
    ...options,
  });

class NodeProcess implements EmbeddedEventStore {
  url = '';
  private child?: ChildProcess;
  private stopping = false;
  /** Undefined on Windows, which has no protected sockets: there the node listens on a port. */
  private readonly sockets?: string;
  private port = 0;

  constructor(private readonly options: EmbeddedEventStoreOptions) {
    if (process.platform !== 'win32') this.sockets = socketFolder(resolve(options.dataDir));
  }

  readonly pid = (): number | undefined => this.child?.pid;

  async launch(): Promise<void> {
    // A process group of its own, so that Ctrl-C does not reach it directly. It exits when this process has exited.
    const where = this.sockets === undefined ? this.port : join(this.sockets, 'event-store');
    const child = forkEventStore(this.options.dataDir, where, {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child = child;
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const { url, port } = await new Promise<Ready['ready']>((done, reject) => {
      child.once('message', (message: Ready) => done(message.ready));
      child.once('exit', () =>
        reject(new FolderError(stderr.trim().split('\n').at(-1) || 'the event-store node did not start')),
      );
      child.once('error', ({ message }) => reject(new FolderError(`the event-store node did not start: ${message}`)));
    });
    this.url = url;
    this.port = port;
    child.stderr?.removeAllListeners('data').on('data', (chunk: Buffer) => this.options.log(chunk.toString().trim()));
    child.once('exit', () => void this.onExit());
  }

  private async onExit(): Promise<void> {
    if (this.stopping) return;
    this.options.log('the embedded event-store node ended unexpectedly; starting it again');
    for (let tries = 0; !this.stopping; tries++) {
      await pause(Math.min(5_000, 100 * 2 ** tries));
      if (this.stopping) return;
      try {
        return await this.launch();
      } catch (error) {
        this.options.log(error instanceof Error ? error.message : 'it did not start');
      }
    }
  }

  stop = async (): Promise<void> => {
    this.stopping = true;
    if (this.child !== undefined) await stopChild(this.child);
    if (this.sockets !== undefined) rmSync(this.sockets, { recursive: true, force: true });
  };
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

/** Starts an event-store node as a child process on a data folder. @throws FolderError in one line with the remedy */
export async function startEventStore(options: EmbeddedEventStoreOptions): Promise<EmbeddedEventStore> {
  const node = new NodeProcess(options);
  await node.launch();
  return node;
}
