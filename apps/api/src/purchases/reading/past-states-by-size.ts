import { StreamTooLarge } from '@app/event-store/event-store';
import type { PastStates } from '@app/read-models/past/past-states';
import type { WriteThread } from '../writes/write-thread';

/** Reads past states in this thread for short histories, and in the write thread for large ones. */
export class PastStatesBySize implements Pick<PastStates, 'atRevision' | 'asOf' | 'compare' | 'lastRevision'> {
  /** @param here throws StreamTooLarge for a large history. */
  constructor(
    private readonly here: PastStates,
    private readonly thread: WriteThread,
  ) {}

  atRevision: PastStates['atRevision'] = (...args) =>
    orElse(this.here.atRevision(...args), () => this.thread.past('atRevision', args));

  asOf: PastStates['asOf'] = (...args) => orElse(this.here.asOf(...args), () => this.thread.past('asOf', args));

  compare: PastStates['compare'] = (...args) =>
    orElse(this.here.compare(...args), () => this.thread.past('compare', args));

  lastRevision: PastStates['lastRevision'] = (...args) => this.here.lastRevision(...args);
}

async function orElse<T>(result: Promise<T>, inThread: () => Promise<T>): Promise<T> {
  try {
    return await result;
  } catch (error) {
    if (error instanceof StreamTooLarge) return inThread();
    throw error;
  }
}
