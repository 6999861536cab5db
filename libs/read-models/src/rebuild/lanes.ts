import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ClientBase } from 'pg';
import type { RecordedEvent } from '@app/event-store/event-store';
import { SerializedEvent } from '@app/event-store/eventstoredb/serialized-event';
import { decoded, type LoadedEvent, sizeOf } from './loaded-event';
import { PurchaseLoader, type PurchaseLoaderOptions } from './purchase-loader';

/** Loads the purchases of one part of the history, in order. */
export interface Lane {
  /** Resolves when the lane can take more. @throws the error that ended the lane */
  add(events: readonly LoadedEvent[]): Promise<void>;
  /** Resolves when everything is written. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** A lane on the connection and in the thread of the rebuild. */
export class LocalLane implements Lane {
  private readonly loader: PurchaseLoader;

  constructor(client: ClientBase, options: PurchaseLoaderOptions) {
    this.loader = new PurchaseLoader(client, options);
  }

  add(events: readonly LoadedEvent[]): Promise<void> {
    return this.loader.add(events);
  }

  finish(): Promise<void> {
    return this.loader.finish();
  }

  async close(): Promise<void> {}
}

export interface LaneSettings extends PurchaseLoaderOptions {
  databaseUrl: string;
}

/** Serialized events end at `ends` in `bytes`; decoded ones are cloned. */
export type LaneRequest = { bytes: ArrayBuffer; ends: number[] } | { events: RecordedEvent[] } | 'finish';
/** `taken`: the number of bytes of events that the lane has handled. */
export type LaneAnswer = { taken: number } | 'finished' | { error: string };

const ENTRY = join(__dirname, 'lane-worker.js');
/** Bytes of events that wait for a lane. */
const MAX_WAITING_BYTES = 4 * 2 ** 20;
const HEAP_MB = 192;
const YOUNG_MB = 24;

/** A lane in a thread of its own with a connection of its own. */
export class ThreadLane implements Lane {
  private readonly worker: Worker;
  private waitingBytes = 0;
  private error?: Error;
  private isFinished = false;
  private wake: () => void = () => {};

  constructor(settings: LaneSettings) {
    this.worker = new Worker(ENTRY, {
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.worker
      .on('message', (answer: LaneAnswer) => {
        if (answer === 'finished') this.isFinished = true;
        else if ('taken' in answer) this.waitingBytes -= answer.taken;
        else this.error ??= new Error(answer.error);
        this.wake();
      })
      .on('error', (error) => this.end(error))
      .on('exit', () => this.end(new Error('a thread of the rebuild ended')));
  }

  async add(events: readonly LoadedEvent[]): Promise<void> {
    if (events.length === 0) return;
    const bytes = events.reduce((sum, event) => sum + sizeOf(event), 0);
    this.waitingBytes += bytes;
    this.send(events, bytes);
    await this.until(() => this.waitingBytes <= MAX_WAITING_BYTES);
  }

  async finish(): Promise<void> {
    this.post('finish');
    await this.until(() => this.isFinished);
  }

  async close(): Promise<void> {
    await this.worker.terminate();
  }

  private send(events: readonly LoadedEvent[], size: number): void {
    if (!events.every((event) => event instanceof SerializedEvent)) return this.post({ events: events.map(decoded) });
    const bytes = new ArrayBuffer(size);
    const target = new Uint8Array(bytes);
    const ends: number[] = [];
    let at = 0;
    for (const event of events) {
      event.copy(target, at);
      ends.push((at += event.size));
    }
    this.post({ bytes, ends }, [bytes]);
  }

  private post(request: LaneRequest, transferred: ArrayBuffer[] = []): void {
    this.worker.postMessage(request, transferred);
  }

  private async until(isReached: () => boolean): Promise<void> {
    while (!isReached() && this.error === undefined) await new Promise<void>((resolve) => (this.wake = resolve));
    if (this.error !== undefined) throw this.error;
  }

  private end(error: Error): void {
    this.error ??= error;
    this.wake();
  }
}
