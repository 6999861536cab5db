import { Inject, Optional } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { LRUCache } from 'lru-cache';
import { StreamTooLarge } from '@app/event-store/event-store';
import { UsdRates } from '@app/sites/usd-rates';
import { PurchaseCache } from '@app/write-model/purchase-cache';
import { PurchaseWriter } from '@app/write-model/purchase-writer';
import { WRITE_THREAD } from '../../injection-tokens';
import { executeWrite } from './execute-write';
import type { Write, WriteAnswer } from './write';
import type { WriteThread } from './write-thread';

export class ExecuteWrite extends Command<WriteAnswer> {
  constructor(readonly write: Write) {
    super();
  }
}

/** Number of paths that are remembered to address a large purchase. */
const MAX_LARGE_PATHS = 10_000;

const pathOf = ({ context: { site }, target: { lookupBy, identifier } }: Write): string =>
  JSON.stringify([site, lookupBy, identifier]);

const hasHeavyBody = (write: Write): boolean => 'body' in write && 'bytes' in write.body;

/**
 * Executes writes in this thread, or in the write thread when the body or the stored purchase is large, so that a heavy write does not block the
 * event loop (docs/adr/0060). Expected revisions keep writers of both threads consistent.
 */
@CommandHandler(ExecuteWrite)
export class ExecuteWriteHandler implements ICommandHandler<ExecuteWrite> {
  private readonly largePaths = new LRUCache<string, true>({ max: MAX_LARGE_PATHS });

  constructor(
    readonly writer: PurchaseWriter,
    readonly rates: UsdRates,
    private readonly cache: PurchaseCache,
    @Optional() @Inject(WRITE_THREAD) private readonly thread?: WriteThread,
  ) {}

  async execute({ write }: ExecuteWrite): Promise<WriteAnswer> {
    if (this.thread === undefined) return executeWrite(this, write);
    const path = pathOf(write);
    if (!hasHeavyBody(write) && !this.largePaths.has(path))
      try {
        return await executeWrite(this, write);
      } catch (error) {
        if (!(error instanceof StreamTooLarge)) throw error;
      }
    const answer = await this.thread.write(write);
    this.largePaths.set(path, true);
    if (answer.stored !== undefined) {
      this.cache.forget(answer.stored.id);
      this.cache.revisions.remember(answer.stored);
    }
    return answer;
  }
}
