import type { EventBatch, FromPosition, Position, RecordedEvent } from '../event-store';

/** An event, or a checkpoint: nothing that matches stands between the entry before and `position`. */
export interface Entry {
  event?: RecordedEvent;
  position: Position;
}

export const isAfter = (a: Position, b: FromPosition): boolean =>
  b === undefined || a.commit > b.commit || (a.commit === b.commit && a.prepare > b.prepare);

const bytesOf = ({ event }: Entry): number => event?.bytes ?? 0;

/** What a subscription has received and nobody has taken yet, in order. Taking from the front costs the same however much waits behind. */
export class EntryQueue {
  private entries: Entry[] = [];
  private taken = 0;
  /** Of the events that wait. */
  bytes = 0;

  get length(): number {
    return this.entries.length - this.taken;
  }

  push(entry: Entry): void {
    // Of checkpoints in a row the last says it all: a quiet filter over a busy store does not fill the queue.
    const isCheckpoint = entry.event === undefined;
    if (isCheckpoint && this.length > 0 && this.entries.at(-1)?.event === undefined) this.entries.pop();
    this.entries.push(entry);
    this.bytes += bytesOf(entry);
  }

  /** At most so many entries as a batch, which ends with the one that makes it `maxBytes` long; undefined where there are none. */
  take(maxEntries: number, maxBytes: number): Omit<EventBatch, 'caughtUp'> | undefined {
    const events: RecordedEvent[] = [];
    let [bytes, end] = [0, this.taken];
    for (const stop = this.taken + maxEntries; end < stop && bytes < maxBytes; end++) {
      const entry = this.entries[end];
      if (entry === undefined) break;
      if (entry.event !== undefined) events.push(entry.event);
      bytes += bytesOf(entry);
    }
    const last = end > this.taken ? this.entries[end - 1] : undefined;
    if (last === undefined) return undefined;
    this.taken = end;
    this.bytes -= bytes;
    if (this.taken > this.entries.length / 2) {
      this.entries = this.entries.slice(this.taken);
      this.taken = 0;
    }
    return { events, position: last.position };
  }
}
