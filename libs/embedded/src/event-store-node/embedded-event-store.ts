import { type ChildProcess, fork, type ForkOptions } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { FolderError } from '../folder-lock';

export interface EmbeddedEventStore {
  url: string;
  pid: () => number | undefined;
  stop: () => Promise<void>;
}

export interface EmbeddedEventStoreOptions {
  dataDir: string;
  log: (line: string) => void;
  /** 0 or absent: any free one. After an unexpected end it starts again on the same one. */
  port?: number;
}

const NODE = join(__dirname, 'main.js');
/** Young objects are few at a time: with more room for them it takes more memory, and is no faster (bench/log.ts). */
const NODE_FLAGS = ['--max-semi-space-size=4'];
const STOP_TIMEOUT_MS = 5_000;

interface Ready {
  ready: { url: string; port: number };
}

/** A process of the event-store node; it sends `ready` when it is. */
export const forkEventStore = (dataDir: string, port: number, options: ForkOptions): ChildProcess =>
  fork(NODE, ['--data', dataDir, '--port', String(port)], { execArgv: NODE_FLAGS, ...options });

class NodeProcess implements EmbeddedEventStore {
  url = '';
  private port: number;
  private child?: ChildProcess;
  private stopping = false;

  constructor(private readonly options: EmbeddedEventStoreOptions) {
    this.port = options.port ?? 0;
  }

  readonly pid = (): number | undefined => this.child?.pid;

  async launch(): Promise<void> {
    // A group of its own: Ctrl-C in a terminal is ours to pass on. It ends by itself when we are gone.
    const child = forkEventStore(this.options.dataDir, this.port, {
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child = child;
    let said = '';
    child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const { url, port } = await new Promise<Ready['ready']>((resolve, reject) => {
      child.once('message', (message: Ready) => resolve(message.ready));
      child.once('exit', () =>
        reject(new FolderError(said.trim().split('\n').at(-1) || 'the event-store node did not start')),
      );
    });
    this.url = url;
    this.port = port;
    child.once('exit', () => void this.onExit());
  }

  private async onExit(): Promise<void> {
    if (this.stopping) return;
    this.options.log('the embedded event-store node ended unexpectedly; starting it again');
    for (let tries = 0; !this.stopping; tries++) {
      await pause(Math.min(5_000, 100 * 2 ** tries));
      try {
        return await this.launch();
      } catch (error) {
        this.options.log(error instanceof Error ? error.message : 'it did not start');
      }
    }
  }

  stop = async (): Promise<void> => {
    this.stopping = true;
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    await Promise.race([ended, pause(STOP_TIMEOUT_MS).then(() => child.kill('SIGKILL'))]);
  };
}

/** Starts an event-store node as a child process on a data folder. @throws FolderError in one line that says what to do */
export async function startEventStore(options: EmbeddedEventStoreOptions): Promise<EmbeddedEventStore> {
  const node = new NodeProcess(options);
  await node.launch();
  return node;
}
