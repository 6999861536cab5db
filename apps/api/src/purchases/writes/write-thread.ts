import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { RoundRobin } from '@app/turns/round-robin';
import type { PastStates } from '@app/read-models/past/past-states';
import type { AppendObserver, ObservedAppend } from '@app/telemetry/observe-appends';
import type { LoadedPurchase } from '@app/write-model/loaded-purchase';
import { Problem, type ProblemCode, type ProblemOptions, retryAfter } from '../../http/problems/problem';
import { stopWorker } from '../../start/stop-worker';
import type { Write, WriteAnswer } from './write';

export interface WriteThreadOptions {
  eventStoreUrl: string;
  /** Memory for cached purchases, in bytes. */
  cacheBytes: number;
}

/** The data that the thread receives at its start. */
export interface WriteThreadData extends WriteThreadOptions {
  /** Whether the thread reports its appends. */
  isObserved: boolean;
}

export interface WriteThreadListeners {
  log: (line: string) => void;
  /** Told of the appends of the thread. */
  observers?: readonly AppendObserver[];
}

/** A call to the thread. */
export type ThreadCall =
  | { method: 'write'; write: Write }
  | { method: 'load'; site: string; id: string }
  | { [Method in PastMethod]: { method: Method; args: Parameters<PastStates[Method]> } }[PastMethod];

type PastMethod = 'atRevision' | 'asOf' | 'compare';

/** Sent once, when the thread takes calls. */
export const READY = 'ready';
/** Tells the thread to end. */
export const STOP = 'stop';

/** The reply of the thread to the call under way. Errors lose their class, so a problem is sent as its parts. */
export type ThreadReply =
  | { result: unknown }
  | { problem: [ProblemCode, string, ProblemOptions] }
  | { error: { message: string; stack?: string } };

interface Job {
  call: ThreadCall;
  /** Ends the wait for a turn, later the call itself. */
  timer: NodeJS.Timeout;
  resolve: (result: unknown) => void;
  reject: (error: Error) => void;
}

/** Settings that tests replace. */
export interface WriteThreadSettings {
  /** The file that the thread runs. */
  entry?: string;
  maxHeapMb?: number;
  maxWaitMs?: number;
  maxRunMs?: number;
}

const ENTRY = join(__dirname, 'write-worker.js');
/** Heap of the thread. A change of a purchase of 1 MiB takes about 150 MB. */
const MAX_HEAP_MB = 512;
/** A call waits this long for its turn. */
const MAX_WAIT_MS = 30_000;
/** The thread is ended when a call takes longer: a write starts no call to the event store after 25 s. */
const MAX_RUN_MS = 60_000;
const RESTART_MS = 250;

/** The answer to the call that was under way when the thread ended. A write may have been stored. */
function problemAfterEnd(code: string | undefined, isTooSlow: boolean): Problem {
  if (isTooSlow) return new Problem('purchase-too-large', 'the call took too long; its outcome is unknown');
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new Problem('purchase-too-large', 'the call needs too much memory; its outcome is unknown');
  return new Problem('overloaded', 'the call was interrupted; its outcome is unknown', retryAfter(2));
}

/**
 * Executes heavy writes and reads in a worker thread, one at a time. The sites take turns, the calls of one in order of arrival. The first call starts the thread, because it takes about 50 MB.
 * When it ends unexpectedly, the call under way is answered with a problem, and the waiting calls go on in a new one.
 */
export class WriteThread {
  /** The waiting calls by site. */
  private readonly waiting = new RoundRobin<Job>();
  private running?: Job;
  private worker?: Worker;
  private restart?: NodeJS.Timeout;
  private isReady = false;
  private isTooSlow = false;
  private isStopping = false;

  constructor(
    private readonly options: WriteThreadOptions,
    private readonly listeners: WriteThreadListeners,
    private readonly settings: WriteThreadSettings = {},
  ) {}

