import { LRUCache } from 'lru-cache';
import type { ClientBase } from 'pg';
import type { EventBatch, FromPosition, RecordedEvent } from '@app/event-store/event-store';
import { purchaseIdOf } from '@app/stored-events/streams';
import { type Checkpoint, readCheckpoint, writeBatch } from './batch-writer';
import { FeedNumbers } from './feed-numbers';
import { byPurchase, type FoldedPurchase, isPurchaseId } from './fold';
import { type KnownPurchase, loadPurchases } from './load-purchases';
import { isRefusalOfValue } from './postgres-errors';
import { CheckpointMoved, PurchaseChange, rowsOf, type Stopped, writeWithQuarantine } from './purchase-changes';
import { quarantinedKeys, quarantineKey } from './quarantine';
import type { SqlRow } from './sql-values';

/** States kept in memory, and states loaded at once, in bytes of their JSON. */
const CACHE_BYTES = 16 * 2 ** 20;
const LOAD_BYTES = 8 * 2 ** 20;

/**
 * Writes batches of events into the tables of one schema, each batch in one round trip where the purchases that it touches are in memory. What is in
 * memory is right as long as nobody else writes, which the checkpoint of each batch tells.
 */
export class BatchProjection {
  private readonly known = new LRUCache<string, KnownPurchase>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ bytes }) => bytes + 1,
  });

  private readonly numbers: FeedNumbers;

  private constructor(
    private readonly client: ClientBase,
    private readonly schema: string,
    private checkpoint: Checkpoint,
    private readonly quarantined: Set<string>,
    private readonly onStopped: (stopped: Stopped) => void,
  ) {
    this.numbers = new FeedNumbers(client, schema);
  }

  /** @param onStopped is told of each purchase that is quarantined */
  static async open(
    client: ClientBase,
    schema: string,
    onStopped: (stopped: Stopped) => void = () => {},
  ): Promise<BatchProjection> {
    const checkpoint = await readCheckpoint(client, schema);
    return new BatchProjection(client, schema, checkpoint, await quarantinedKeys(client, schema), onStopped);
  }

  get position(): FromPosition {
    return this.checkpoint.position;
  }

  /**
   * Projects a batch and moves the checkpoint behind it. A batch whose purchases are large is written in several parts.
   * @throws CheckpointMoved when another process wrote: open a new projection
   */
  async project({ events, position }: EventBatch): Promise<void> {
    for (let rest = events; ;) {
      const { changes, left } = await this.nextPart(rest);
      const last = left.length === 0 ? undefined : rest.at(-left.length - 1);
      const feed = await this.numbers.number(rest.slice(0, rest.length - left.length));
      await this.write(changes, feed, last?.position ?? position);
      if (left.length === 0) return;
      rest = left;
    }
  }

  /** As many of the events as touch purchases that are in memory or can be loaded now, and those left. */
  private async nextPart(
    events: readonly RecordedEvent[],
  ): Promise<{ changes: PurchaseChange[]; left: readonly RecordedEvent[] }> {
    const groups = byPurchase(
      events.filter(({ stream }) => !this.quarantined.has(quarantineKey(purchaseIdOf(stream)))),
    );
    const wanted = [...groups].filter(
      ([id, [first]]) => first?.revision !== 0n && isPurchaseId(id) && !this.known.has(id),
    );
    const { found, beyond } = await loadPurchases(
      this.client,
      this.schema,
      wanted.map(([id]) => id),
      LOAD_BYTES,
    );
    const known = (id: string): FoldedPurchase | undefined => (found.get(id) ?? this.known.get(id))?.purchase;
    // Events of one append follow each other, so that the first event of a purchase is where an append begins.
    const cut = events.findIndex(({ stream }) => beyond.has(purchaseIdOf(stream)));
    const part =
      cut < 0 ? groups : byPurchase(events.slice(0, cut).filter(({ stream }) => groups.has(purchaseIdOf(stream))));
    return {
      changes: [...part].map(([id, group]) => new PurchaseChange(id, known(id), group)),
      left: cut < 0 ? [] : events.slice(cut),
    };
  }

  private async write(changes: readonly PurchaseChange[], feed: readonly SqlRow[], to: FromPosition): Promise<void> {
    const stopped = await this.tryWrite(changes, feed, to);
    this.checkpoint = { ...this.checkpoint, position: to };
    for (const each of stopped) {
      this.known.delete(each.id);
      this.quarantined.add(quarantineKey(each.id));
      this.onStopped(each);
    }
    const isStopped = new Set(stopped.map(({ id }) => id));
    for (const change of changes) if (!isStopped.has(change.id)) this.remember(change);
  }

  private async tryWrite(
    changes: readonly PurchaseChange[],
    feed: readonly SqlRow[],
    to: FromPosition,
  ): Promise<Stopped[]> {
    try {
      if (!(await writeBatch(this.client, this.schema, { ...rowsOf(changes), feed }, this.checkpoint, to)))
        throw new CheckpointMoved();
      return [];
    } catch (error) {
      if (!isRefusalOfValue(error)) throw error;
      return writeWithQuarantine(this.client, this.schema, changes, feed, this.checkpoint, to);
    }
  }

  private remember(change: PurchaseChange): void {
    const folded = change.fold();
    if (folded === undefined) return;
    this.known.set(change.id, { purchase: folded.after, bytes: folded.row?.state?.length ?? 0 });
  }
}
