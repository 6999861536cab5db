import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { ClientBase } from 'pg';
import type { RecordedEvent } from '@app/event-store/event-store';
import { SerializedEvent } from '@app/event-store/eventstoredb/serialized-event';
import { PurchaseLoader } from './purchase-loader';

/** An event as bytes, or decoded. */
export type LoadedEvent = SerializedEvent | RecordedEvent;

/** Loads the purchases of one part of the history, in order. */
export interface Lane {
  /** Resolves when the lane can take more. @throws the error that ended the lane */
  add(events: readonly LoadedEvent[]): Promise<void>;
  /** Returns the purchases that are left out. */
  finish(): Promise<string[]>;
  close(): Promise<void>;
}

export const decoded = (event: LoadedEvent): RecordedEvent =>
  event instanceof SerializedEvent ? event.decode() : event;

/** A lane on the connection and in the thread of the rebuild. */
export class LocalLane implements Lane {
  private readonly loader: PurchaseLoader;

  constructor(client: ClientBase, schema: string) {
    this.loader = new PurchaseLoader(client, schema);
  }

  add(events: readonly LoadedEvent[]): Promise<void> {
    return this.loader.add(events.map(decoded));
  }

  finish(): Promise<string[]> {
    return this.loader.finish();
  }

  async close(): Promise<void> {}
}

export interface LaneSettings {
  databaseUrl: string;
  schema: string;
}

/** Serialized events end at `ends` in `bytes`; decoded ones are cloned. */
export type LaneRequest = { bytes: ArrayBuffer; ends: number[] } | { events: RecordedEvent[] } | 'finish';
/** `taken`: the number of bytes of events that the lane has handled. */
export type LaneAnswer = { taken: number } | { refused: string[] } | { error: string };

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
  private refused?: string[];
  private wake: () => void = () => {};

  constructor(settings: LaneSettings) {
    this.worker = new Worker(ENTRY, {
      workerData: settings,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_MB },
    });
    this.worker
      .on('message', (answer: LaneAnswer) => {
        if ('taken' in answer) this.waitingBytes -= answer.taken;
        else if ('refused' in answer) this.refused = answer.refused;
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

  async finish(): Promise<string[]> {
    this.post('finish');
    await this.until(() => this.refused !== undefined);
    return this.refused ?? [];
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
      target.set(event.bytes, at);
      ends.push((at += event.bytes.length));
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

/** The bytes by which a lane counts an event. */
export const sizeOf = (event: LoadedEvent): number =>
  event instanceof SerializedEvent ? event.bytes.length : (event.bytes ?? 0);
