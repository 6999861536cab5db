import { LRUCache } from 'lru-cache';
import type { ClientBase } from 'pg';
import type { EventBatch, FromPosition, RecordedEvent } from '@app/event-store/event-store';
import { purchaseIdOf } from '@app/stored-events/streams';
import { type Checkpoint, readCheckpoint, writeBatch } from './batch-writer';
import { FeedNumbers } from './feed-numbers';
import { byPurchase } from './fold';
import { isPurchaseId } from './purchase-id';
import { type KnownPurchase, loadPurchases } from './load-purchases';
import { isRefusalOfValue } from './postgres-errors';
import { CheckpointMoved, PurchaseChange, rowsOf, type Stopped, writeWithQuarantine } from './purchase-changes';
import { quarantinedKeys, quarantineKey } from './quarantine';
import type { SqlRow } from './sql-values';

/** Limits of cached purchases and of purchases loaded at once, in characters of their texts. */
const CACHE_BYTES = 16 * 2 ** 20;
const SIZE_OF_ENTRY = 500;
const LOAD_BYTES = 8 * 2 ** 20;

/**
 * Writes batches of events to the tables of one schema, in one round trip when the affected purchases are cached. The cache is valid while no other
 * process writes, which the checkpoint of each batch verifies.
 */
export class BatchProjection {
  private readonly known = new LRUCache<string, KnownPurchase>({
    maxSize: CACHE_BYTES,
    sizeCalculation: ({ texts }) =>
      SIZE_OF_ENTRY +
      (texts === undefined ? 0 : texts.document.length + texts.packages.length + texts.remainder.length),
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

  /** @param onStopped called for each purchase that is quarantined */
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
   * Projects a batch and advances the checkpoint. A batch with large purchases is written in several parts.
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

  /** Splits events: those of purchases that are cached or fit into memory now, and the rest. */
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
    const known = (id: string): KnownPurchase | undefined => found.get(id) ?? this.known.get(id);
    // Events of one append are contiguous, so the first event of a purchase starts an append.
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
    const after = change.after();
    if (after !== undefined) this.known.set(change.id, after);
  }
}
