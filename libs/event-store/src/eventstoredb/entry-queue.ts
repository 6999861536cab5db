import type { EventBatch, FromPosition, Position, RecordedEvent } from '../event-store';

/** An event, or a checkpoint: nothing that matches stands between the entry before and `position`. */
export interface Entry {
  event?: RecordedEvent;
  position: Position;
}

export const isAfter = (a: Position, b: FromPosition): boolean =>
  b === undefined || a.commit > b.commit || (a.commit === b.commit && a.prepare > b.prepare);

/** What a subscription has received and nobody has taken yet, in order. Taking from the front costs the same however much waits behind. */
export class EntryQueue {
  private entries: Entry[] = [];
  private taken = 0;

  get length(): number {
    return this.entries.length - this.taken;
  }

  push(entry: Entry): void {
    // Of checkpoints in a row the last says it all: a quiet filter over a busy store does not fill the queue.
    const isCheckpoint = entry.event === undefined;
    if (isCheckpoint && this.length > 0 && this.entries.at(-1)?.event === undefined) this.entries.pop();
    this.entries.push(entry);
  }

  /** At most so many entries as a batch; undefined where there are none. */
  take(most: number): Omit<EventBatch, 'caughtUp'> | undefined {
    const entries = this.entries.slice(this.taken, this.taken + most);
    const last = entries.at(-1);
    if (last === undefined) return undefined;
    this.taken += entries.length;
    if (this.taken > this.entries.length / 2) {
      this.entries = this.entries.slice(this.taken);
      this.taken = 0;
    }
    return { events: entries.flatMap(({ event }) => (event === undefined ? [] : [event])), position: last.position };
  }
}
