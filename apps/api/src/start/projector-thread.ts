import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ProjectorStatus } from '@app/read-models/projection/projector';
import type { TraceSettings } from '@app/telemetry/tracing';
import { stopWorker } from './stop-worker';

export interface ProjectorThreadOptions {
  eventStoreUrl: string;
  databaseUrl: string;
  hasMetrics: boolean;
  traces?: TraceSettings;
}

/** Messages from the thread: its status every 250 ms, lines for the log, and its metrics on request. */
export type ProjectorMessage = { status: ProjectorStatus } | { line: string } | { metrics: string };

/** Messages to the thread. */
export type ProjectorRequest = 'stop' | 'metrics';

const ENTRY = join(__dirname, 'projector-worker.js');
const RESTART_MS = 1_000;
const METRICS_TIMEOUT_MS = 1_000;

/**
 * Runs the projector in a thread of its own, so that its work does not delay responses. A thread that ends by an error, out of memory included, is
 * started again after a second.
 */
export class ProjectorThread {
  private worker?: Worker;
  private isStopping = false;
  /** The pending request for metrics; concurrent scrapes share it. */
  private collecting?: Promise<string>;
  private onMetrics: (text: string) => void = () => {};
  private last: ProjectorStatus = { role: 'starting', since: new Date(), failures: 0, isCaughtUp: false };

  constructor(
    private readonly options: ProjectorThreadOptions,
    private readonly log: (line: string) => void,
  ) {
    this.start();
  }

  /** The last status that the thread reported. */
  status(): ProjectorStatus {
    return this.last;
  }

  /** The metrics of the projector as text; empty when the thread does not respond within a second. */
  async metrics(): Promise<string> {
    const { worker } = this;
    if (worker === undefined) return '';
    this.collecting ??= this.collect(worker).finally(() => (this.collecting = undefined));
    return this.collecting;
  }

  /** Ends the thread after its current batch, or after 10 s. */
  async stop(): Promise<void> {
    this.isStopping = true;
    if (this.worker !== undefined) await stopWorker(this.worker, 'stop' satisfies ProjectorRequest);
  }

  private collect(worker: Worker): Promise<string> {
    const answer = new Promise<string>((resolve) => (this.onMetrics = resolve));
    worker.postMessage('metrics' satisfies ProjectorRequest);
    return Promise.race([answer, delay(METRICS_TIMEOUT_MS, '', { ref: false })]);
  }

  private start(): void {
    const worker = new Worker(ENTRY, { workerData: this.options });
    this.worker = worker;
    worker.on('message', (message: ProjectorMessage) => {
      if ('line' in message) this.log(message.line);
      else if ('metrics' in message) this.onMetrics(message.metrics);
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