  /** @throws Problem, or the unexpected error of the thread */
  write(write: Write): Promise<WriteAnswer> {
    return this.enqueue(write.context.site, { method: 'write', write });
  }

  /** Reads a purchase from its stream. @throws Problem, or the unexpected error of the thread */
  load(site: string, id: string): Promise<LoadedPurchase> {
    return this.enqueue(site, { method: 'load', site, id });
  }

  /** Calls a method of PastStates. @throws Problem, or the unexpected error of the thread */
  past<Method extends PastMethod>(
    method: Method,
    args: Parameters<PastStates[Method]>,
  ): Promise<Awaited<ReturnType<PastStates[Method]>>> {
    const [{ site }] = args;
    return this.enqueue(site, { method, args } as ThreadCall);
  }

  /** Ends the thread after the call under way, or after 10 s. */
  async stop(): Promise<void> {
    this.isStopping = true;
    if (this.worker !== undefined) await stopWorker(this.worker, STOP);
  }

  private enqueue<T>(site: string, call: ThreadCall): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.remove(site, job);
        reject(new Problem('overloaded', 'too many large purchases are being written', retryAfter(2)));
      }, this.settings.maxWaitMs ?? MAX_WAIT_MS);
      const job: Job = { call, timer, resolve: resolve as Job['resolve'], reject };
      this.waiting.add(site, job);
      if (this.worker === undefined && this.restart === undefined && !this.isStopping) this.start();
      this.startNext();
    });
  }

  private startNext(): void {
    if (!this.isReady || this.running !== undefined) return;
    const job = this.waiting.next();
    if (job === undefined) return;
    clearTimeout(job.timer);
    job.timer = setTimeout(() => this.endWorker(), this.settings.maxRunMs ?? MAX_RUN_MS);
    this.running = job;
    this.worker?.postMessage(job.call);
  }

  private endWorker(): void {
    this.isTooSlow = true;
    void this.worker?.terminate();
  }

  private finish(settle: (job: Job) => void): void {
    const job = this.running;
    if (job === undefined) return;
    this.running = undefined;
    clearTimeout(job.timer);
    settle(job);
  }

  private settle(reply: ThreadReply): void {
    this.finish(({ resolve, reject }) => {
      if ('result' in reply) resolve(reply.result);
      else if ('problem' in reply) reject(new Problem(...reply.problem));
      else reject(Object.assign(new Error(reply.error.message), { stack: reply.error.stack }));
    });
  }

  private start(): void {
    const { observers = [] } = this.listeners;
    const workerData: WriteThreadData = { ...this.options, isObserved: observers.length > 0 };
    const resourceLimits = { maxOldGenerationSizeMb: this.settings.maxHeapMb ?? MAX_HEAP_MB };
    const worker = new Worker(this.settings.entry ?? ENTRY, { workerData, resourceLimits });
    let cause: (Error & { code?: string }) | undefined;
    worker.on('message', (message: ThreadReply | { append: ObservedAppend } | typeof READY) => {
      if (message === READY) this.isReady = true;
      else if ('append' in message) for (const observe of observers) observe(message.append);
      else this.settle(message);
      this.startNext();
    });
    worker.on('error', (error: Error) => (cause = error));
    worker.once('exit', () => this.onExit(cause));
    this.worker = worker;
  }

  private onExit(cause: (Error & { code?: string }) | undefined): void {
    const { isTooSlow } = this;
    this.worker = undefined;
    this.isReady = false;
    this.isTooSlow = false;
    if (!this.isStopping) {
      const reason = isTooSlow ? 'a call took too long' : (cause?.message ?? 'no error');
      this.listeners.log(`the write thread ended (${reason}); the next call starts it again`);
      this.restart = setTimeout(() => {
        this.restart = undefined;
        if (!this.isStopping && !this.waiting.isEmpty) this.start();
      }, RESTART_MS).unref();
    }
    this.finish(({ reject }) => reject(problemAfterEnd(cause?.code, isTooSlow)));
  }
}
