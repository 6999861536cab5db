import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ProjectorStatus } from '@app/read-models/projection/projector';

export interface ProjectorStores {
  eventStoreUrl: string;
  databaseUrl: string;
}

/** What the thread tells: its status every 250 ms, and lines for the log. */
export type ProjectorMessage = { status: ProjectorStatus } | { line: string };

const ENTRY = join(__dirname, 'projector-worker.js');
const RESTART_MS = 1_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * Runs the projector in a thread of its own, so that its work does not delay answers. A thread that ends by an error, out of memory included, is
 * started again after a second.
 */
export class ProjectorThread {
  private worker?: Worker;
  private isStopping = false;
  private last: ProjectorStatus = { role: 'starting', since: new Date(), failures: 0, isCaughtUp: false };

  constructor(
    private readonly stores: ProjectorStores,
    private readonly log: (line: string) => void,
  ) {
    this.start();
  }

  /** The status as the thread told it last. */
  status(): ProjectorStatus {
    return this.last;
  }

  /** Ends the thread after the batch that it is writing, or after 10 s. */
  async stop(): Promise<void> {
    this.isStopping = true;
    const { worker } = this;
    if (worker === undefined) return;
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    worker.postMessage('stop');
    await Promise.race([ended, delay(STOP_TIMEOUT_MS, undefined, { ref: false })]);
    await worker.terminate();
  }

  private start(): void {
    const worker = new Worker(ENTRY, { workerData: this.stores });
    this.worker = worker;
    worker.on('message', (message: ProjectorMessage) => {
      if ('line' in message) this.log(message.line);
      else this.last = message.status;
    });
    worker.on('error', (error) => this.failed(String(error)));
    worker.once('exit', () => {
      this.worker = undefined;
      if (this.isStopping) return;
      this.failed('the thread ended');
      setTimeout(() => {
        if (!this.isStopping) this.start();
      }, RESTART_MS).unref();
    });
  }

  private failed(error: string): void {
    const { role, since, failures } = this.last;
    if (this.isStopping || (role === 'failing' && error === 'the thread ended')) return;
    this.log(`the projector ended unexpectedly and is started again: ${error}`);
    this.last = {
      role: 'failing',
      since: role === 'failing' ? since : new Date(),
      failures: failures + 1,
      lastError: error,
      isCaughtUp: false,
    };
  }
}
