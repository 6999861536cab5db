import { LRUCache } from 'lru-cache';
import { isHeavy } from '../../http/body/json-body';
import type { PurchaseCache } from '@app/write-model/purchase-cache';
import type { Write, WriteAnswer } from './write';
import type { WriteThread } from './write-thread';

/** Number of paths that are remembered to address a large purchase. */
const MAX_LARGE_PATHS = 10_000;

const pathOf = ({ context: { site }, target: { lookupBy, identifier } }: Write): string =>
  JSON.stringify([site, lookupBy, identifier]);

/**
 * Executes heavy writes in the write thread, so that they do not block the event loop (docs/adr/0060). Expected revisions keep writers of both
 * threads consistent.
 */
export class HeavyWrites {
  private readonly largePaths = new LRUCache<string, true>({ max: MAX_LARGE_PATHS });

  constructor(
    private readonly thread: WriteThread,
    private readonly cache: PurchaseCache,
  ) {}

  /** True for a large body, and for a path whose purchase was large before. */
  includes(write: Write): boolean {
    return ('body' in write && isHeavy(write.body)) || this.largePaths.has(pathOf(write));
  }

  /** Executes a write of a large purchase. @throws Problem, or the unexpected error of the thread */
  async execute(write: Write): Promise<WriteAnswer> {
    const answer = await this.executeOnce(write);
    this.largePaths.set(pathOf(write), true);
    return answer;
  }

  /** Executes a write that takes long, while other writes of its purchase need not. @throws Problem, or the unexpected error of the thread */
  async executeOnce(write: Write): Promise<WriteAnswer> {
    const answer = await this.thread.write(write);
    if (answer.stored !== undefined) {
      this.cache.forget(answer.stored.id);
      this.cache.revisions.remember(answer.stored);
    }
    return answer;
  }
}
