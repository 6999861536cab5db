import { WrongExpectedRevision } from '../event-store';
import { Appends } from './append';
import { CopyRefused, locationOf, type Side } from './copy-side';
import { toAppendError } from './errors';
import type { RawEvent } from './events';

const MAX_APPENDS_IN_FLIGHT = 64;
const MAX_EVENTS_PER_APPEND = 500;
const MAX_BYTES_PER_APPEND = 512 * 1024;
export const APPEND_TIMEOUT_MS = 30_000;

/** Writes events in order with many concurrent appends on one batch call, which the server handles in the order received. */
export class OrderedWriter {
  written = 0;
  private readonly appends: Appends;
  private readonly inFlight = new Set<Promise<void>>();
  private waiting: RawEvent[] = [];
  private bytes = 0;
  private maxInFlight = 1;
  private failure?: Error;

  constructor(private readonly target: Side) {
    this.appends = new Appends(target.connection, 1);
  }

  async add(event: RawEvent): Promise<void> {
    const isNext = this.waiting[0]?.stream === event.stream && this.waiting.length < MAX_EVENTS_PER_APPEND;
    if (!isNext || this.bytes > MAX_BYTES_PER_APPEND) await this.send();
    this.waiting.push(event);
    this.bytes += event.data.length + event.metadata.length;
  }

  async finish(): Promise<void> {
    await this.send();
    await Promise.all(this.inFlight);
    if (this.failure !== undefined) throw this.failure;
  }

  private async send(): Promise<void> {
    const events = this.waiting;
    const [first] = events;
    if (first === undefined) return;
    [this.waiting, this.bytes] = [[], 0];
    while (this.inFlight.size >= this.maxInFlight) await Promise.race(this.inFlight);
    // Stop after a failure: a later event must not be written before the failed one.
    if (this.failure !== undefined) throw this.failure;
    const appending = this.append(first, events).then(
      () => {
        this.written += events.length;
      },
      (error: Error) => {
        this.failure ??= error;
      },
    );
    this.inFlight.add(appending);
    void appending.then(() => this.inFlight.delete(appending));
    // The first append opens the call. Without batch appends on the server, concurrent appends would have no order.
    if (this.maxInFlight === 1 && (await this.appends.canBatch().catch(() => false))) {
      await appending;
      this.maxInFlight = MAX_APPENDS_IN_FLIGHT;
    }
  }

  private async append(first: RawEvent, events: readonly RawEvent[]): Promise<void> {
    const expected = first.revision === 0n ? 'no-stream' : first.revision - 1n;
    try {
      await this.appends.append(first.stream, events, expected, APPEND_TIMEOUT_MS);
    } catch (cause) {
      const error = toAppendError(first.stream, expected, cause);
      if (!(error instanceof WrongExpectedRevision)) throw error;
      if (error.actual === undefined)
        throw new CopyRefused(
          `${locationOf(first)} is the first of its stream in the source, the ones before were scavenged: its revision cannot be kept`,
        );
      throw new CopyRefused(`another writer appends to ${this.target.name}: ${error.message}`);
    }
  }
}
