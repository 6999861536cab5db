import { WrongExpectedRevision } from '../event-store';
import { Appends } from './append';
import { CopyRefused, placeOf, type Side } from './copy-side';
import { toAppendError } from './errors';
import type { RawEvent } from './raw-events';

const APPENDS_IN_FLIGHT = 64;
const EVENTS_IN_ONE_APPEND = 500;
const BYTES_IN_ONE_APPEND = 512 * 1024;
export const APPEND_TIMEOUT_MS = 30_000;
/** Writes events in their order, many appends at once on one call, which a server handles in the order in which they come. */
export class OrderedWriter {
  written = 0;
  private readonly appends: Appends;
  private readonly inFlight = new Set<Promise<void>>();
  private waiting: RawEvent[] = [];
  private bytes = 0;
  private most = 1;
  private failure?: Error;

  constructor(private readonly target: Side) {
    this.appends = new Appends(target.connection);
  }

  async add(event: RawEvent): Promise<void> {
    const isNext = this.waiting[0]?.stream === event.stream && this.waiting.length < EVENTS_IN_ONE_APPEND;
    if (!isNext || this.bytes > BYTES_IN_ONE_APPEND) await this.send();
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
    while (this.inFlight.size >= this.most) await Promise.race(this.inFlight);
    // After a failure nothing more goes out: what came behind it would stand before it.
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
    // The first append opens the call. One that goes alone, on a server without batch appends, has no order among others.
    if (this.most === 1 && (await this.appends.canBatch().catch(() => false))) {
      await appending;
      this.most = APPENDS_IN_FLIGHT;
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
          `${placeOf(first)} is the first of its stream in the source, the ones before were scavenged: its revision cannot be kept`,
        );
      throw new CopyRefused(`somebody else writes to ${this.target.name}: ${error.message}`);
    }
  }
}
