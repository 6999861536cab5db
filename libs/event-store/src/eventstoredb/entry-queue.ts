import type { EventBatch, FromPosition, Position, RecordedEvent } from '../event-store';

/** An event, or a checkpoint: no matching event lies between the previous entry and `position`. */
export interface Entry {
  event?: RecordedEvent;
  position: Position;
}

export const isAfter = (a: Position, b: FromPosition): boolean =>
  b === undefined || a.commit > b.commit || (a.commit === b.commit && a.prepare > b.prepare);

const bytesOf = ({ event }: Entry): number => event?.bytes ?? 0;

/** The entries that a subscription has received and not yet delivered, in order. `take` is independent of the queue length (amortized). */
export class EntryQueue {
  private entries: Entry[] = [];
  private taken = 0;
  /** Estimated bytes of the queued events. */
  bytes = 0;

  get length(): number {
    return this.entries.length - this.taken;
  }

  push(entry: Entry): void {
    // Consecutive checkpoints are merged, so that a filter with few matches does not fill the queue.
    const isCheckpoint = entry.event === undefined;
    if (isCheckpoint && this.length > 0 && this.entries.at(-1)?.event === undefined) this.entries.pop();
    this.entries.push(entry);
    this.bytes += bytesOf(entry);
  }

  /** Removes up to `maxEntries` entries as a batch, ending with the entry that reaches `maxBytes`; undefined when the queue is empty. */
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
