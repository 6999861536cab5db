import { StreamTooLarge } from '@app/event-store/event-store';
import type { PastStates } from '@app/read-models/past/past-states';
import { SiteTurns } from '@app/turns/site-turns';
import { Problem, retryAfter } from '../../http/problems/problem';
import type { WriteThread } from '../writes/write-thread';

/** Short histories that are folded in this thread at a time. */
const MAX_RUNNING = 8;
const MAX_WAIT_MS = 10_000;

/** Reads past states in this thread for short histories, and in the write thread for large ones. The sites take turns in both. */
export class PastStatesBySize implements Pick<PastStates, 'atRevision' | 'asOf' | 'compare' | 'lastRevision'> {
  private readonly turns = new SiteTurns(
    MAX_RUNNING,
    MAX_WAIT_MS,
    () => new Problem('overloaded', 'too many past states are being read', retryAfter(2)),
  );

  /** @param here throws StreamTooLarge for a large history. */
  constructor(
    private readonly here: PastStates,
    private readonly thread: WriteThread,
  ) {}

  atRevision: PastStates['atRevision'] = (...args) =>
    this.read(
      args[0].site,
      () => this.here.atRevision(...args),
      () => this.thread.past('atRevision', args),
    );

  asOf: PastStates['asOf'] = (...args) =>
    this.read(
      args[0].site,
      () => this.here.asOf(...args),
      () => this.thread.past('asOf', args),
    );

  compare: PastStates['compare'] = (...args) =>
    this.read(
      args[0].site,
      () => this.here.compare(...args),
      () => this.thread.past('compare', args),
    );

  lastRevision: PastStates['lastRevision'] = (...args) => this.here.lastRevision(...args);

  private async read<T>(site: string, here: () => Promise<T>, inThread: () => Promise<T>): Promise<T> {
    try {
      return await this.turns.run(site, here);
    } catch (error) {
      if (error instanceof StreamTooLarge) return inThread();
      throw error;
    }
  }
}
